/** `syncdb tail` against a real server. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { tail } from '../../src/cli/tail.ts';
import type { Client } from '../../src/client/client-api.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { remoteOptions, testStreams } from './support/streams.ts';

let server: TestServer;
let writer: Client;

beforeEach(async () => {
  server = await startTestServer();
  writer = await server.client({ replicaId: 'writer' });
  await writer.synced();
});
afterEach(() => server.close());

async function followed(isTerminal: boolean): Promise<string[]> {
  const streams = testStreams({ isTerminal });
  const stop = new AbortController();
  const following = tail(['Inspection'], remoteOptions(server.address), streams, stop.signal);
  const lines = () => streams.out().split('\n').filter(Boolean);
  await expect.poll(() => lines().length).toBe(1);
  const inspections = writer.table(InspectionSchema);
  inspections.put({ id: 'a\n', stationId: 's' });
  await writer.synced();
  inspections.patch('a\n', { notes: 'dry', visits: 2 });
  await writer.synced();
  inspections.patch('nobody', { notes: 'x' });
  await writer.synced();
  writer.transaction((edits) => {
    for (let n = 0; n < 6; n++) edits.table(InspectionSchema).put({ id: `i${n}`, stationId: 's' });
  });
  await writer.synced();
  await expect.poll(() => lines().length).toBe(5);
  stop.abort();
  await following;
  return lines();
}

test('is a line of JSON for each commit where it is piped', async () => {
  const found = (await followed(false)).map((line) => JSON.parse(line));
  expect(found).toMatchObject([
    { live: true, headSeq: expect.stringMatching(/^\d+$/) },
    {
      seq: expect.stringMatching(/^\d+$/),
      replicaId: 'writer',
      counter: '1',
      committedAt: expect.stringMatching(/^20.*Z$/),
      changes: [{ operation: 'put', table: 'test.v1.Inspection', key: 'a\n' }],
      changeCount: 1,
      conflicts: 0,
    },
    { changes: [{ operation: 'patch', fields: ['notes', 'visits'] }] },
    { changes: [], refusedReason: 'ROW_NOT_FOUND' },
    { changeCount: 6 },
  ]);
});

test('is a line for people on a terminal', async () => {
  const [first, ...commits] = await followed(true);
  expect(first).toMatch(/^following the commits behind \d+; Ctrl-C ends it$/);
  expect(commits.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} +\d+ {2}/, ''))).toEqual([
    'writer/1          + Inspection a·',
    'writer/2          ~ Inspection a· (notes visits)',
    'writer/3          refused, ROW_NOT_FOUND',
    expect.stringMatching(/^writer\/4 {10}\+ Inspection i0, .*\+ Inspection i3, and 2 more$/),
  ]);
});
