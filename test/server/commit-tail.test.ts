/** What waits for a slow reader. What is told of commits is in tail.test.ts. */
import { afterEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type CommittedTransaction, TailResponse } from '../../gen/ts/syncdb/v1/data_service.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { CommitTail } from '../../src/server/commit-tail.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
afterEach(() => server.close());

async function tailOf(bounds: Partial<Limits>): Promise<CommitTail> {
  server = await startTestServer();
  const { state } = server.database.source;
  const limits = { ...defaultLimits, ...bounds };
  const identity = await trustEveryone({ metadata: () => [], peer: '', method: '' });
  const tail = new CommitTail({ state, identity, tables: undefined, limits });
  server.database.onCommits((commits) => tail.note(commits));
  return tail;
}

/** Commits of ten rows each, whose keys have 100 bytes. */
async function writeWide(count: number): Promise<void> {
  const writer = await server.client();
  for (let n = 0; n < count; n++) {
    writer.transaction((edits) => {
      for (let row = 0; row < 10; row++) {
        edits.table(StationSchema).put({ id: `${n}-${row}-`.padEnd(100, 'x'), name: 'N' });
      }
    });
    await writer.synced();
  }
}

const bytesOf = (commits: readonly CommittedTransaction[]) =>
  TailResponse.encode({ commits: [...commits], headSeq: 1n, missedCount: 1n }).finish().length;

test('what is taken at once is bounded in bytes, and the rest comes behind it', async () => {
  const deltaBytesMax = 12_000;
  const tail = await tailOf({ deltaBytesMax });
  await writeWide(10);
  const seqs: bigint[] = [];
  let batches = 0;
  for (let batch = tail.take(); batch !== undefined; batch = tail.take()) {
    batches++;
    expect(batch.missed).toBe(0);
    expect(bytesOf(batch.commits)).toBeLessThanOrEqual(deltaBytesMax);
    seqs.push(...batch.commits.map(({ seq }) => seq));
  }
  expect(batches).toBeGreaterThan(1);
  expect(seqs).toHaveLength(10);
  expect(seqs).toEqual(seqs.toSorted((left, right) => Number(left - right)));
});

test('one commit that is more than that comes alone', async () => {
  const tail = await tailOf({ deltaBytesMax: 10 });
  await writeWide(2);
  expect([tail.take()?.commits.length, tail.take()?.commits.length, tail.take()]).toEqual([
    ...[1, 1, undefined],
  ]);
});

test('what waits is bounded in bytes too: the oldest go, and it is told how many', async () => {
  const messageBytesMax = 20_000;
  const tail = await tailOf({ messageBytesMax });
  await writeWide(10);
  const batch = tail.take()!;
  expect(batch.missed).toBeGreaterThan(0);
  expect(batch.missed + batch.commits.length).toBe(10);
  expect(bytesOf(batch.commits)).toBeLessThanOrEqual(messageBytesMax);
  // It let go of no more than it had to.
  expect(bytesOf(batch.commits)).toBeGreaterThan(messageBytesMax / 4);
});

test('the oldest commits go where more than the limit wait, and it is told how many', async () => {
  const tail = await tailOf({ tailCommitsMax: 3, tailChangesMax: 10 });
  expect(tail.take()).toBeUndefined();
  const writer = await server.client();
  const write = async (count: number) => {
    for (let n = 0; n < count; n++) {
      writer.table(StationSchema).put({ id: `s${n}`, name: `${count}` });
      await writer.synced();
    }
  };
  await write(3);
  const whole = tail.take()!;
  expect([whole.commits.length, whole.missed]).toEqual([3, 0]);
  await write(4);
  const cut = tail.take()!;
  expect(cut.missed).toBe(1);
  expect(cut.commits.flatMap(({ changes }) => changes.map(({ key }) => key))).toEqual([
    's1',
    's2',
    's3',
  ]);
  expect(tail.take()).toBeUndefined();
});
