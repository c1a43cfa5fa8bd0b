/** `syncdb query` against a real server. */
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type QueryOptions, query } from '../../src/cli/query.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { remoteOptions, testStreams } from './support/streams.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ limits: { queryBatchRows: 7 } });
  const client = await server.client();
  client.transaction((edits) => {
    for (let n = 0; n < 20; n++) {
      const row = create(InspectionSchema, { id: `i${n}`, stationId: `s${n % 2}`, visits: n });
      edits.table(InspectionSchema).put(n === 3 ? { ...row, notes: 'dry, cold' } : row);
    }
  });
  await client.synced();
});
afterAll(() => server.close());

async function run(options: Partial<QueryOptions>, isTerminal = false, table = 'Inspection') {
  const streams = testStreams({ isTerminal });
  const all = { ...remoteOptions(server.address), where: [], count: false, ...options };
  await query(table, all, streams);
  return streams.out();
}

test('writes all pages of the rows that match, in order', async () => {
  const text = await run({ where: ['station_id=s1'], order: 'visits:desc', fields: 'id,visits' });
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows).toEqual(
    [19, 17, 15, 13, 11, 9, 7, 5, 3, 1].map((visits) => ({ id: `i${visits}`, visits })),
  );
});

test('writes no more than the limit', async () => {
  expect((await run({ limit: 8 })).trim().split('\n')).toHaveLength(8);
});

test('counts', async () => {
  expect(await run({ count: true, where: ['visits>=15'] })).toBe('5\n');
});

test('is a table on a terminal', async () => {
  expect(await run({ where: ['notes=dry, cold'], fields: 'id,notes' }, true)).toBe(
    'id  notes\n──  ─────────\ni3  dry, cold\n',
  );
});

test('reads the tables of SyncDB itself', async () => {
  expect(JSON.parse(await run({ fields: 'id,counter' }, false, 'Writer'))).toMatchObject({
    counter: '1',
  });
});

test.each([
  [{ format: 'binary' as const }, true, /^--format: binary rows are nothing for a terminal/],
  [{ where: ['color=1'] }, false, /^--where: test.v1.Inspection has no field color/],
])('%j is refused', async (options, isTerminal, message) => {
  await expect(run(options, isTerminal)).rejects.toMatchObject({
    reason: 'BAD_OPTION',
    message: expect.stringMatching(message),
  });
});

test('what the server says of a value names it', async () => {
  await expect(run({ where: ['visits=many'] })).rejects.toMatchObject({
    reason: 'WRONG_TYPE',
    message: expect.stringContaining('must be an integer'),
  });
});
