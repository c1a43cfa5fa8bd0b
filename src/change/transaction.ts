import { sha256 } from '@noble/hashes/sha2.js';
import { ByteReader, ByteWriter, bytesEqual, malformed } from '../base/bytes.ts';
import { invalidField, type SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Stamp } from '../base/stamp.ts';
import { finish, oneStep, StepCount, type StepLimits, type Steps } from '../base/steps.ts';

export type Operation = 'put' | 'patch' | 'delete';

/** One edit of one row; `proto/syncdb/v1/data.proto` documents each part. */
export interface Change {
  readonly operation: Operation;
  /** Full name of the table. */
  readonly table: string;
  /** Key in its text form. */
  readonly key: string;
  /** The row as protobuf bytes of the team's message; empty for a delete. */
  readonly row: Uint8Array;
  /** Patch: field numbers to set or clear; empty means those that `row` has. */
  readonly fields: readonly number[];
  /** Seq up to which the writer knew the row; undefined means "as it is when this is ordered". */
  readonly base: number | undefined;
  /** At `base` the writer saw no row under this key. Void where there was one, which the writer does not hold. */
  readonly baseAbsent: boolean;
  /** The writer's own latest earlier transaction on the row; 0 for none. */
  readonly baseCounter: number;
  /** Empty for none. */
  readonly ifMatch: string;
  readonly ifNoneMatch: boolean;
}

/** A list of changes that happens wholly or not at all. */
export interface Transaction {
  readonly replica: string;
  /** 1, 2, 3 ... for each replica. */
  readonly counter: number;
  /** Digest of the replica's previous transaction; empty where it does not chain. */
  readonly previousDigest: Uint8Array;
  readonly stamp: Stamp;
  /** 0: that of the conversation. */
  readonly schemaVersion: number;
  readonly changes: readonly Change[];
}

/** A transaction by its name. */
export type Named = Pick<Transaction, 'replica' | 'counter'>;

/** The name as one text, which no other transaction has. */
export function nameOf({ replica, counter }: Named): string {
  return `${replica}/${counter}`;
}

/** Bytes of a transaction's digest: the first half of SHA-256. */
export const digestBytes = 16;

const operations: readonly Operation[] = ['put', 'patch', 'delete'];

// Field numbers of syncdb.v1.Transaction and syncdb.v1.Change with their wire types, as protobuf tags.
const tagVarint = (field: number) => field * 8;
const tagBytes = (field: number) => field * 8 + 2;

/**
 * The canonical encoding: `syncdb.v1.Transaction` as Protocol Buffers with the fields in the order of their
 * numbers, defaults left out, `fields` packed and rows as `row_bytes`. Every replica, relay and language that
 * writes these same fields gets these same bytes, so the digest is over them.
 */
export function encodeTransaction(transaction: Transaction, out: ByteWriter): void {
  encodeHead(transaction, out);
  for (const change of transaction.changes) encodeItem(change, out);
}

function encodeHead(transaction: Omit<Transaction, 'changes'>, out: ByteWriter): void {
  writeText(out, 1, transaction.replica);
  writeNumber(out, 2, transaction.counter);
  writeBytes(out, 3, transaction.previousDigest);
  writeNumber(out, 4, transaction.stamp);
  writeNumber(out, 5, transaction.schemaVersion);
}

function encodeItem(change: Change, out: ByteWriter): void {
  out.varint(tagBytes(6));
  const mark = out.beginLength(64 + change.row.length);
  encodeChange(change, out);
  out.endLength(mark);
}

function encodeChange(change: Change, out: ByteWriter): void {
  writeNumber(out, 1, operations.indexOf(change.operation) + 1);
  writeText(out, 2, change.table);
  writeText(out, 3, change.key);
  if (change.operation !== 'delete') {
    out.varint(tagBytes(5));
    out.lengthBytes(change.row);
  }
  if (change.fields.length > 0) {
    out.varint(tagBytes(6));
    const mark = out.beginLength(change.fields.length);
    for (const field of change.fields) out.varint(field);
    out.endLength(mark);
  }
  if (change.base !== undefined) {
    out.varint(tagVarint(7));
    out.varint(change.base);
  }
  writeNumber(out, 8, change.baseCounter);
  writeText(out, 9, change.ifMatch);
  writeNumber(out, 10, change.ifNoneMatch ? 1 : 0);
  writeNumber(out, 11, change.baseAbsent ? 1 : 0);
}

function writeText(out: ByteWriter, field: number, text: string): void {
  if (text === '') return;
  out.varint(tagBytes(field));
  out.lengthText(text);
}

function writeBytes(out: ByteWriter, field: number, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  out.varint(tagBytes(field));
  out.lengthBytes(bytes);
}

function writeNumber(out: ByteWriter, field: number, value: number): void {
  if (value === 0) return;
  out.varint(tagVarint(field));
  out.varint(value);
}

/**
 * Reads the canonical encoding; anything else is DATA_LOSS MALFORMED_BYTES, other ways to write the same transaction
 * too: they would have another digest. Bytes in the result are views of `source`.
 */
export function decodeTransaction(source: Uint8Array): Transaction {
  return finish(transactionSteps(source, unbounded));
}

/** What bounds the reading of a transaction: what it has, and a step. */
export type ReadingLimits = StepLimits &
  Pick<Limits, 'transactionChangesMax' | 'rowBytesMax' | 'tableColumnsMax'>;

const endless = Number.POSITIVE_INFINITY;
/** For who finds out otherwise what is too much, and has the memory. */
export const noReadingLimits = {
  transactionChangesMax: endless,
  rowBytesMax: endless,
  tableColumnsMax: endless,
};
const unbounded: ReadingLimits = { ...noReadingLimits, ...oneStep };
/** What a change has beside its row takes less, where it may be at all. */
const changeRestBytesMax = 64 << 10;

/**
 * The same of bytes that somebody sent, in steps. INVALID_ARGUMENT TOO_MANY_CHANGES, CHANGE_TOO_LARGE or TOO_MANY_FIELDS
 * names the field: such a transaction would take far more memory than its bytes.
 */
export function* transactionSteps(source: Uint8Array, limits: ReadingLimits): Steps<Transaction> {
  const { transactionChangesMax, rowBytesMax } = limits;
  const reader = new ByteReader(source, 'transaction');
  const out = new ByteWriter();
  /** What was read last, from `start` on, must be what is written of it. */
  const checkCanonical = (start: number, end: number) => {
    if (!bytesEqual(out.peek(), source.subarray(start, end))) throw notCanonical();
    out.reset();
  };
  const { head, end } = decodeHead(reader);
  encodeHead(head, out);
  checkCanonical(0, end);
  const changes: Change[] = [];
  const count = new StepCount(limits);
  for (let start = end; start < source.length; start = reader.position) {
    const tag = reader.varint();
    if (tag !== tagBytes(6)) throw notCanonical();
    if (count.ends()) yield;
    if (changes.length >= transactionChangesMax) throw tooManyChanges(transactionChangesMax);
    const item = reader.lengthBytes();
    const path = `changes[${changes.length}]`;
    if (item.length > rowBytesMax + changeRestBytesMax) throw changeTooLarge(item.length, path);
    const change = decodeChange(item, limits, path);
    encodeItem(change, out);
    checkCanonical(start, reader.position);
    changes.push(change);
    count.add(item.length);
  }
  return { ...head, changes };
}

function tooManyChanges(max: number): SyncError {
  return invalidField('changes', 'TOO_MANY_CHANGES', `has more than ${max} changes`);
}

function changeTooLarge(bytes: number, path: string): SyncError {
  return invalidField(path, 'CHANGE_TOO_LARGE', `has ${bytes} bytes, more than any row may have`);
}

function notCanonical(): SyncError {
  return malformed('transaction', 'not in its canonical form');
}

/** The fields before the changes, and where they end. */
function decodeHead(reader: ByteReader): { head: Omit<Transaction, 'changes'>; end: number } {
  const head = {
    replica: '',
    counter: 0,
    previousDigest: new Uint8Array(0) as Uint8Array,
    stamp: 0,
    schemaVersion: 0,
  };
  while (!reader.done) {
    const end = reader.position;
    const tag = reader.varint();
    if (tag === tagBytes(1)) head.replica = reader.lengthText();
    else if (tag === tagVarint(2)) head.counter = reader.varint();
    else if (tag === tagBytes(3)) head.previousDigest = reader.lengthBytes();
    else if (tag === tagVarint(4)) head.stamp = reader.varint();
    else if (tag === tagVarint(5)) head.schemaVersion = reader.varint();
    else if (tag === tagBytes(6)) {
      reader.position = end;
      return { head, end };
    } else throw reader.fail(`unknown tag ${tag}`);
  }
  return { head, end: reader.position };
}

function decodeChange(source: Uint8Array, limits: ReadingLimits, path: string): Change {
  const reader = new ByteReader(source, 'transaction');
  const result = {
    operation: 'delete' as Operation,
    table: '',
    key: '',
    row: new Uint8Array(0) as Uint8Array,
    fields: [] as number[],
    base: undefined as number | undefined,
    baseAbsent: false,
    baseCounter: 0,
    ifMatch: '',
    ifNoneMatch: false,
  };
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === tagVarint(1)) result.operation = operationAt(reader);
    else if (tag === tagBytes(2)) result.table = reader.lengthText();
    else if (tag === tagBytes(3)) result.key = reader.lengthText();
    else if (tag === tagBytes(5)) result.row = reader.lengthBytes();
    else if (tag === tagBytes(6)) result.fields = decodeFields(reader.lengthBytes(), limits, path);
    else if (tag === tagVarint(7)) result.base = reader.varint();
    else if (tag === tagVarint(8)) result.baseCounter = reader.varint();
    else if (tag === tagBytes(9)) result.ifMatch = reader.lengthText();
    else if (tag === tagVarint(10)) result.ifNoneMatch = reader.varint() !== 0;
    else if (tag === tagVarint(11)) result.baseAbsent = reader.varint() !== 0;
    else throw reader.fail(`unknown tag ${tag}`);
  }
  return result;
}

function operationAt(reader: ByteReader): Operation {
  const operation = operations[reader.varint() - 1];
  if (operation === undefined) throw reader.fail('unknown operation');
  return operation;
}

function decodeFields(source: Uint8Array, limits: ReadingLimits, path: string): number[] {
  const reader = new ByteReader(source, 'transaction');
  const fields: number[] = [];
  while (!reader.done) {
    fields.push(reader.varint());
    checkFieldCount(fields, limits, path);
  }
  return fields;
}

/** INVALID_ARGUMENT TOO_MANY_FIELDS where a change names more fields than any table has; `path` is that of the change. */
export function checkFieldCount(
  { length }: readonly number[],
  { tableColumnsMax }: Pick<Limits, 'tableColumnsMax'>,
  path: string,
): void {
  if (length <= tableColumnsMax) return;
  const description = `has ${tableColumnsMax} at most, as a table has`;
  throw invalidField(`${path}.fields`, 'TOO_MANY_FIELDS', description);
}

/** The digest by which a transaction is known beside its counter; it covers the digest of the one before. */
export function digestOf(transaction: Transaction): Uint8Array {
  const { length } = transaction.changes;
  // One without any may stand for one whose changes nobody has seen.
  if (length > 0 && length < manyChanges) return digestWith(transaction, scratch);
  const known = digests.get(transaction);
  if (known !== undefined) return known;
  const digest = digestWith(transaction, new ByteWriter(bytesAbout(transaction.changes)));
  digests.set(transaction, digest);
  return digest;
}

/** The digest of a transaction is known already, from the bytes it came in. */
export function noteDigest(transaction: Transaction, digest: Uint8Array): void {
  digests.set(transaction, digest);
}

/** The digest of a transaction whose canonical bytes come one run after the other. */
export interface RunningDigest {
  update(bytes: Uint8Array): void;
  /** Once. */
  finish(): Uint8Array;
}

export function createDigest(): RunningDigest {
  const hash = sha256.create();
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    finish: () => hash.digest().slice(0, digestBytes),
  };
}

function digestWith(transaction: Transaction, out: ByteWriter): Uint8Array {
  out.reset();
  encodeTransaction(transaction, out);
  return sha256(out.peek()).slice(0, digestBytes);
}

/** What the changes of a transaction cost beside their texts and rows, roughly: bookkeeping. */
const changeBytes = 128;

/** What a transaction with these changes takes in a message or in memory, about. */
export function bytesAbout(changes: Transaction['changes']): number {
  const known = sizes.get(changes);
  if (known !== undefined) return known;
  let sum = changeBytes;
  for (const { table, key, row, fields, ifMatch } of changes) {
    const texts = table.length + key.length + ifMatch.length;
    sum += texts + row.length + 3 * fields.length + changeBytes;
  }
  if (changes.length >= manyChanges) sizes.set(changes, sum);
  return sum;
}

/** From so many changes on what follows from them is kept, since it takes long to have. */
const manyChanges = 1_000;
const digests = new WeakMap<Transaction, Uint8Array>();
const sizes = new WeakMap<Transaction['changes'], number>();

/** One for the digests of most: they are taken one after the other, and most transactions are small. */
const scratch = new ByteWriter(4 << 10);
