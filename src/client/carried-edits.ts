import { Code, SyncError } from '../base/errors.ts';
import type { Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import { prepareTransaction } from '../merge/prepared.ts';
import type { Replica } from '../replica/replica.ts';
import { holdTransactions } from '../session/hold.ts';
import type { EditsFile } from './edits-file.ts';

/** What is to go into a file; everything that waits when left out. */
export interface ExportOptions {
  /**
   * Which of the transactions that wait. What the same writer wrote before one of them goes along, since nobody can order
   * it without.
   */
  readonly choose?: (transaction: Transaction) => boolean;
  /** Whether those that were refused go along, for a person to read. False when left out. */
  readonly parked?: boolean;
}

export interface Exported {
  /** The file; see `decodeEditsFile`. */
  readonly bytes: Uint8Array;
  readonly transactions: number;
  readonly parked: number;
}

/** What a client made of a file. */
export interface Imported {
  /** By transaction, in the order of the file: `held`, and carried on from now; what the home has made of it; or why not. */
  readonly outcomes: readonly Outcome[];
  /** Transactions that this client wrote itself. */
  readonly own: number;
  /** Refused ones, of which nothing is taken. */
  readonly parked: number;
}

/** What waits, of all writers, and of each up to the last that is chosen. From now on it keeps its bytes. */
export function exportedFrom(
  replica: Replica,
  { choose = () => true }: ExportOptions,
): Transaction[] {
  const waiting = replica.outgoing(new Map());
  const last = new Map<string, number>();
  for (const transaction of waiting) {
    if (choose(transaction)) last.set(transaction.replica, transaction.counter);
  }
  return waiting.filter(({ replica: writer, counter }) => counter <= (last.get(writer) ?? 0));
}

/**
 * A relay takes up what a file has, as if it had been pushed to it. FAILED_PRECONDITION NOT_A_RELAY, EDITS_OTHER_DATABASE or
 * EDITS_OTHER_SCHEMA, INVALID_ARGUMENT where a transaction is not well formed: nothing is taken then.
 */
export function importInto(replica: Replica, database: string, file: EditsFile): Imported {
  const { schema, limits, relay } = replica.options;
  if (!relay) throw notRelay();
  checkFile(file, database, schema);
  const ids = [replica.id, ...replica.former];
  const others = file.transactions.filter((transaction) => !ids.includes(transaction.replica));
  const prepared = others.map((transaction, index) =>
    prepareTransaction(schema, limits, transaction, `transactions[${index}]`),
  );
  // Who may write what is for the home to say, when this relay brings it.
  const outcomes = holdTransactions(replica, prepared, { writeScopes: ['*'] });
  const own = file.transactions.length - others.length;
  return { outcomes, own, parked: file.parked.length };
}

function checkFile(
  file: EditsFile,
  database: string,
  schema: { readonly version: number; readonly fingerprint: string },
): void {
  if (file.database !== database) {
    throw new SyncError(
      Code.failedPrecondition,
      'EDITS_OTHER_DATABASE',
      `the file has edits of database ${file.database}, and this is ${database}`,
      { metadata: { file_database: file.database, database } },
    );
  }
  const { schemaVersion, schemaFingerprint } = file;
  if (schemaVersion === schema.version && schemaFingerprint === schema.fingerprint) return;
  const theirs = `${schemaVersion} (${schemaFingerprint})`;
  const ours = `${schema.version} (${schema.fingerprint})`;
  throw new SyncError(
    Code.failedPrecondition,
    'EDITS_OTHER_SCHEMA',
    `the file has edits in schema ${theirs}, and this is schema ${ours}: import it where that schema is`,
    { metadata: { file_schema: theirs, schema: ours } },
  );
}

function notRelay(): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'NOT_A_RELAY',
    "only a client that was opened with `relay: true` carries others' edits; `importEdits` brings a file to a server",
  );
}
