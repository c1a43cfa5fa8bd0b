/** What waits for a slow reader. What is told of commits is in tail.test.ts. */
import { afterEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { CommitTail } from '../../src/server/commit-tail.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
afterEach(() => server.close());

test('the oldest commits go where more than the limit wait, and it is told how many', async () => {
  server = await startTestServer();
  const { state } = server.database.source;
  const limits = { tailCommitsMax: 3, tailChangesMax: 10 };
  const identity = await trustEveryone({ metadata: () => [], peer: '', method: '' });
  const tail = new CommitTail({ state, identity, tables: undefined, limits });
  server.database.onCommits((commits) => tail.note(commits));
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
