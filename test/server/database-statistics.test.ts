import { expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { unorderedOutcome } from '../../src/change/commit.ts';
import { DatabaseStatistics } from '../../src/server/database-statistics.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, modelSchema, patch, put, transaction } from '../support/model-schema.ts';

const told = (statistics: DatabaseStatistics) => statistics.toWire('main', 3);

test('commits are counted by what they were: committed, refused and why, in conflict, the home’s own', () => {
  const model = new ModelHome();
  const statistics = new DatabaseStatistics(modelSchema);
  model.home.publish(0);
  const own = model.home.durable();
  model.commit(transaction('ann', 1, [put(itemTable, 'i1', { title: 'hers' })]));
  model.commit(transaction('bob', 1, [patch(itemTable, 'none', {})]));
  // Neither knew of the other's row.
  model.commit(transaction('bob', 2, [patch(itemTable, 'i1', { title: 'mine' }, { base: 0 })]));
  statistics.appended([own, ...model.commits], 1_000, 7);
  expect(told(statistics)).toMatchObject({
    ...{ name: 'main', waitingPushCount: 3, commitCount: 4n, committedCount: 2n },
    refusals: [{ name: 'ROW_NOT_FOUND', count: 1n }],
  });
  const { conflictCount, groupCommits, groupBytes, appendMs } = told(statistics);
  expect(conflictCount).toBe(1n);
  expect([groupCommits!.sum, groupBytes!.sum, appendMs!.sum]).toEqual([4n, 1_000n, 7n]);
});

test('commits that were found in a log are counted, though nobody knows how they came there', () => {
  const model = new ModelHome();
  const statistics = new DatabaseStatistics(modelSchema);
  model.commit(transaction('ann', 1, [put(itemTable, 'i1', {})]));
  statistics.appended(model.commits, 0, 0);
  const { committedCount, groupCommits } = told(statistics);
  expect([committedCount, groupCommits!.sum]).toEqual([1n, 0n]);
});

test('streams, and what travels over them, are counted', () => {
  const statistics = new DatabaseStatistics(modelSchema);
  statistics.sessionBegan(true);
  statistics.sessionBegan(false);
  statistics.sessionEnded();
  statistics.received(10);
  const full = new SyncError(8, 'HEAP_FULL', 'no room');
  const outcomes = [unorderedOutcome({ replica: 'ann', counter: 1 }, full)];
  statistics.sent(20, { type: 'push-result', outcomes });
  statistics.sent(30, {
    ...{ type: 'delta', cursor: new Uint8Array(0), checkpoint: undefined },
    ...{ progress: undefined, answeredProbe: 0, deltas: Array.from({ length: 2 }) as never },
  });
  expect(told(statistics)).toMatchObject({
    ...{ sessionCount: 1, sessionBegunCount: 2n, firstSyncCount: 1n, bytesIn: 10n, bytesOut: 50n },
    ...{ rowsOut: 2n, unordered: [{ name: 'HEAP_FULL', count: 1n }] },
  });
});

test('snapshots are counted, those that could not be written apart', () => {
  const statistics = new DatabaseStatistics(modelSchema);
  statistics.snapshotWritten(120);
  statistics.snapshotFailed();
  const { snapshotMs, snapshotFailureCount } = told(statistics);
  expect([snapshotMs!.sum, snapshotFailureCount]).toEqual([120n, 1n]);
});
