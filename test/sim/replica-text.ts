import type { Transaction } from '../../src/change/transaction.ts';
import type { JournaledReplica } from '../../src/replica/journaled-replica.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { digestHexOf, digestText } from './checker.ts';
import { cellsText, linesOf } from './model.ts';

/** Transactions that wait, as they are. */
export function ownOf(replica: Replica): Transaction[] {
  return replica.queue.of(replica.id).map(({ transaction }) => transaction);
}

/** All that outlives a replica's process, as text: two replicas are the same where these are. */
export function replicaText(replica: JournaledReplica): string {
  const { cursor, shownCursor, committed, queue, kept, parked, quarantined } = replica;
  // What others were told to be settled stands in the copy too.
  const { told: _, settledBefore, settled, ...writer } = replica.writerState();
  const rows = quarantined.map(
    ({ table, version, cells }) => `${table.name} @${version} ${cellsText(cells)}`,
  );
  return [
    JSON.stringify({ ...writer, settled: settled.counter, before: [...settledBefore] }),
    ...[cursor, shownCursor].map(digestHexOf),
    `at ${committed.head}`,
    `queued ${queue.all().map(({ transaction }) => digestText(transaction))}`,
    `kept ${kept.all.map(({ seq, transaction }) => `${seq} ${digestText(transaction)}`)}`,
    `parked ${parked.map(({ outcome }) => `${outcome.replica}/${outcome.counter}`)}`,
    `quarantined ${rows}`,
    ...linesOf(committed),
  ].join('; ');
}

/** Whether it was told that the history of what it shows was lost. */
export function isCopyLost(replica: JournaledReplica): boolean {
  return replica
    .queueRecords()
    .some((record) => record.kind === 'history' && record.history.isCopyLost);
}
