import { ByteReader } from '../base/bytes.ts';
import { invalidField, isDataLoss } from '../base/errors.ts';
import { lengthType, partEnd, walk } from '../base/field-scan.ts';
import type { Limits } from '../base/limits.ts';
import type { Named } from '../change/transaction.ts';
import { checkReplicaId } from '../merge/prepared.ts';
import type { Schema } from '../schema/table-def.ts';
import { HeapLook } from '../session/heap-estimate.ts';
import { checkPushSize } from '../session/push-intake.ts';
import { required } from './checks.ts';
import { ColumnLook, namesInColumns } from './column-look.ts';
import { malformedMessage } from './decode-message.ts';

// What is pushed takes many times its bytes once it is read. So the bytes are looked at first, and nothing is made of them.

const tagOf = (field: number) => field * 8 + lengthType;

// Fields of syncdb.v1.SyncRequest.
const helloTag = tagOf(1);
const pushTag = tagOf(2);
const partTag = tagOf(5);
/** Ack, Probe and TransactionPart, which have no messages in them. */
const plainTags = new Set([tagOf(3), tagOf(4), partTag]);
// Of Hello and TransactionBatch.
const helloHandshakeTag = tagOf(1);
const helloSubscriptionTag = tagOf(2);
const batchTag = tagOf(1);
const batchColumnsTag = tagOf(2);
// Of PushRequest and Handshake.
const handshakeTag = tagOf(1);
const pushedTag = tagOf(2);
const pushedColumnsTag = tagOf(4);
const handshakeDatabaseTag = tagOf(3);
const handshakeSchemaTag = tagOf(4);
const handshakeDeviceTag = tagOf(7);
// Of DeviceDescription.
const deviceConditionsTag = tagOf(4);
// Of TransactRequest.
const transactDatabaseTag = tagOf(1);
const transactChangesTag = tagOf(3);
// Of Transaction.
const replicaTag = tagOf(1);
const counterTag = 2 * 8;

export interface PushLook {
  /** What reading, preparing and ordering it takes on the heap, about and no less, where it meets no rows. */
  readonly heapBytes: number;
}

/**
 * Looks at a message of the client's on a Sync stream; undefined where that is no push. INVALID_ARGUMENT MALFORMED_MESSAGE,
 * those of `checkPushSize`, and those of `checkTalk` for what is no part either.
 */
export function lookAtSyncRequest(
  schema: Schema,
  limits: Limits,
  bytes: Uint8Array,
): PushLook | undefined {
  const reader = readerOf(bytes);
  const look = new HeapLook(schema, reader);
  const bodies = new Set<number>();
  const columns = new ColumnLook(limits, 'push.columns');
  let count = 0;
  looked(() =>
    walk(reader, reader.end, (tag) => {
      bodies.add(tag);
      if (tag === pushTag) {
        inside(reader, reader.end, (field, end) => {
          if (field === batchTag) {
            count++;
            look.transaction(end);
          } else if (field === batchColumnsTag) columns.take(reader, end);
          else return false;
          return true;
        });
      } else if (tag === helloTag) checkHello(reader);
      else if (plainTags.has(tag)) inside(reader, reader.end, nothing);
      else return false;
      return true;
    }),
  );
  if (bodies.has(pushTag)) {
    checkPushSize(count + columns.transactions, limits.pushTransactionsMax);
    return { heapBytes: look.heapBytes + columns.heapBytes(schema) };
  }
  if (!bodies.has(partTag)) checkTalk(bytes, limits.talkBytesMax);
  return undefined;
}

function checkHello(reader: ByteReader): void {
  inside(reader, reader.end, (tag, helloEnd) => {
    if (tag === helloHandshakeTag) checkHandshake(reader, helloEnd);
    else if (tag === helloSubscriptionTag) inside(reader, helloEnd, nothing);
    else return false;
    return true;
  });
}

/** The database that it names. */
function checkHandshake(reader: ByteReader, messageEnd: number): string {
  let database = '';
  inside(reader, messageEnd, (tag, end) => {
    if (tag === handshakeDatabaseTag) database = reader.lengthText();
    else if (tag === handshakeSchemaTag) inside(reader, end, nothing);
    else if (tag === handshakeDeviceTag) checkDevice(reader, end);
    else return false;
    return true;
  });
  return database;
}

function checkDevice(reader: ByteReader, messageEnd: number): void {
  inside(reader, messageEnd, (tag, end) => {
    if (tag !== deviceConditionsTag) return false;
    inside(reader, end, nothing);
    return true;
  });
}

/** INVALID_ARGUMENT MESSAGE_TOO_LARGE where a message has too many bytes for what it says, before anything is made of it. */
export function checkTalk({ length }: Uint8Array, bytesMax: number, field = 'body'): void {
  if (length <= bytesMax) return;
  const description = `has ${length} bytes; what is no push may have ${bytesMax}`;
  throw invalidField(field, 'MESSAGE_TOO_LARGE', description);
}

/** The transactions of a push that was looked at. INVALID_ARGUMENT where one has no name. */
export function namesInSyncRequest(bytes: Uint8Array): Named[] {
  const reader = readerOf(bytes);
  const names: Named[] = [];
  looked(() =>
    walk(reader, reader.end, (tag) => {
      if (tag !== pushTag) return false;
      inside(reader, reader.end, (field, end) => {
        if (field === batchTag) names.push(nameIn(reader, end));
        else if (field === batchColumnsTag) names.push(...namesInColumns(reader, end));
        else return false;
        return true;
      });
      return true;
    }),
  );
  for (const [index, { replica, counter }] of names.entries()) {
    const path = `push.transactions[${index}]`;
    checkReplicaId(replica, `${path}.replica_id`);
    if (counter < 1) throw invalidField(`${path}.counter`, 'BAD_COUNTER', 'must be 1 or more');
  }
  return names;
}

function nameIn(reader: ByteReader, end: number): Named {
  let replica = '';
  let counter = 0;
  inside(reader, end, (tag) => {
    if (tag === replicaTag) replica = reader.lengthText();
    else if (tag === counterTag) counter = reader.varint();
    return tag === replicaTag || tag === counterTag;
  });
  return { replica, counter };
}

/** The database that a PushRequest names. INVALID_ARGUMENT MALFORMED_MESSAGE, MISSING_FIELD where it has no handshake. */
export function databaseInPush(bytes: Uint8Array): string {
  const reader = readerOf(bytes);
  let database: string | undefined;
  looked(() =>
    walk(reader, reader.end, (tag) => {
      if (tag !== handshakeTag) return false;
      database = checkHandshake(reader, reader.end);
      return true;
    }),
  );
  return required(database, 'handshake');
}

/** Looks at a PushRequest. INVALID_ARGUMENT MALFORMED_MESSAGE, and those of `checkPushSize`. */
export function lookAtPush(schema: Schema, limits: Limits, bytes: Uint8Array): PushLook {
  const reader = readerOf(bytes);
  const look = new HeapLook(schema, reader);
  const columns = new ColumnLook(limits, 'columns');
  let count = 0;
  looked(() =>
    walk(reader, reader.end, (tag) => {
      if (tag === pushedTag) {
        count++;
        look.transaction(reader.end);
      } else if (tag === pushedColumnsTag) columns.take(reader, reader.end);
      else return false;
      return true;
    }),
  );
  checkPushSize(count + columns.transactions, limits.pushTransactionsMax, 'transactions');
  return { heapBytes: look.heapBytes + columns.heapBytes(schema) };
}

/** The database that a TransactRequest names; empty where it names none. INVALID_ARGUMENT MALFORMED_MESSAGE. */
export function databaseInTransact(bytes: Uint8Array): string {
  const reader = readerOf(bytes);
  let database = '';
  looked(() =>
    walk(reader, reader.end, (tag) => {
      if (tag !== transactDatabaseTag) return false;
      database = reader.lengthText();
      return true;
    }),
  );
  return database;
}

/** Looks at a TransactRequest. INVALID_ARGUMENT MALFORMED_MESSAGE. */
export function lookAtTransact(schema: Schema, bytes: Uint8Array): PushLook {
  const reader = readerOf(bytes);
  const look = new HeapLook(schema, reader);
  looked(() =>
    walk(reader, reader.end, (tag) => {
      if (tag !== transactChangesTag) return false;
      look.change(reader.end);
      return true;
    }),
  );
  return { heapBytes: look.heapBytes };
}

/** Walks over the message that begins here with its length. Where nothing of it is taken, its fields are what they seem to be. */
function inside(
  reader: ByteReader,
  messageEnd: number,
  take: (tag: number, end: number) => boolean,
): void {
  const end = partEnd(reader, messageEnd);
  walk(reader, end, (tag) => take(tag, end));
}

const nothing = () => false;

function readerOf(bytes: Uint8Array): ByteReader {
  return new ByteReader(bytes, 'request');
}

function looked(look: () => void): void {
  try {
    look();
  } catch (cause) {
    if (!isDataLoss(cause)) throw cause;
    throw malformedMessage('it does not parse', cause);
  }
}
