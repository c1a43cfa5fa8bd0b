/** Messages as a client that is all right would send them. */
import { ByteWriter } from '../../../src/base/bytes.ts';
import {
  type Change,
  digestOf,
  encodeTransaction,
  type Transaction,
} from '../../../src/change/transaction.ts';
import {
  type Handshake,
  type Hello,
  type Push,
  protocolMax,
  protocolMin,
  type Subscription,
  type TransactionPart,
} from '../../../src/session/messages.ts';
import { type Edit, newsTable, putEdit, simSchema } from '../../support/sim-schema.ts';
import { databaseName } from './hosts.ts';

export function helloOf(
  replica: string,
  changes: {
    handshake?: Partial<Handshake>;
    subscription?: Partial<Subscription>;
    relay?: boolean;
  } = {},
): Hello {
  return {
    type: 'hello',
    relay: changes.relay ?? false,
    handshake: {
      protocolMin,
      protocolMax,
      database: databaseName,
      schemaVersion: simSchema.version,
      schemaFingerprint: simSchema.fingerprint,
      replica,
      former: [],
      ...changes.handshake,
    },
    subscription: {
      scopes: [],
      tables: [],
      cursor: new Uint8Array(0),
      shownCursor: new Uint8Array(0),
      encodings: [],
      compressions: [],
      ...changes.subscription,
    },
  };
}

/** A transaction that does not chain; of one piece of news unless told otherwise. */
export function transactionOf(replica: string, counter: number, ...edits: Edit[]): Transaction {
  const some = edits.length > 0 ? edits : [putEdit(newsTable, `${replica}${counter}`, {})];
  const changes: Change[] = some.map((edit) => ({
    ...edit,
    base: 0,
    baseAbsent: false,
    baseCounter: 0,
  }));
  return {
    replica,
    counter,
    previousDigest: new Uint8Array(0),
    stamp: 0,
    schemaVersion: simSchema.version,
    changes,
  };
}

export function pushOf(...transactions: Transaction[]): Push {
  return { type: 'push', transactions };
}

/** A transaction in parts of so many bytes. */
export function partsOf(transaction: Transaction, partBytes = 20): TransactionPart[] {
  const out = new ByteWriter();
  encodeTransaction(transaction, out);
  return partsOfBytes(transaction, out.finish(), partBytes);
}

/** The same of bytes that may be no transaction. */
export function partsOfBytes(
  transaction: Transaction,
  whole: Uint8Array,
  partBytes = 20,
): TransactionPart[] {
  const { replica, counter } = transaction;
  const parts: TransactionPart[] = [];
  for (let offset = 0; offset < whole.length; offset += partBytes) {
    const bytes = whole.slice(offset, offset + partBytes);
    const rest = { digest: digestOf(transaction), totalBytes: whole.length, offset, bytes };
    parts.push({ type: 'part', replica, counter, ...rest });
  }
  return parts;
}
