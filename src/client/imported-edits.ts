import { bytesEqual } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import { heldOutcome, type Outcome, unorderedOutcome } from '../change/commit.ts';
import { digestOf, type Transaction } from '../change/transaction.ts';
import { type PreparedTransaction, prepareTransaction } from '../merge/prepared.ts';
import type { JournaledReplica } from '../replica/journaled-replica.ts';
import { counterForgotten, heldDiffers, replicaForked } from '../replica/replica-errors.ts';
import { settledOutcome } from '../replica/system-rows.ts';
import { holdTransactions } from '../session/hold.ts';
import type { EditsFile } from './edits-file.ts';

/** What a client made of a file. */
export interface Imported {
  /**
   * One for each transaction, in the order of the file: `held`, and carried on from now; what the home has made of it; or
   * `unordered`, and why: of such a one nothing is taken, so keep the file.
   */
  readonly outcomes: readonly Outcome[];
  /** How many of these this client knows as its own: they are carried in any case. */
  readonly own: number;
  /** Refused ones, of which nothing is taken. */
  readonly parked: number;
}

/**
 * A relay takes up what a file has, as if it had been pushed to it. FAILED_PRECONDITION NOT_A_RELAY, EDITS_OTHER_DATABASE or
 * EDITS_OTHER_SCHEMA, INVALID_ARGUMENT where a transaction is not well formed: nothing is taken then.
 *
 * A file may have what this replica wrote under its id and does not know any more, since its disk was lost. That is the line of
 * another device then: `leaveId` has this one go on under another id, as behind any fork, and it is carried like all others.
 * Only where nothing of its own waits: whether the home has that already is not known here, and under a new id it would be
 * ordered once more. Then these are FORK_UNRESOLVED, until the home was met.
 */
export function importInto(
  replica: JournaledReplica,
  database: string,
  file: EditsFile,
  leaveId: () => void,
): Imported {
  const { schema, limits, relay } = replica.options;
  if (!relay) throw notRelay();
  checkFile(file, database, schema);
  const prepared = file.transactions.map((transaction, index) =>
    prepareTransaction(schema, limits, transaction, `transactions[${index}]`),
  );
  const { id, lastCounter } = replica;
  const isLost = ({ transaction }: PreparedTransaction) =>
    transaction.replica === id && transaction.counter > lastCounter;
  if (prepared.some(isLost) && replica.waiting.length === 0) leaveId();
  // Own ones are compared by their digests.
  replica.seal();
  const isKnown = knownTest(replica);
  const isCarried = (each: PreparedTransaction) =>
    !isKnown(each.transaction) && each.transaction.replica !== replica.id;
  const carried = prepared.filter(isCarried);
  // Who may write what is for the home to say, when this relay brings it.
  const held = holdTransactions(replica, carried, { writeScopes: ['*'] });
  const heldBy = new Map(carried.map((each, index) => [each, held[index]!]));
  const known = prepared.filter(({ transaction }) => isKnown(transaction));
  const outcomes = prepared.map((each) => {
    const { transaction } = each;
    if (isKnown(transaction)) return knownOutcome(replica, transaction);
    return heldBy.get(each) ?? unorderedOutcome(transaction, idInUse(id));
  });
  return { outcomes, own: known.length, parked: file.parked.length };
}

/** Whether a transaction is of a counter that this replica has used itself, under its id or a former one. */
function knownTest(replica: JournaledReplica): (transaction: Transaction) => boolean {
  const { id, counter, former, settledBefore } = replica.writerState();
  const ends = new Map(former.map((each) => [each, settledBefore.get(each) ?? 0]));
  ends.set(id, counter);
  return (transaction) => transaction.counter <= (ends.get(transaction.replica) ?? 0);
}

/** What has become of an own one, where the one that is known under its counter is the same. */
function knownOutcome(replica: JournaledReplica, transaction: Transaction): Outcome {
  const { replica: id, counter } = transaction;
  const isOfCounter = (known: { readonly transaction: Transaction }) =>
    known.transaction.counter === counter;
  const isSame = (known: { readonly transaction: Transaction }) =>
    bytesEqual(digestOf(known.transaction), digestOf(transaction));
  const waiting = replica.queue.of(id).find(isOfCounter);
  if (waiting !== undefined) {
    if (!isSame(waiting)) return unorderedOutcome(transaction, heldDiffers(id, counter));
    return heldOutcome(transaction);
  }
  const settled = replica.kept.of(id).find(isOfCounter);
  if (settled === undefined) return unorderedOutcome(transaction, counterForgotten(id, counter));
  if (!isSame(settled)) return unorderedOutcome(transaction, replicaForked(id, counter));
  return settledOutcome(replica.committed, transaction);
}

function idInUse(id: string): SyncError {
  return new SyncError(
    Code.unavailable,
    'FORK_UNRESOLVED',
    `this client has the id ${id}, too, and edits of its own wait under it: let it meet the home, and then import this again`,
    { metadata: { replica_id: id } },
  );
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
