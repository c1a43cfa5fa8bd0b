/** `syncdb status` against a real server. */
import { afterEach, expect, test, vi } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { status } from '../../src/cli/status.ts';
import { logClosed } from '../../src/log/log-errors.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { remoteOptions, testStreams } from './support/streams.ts';

let server: TestServer | undefined;
afterEach(async () => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
  await server?.close();
});

async function run(address: string, isTerminal: boolean): Promise<string> {
  const streams = testStreams({ isTerminal });
  await status(remoteOptions(address), streams);
  return streams.out();
}

test('is one line of JSON where it is piped', async () => {
  server = await startTestServer();
  const client = await server.client();
  client.table(StationSchema).put({ id: 's1' });
  await client.synced();
  const found = JSON.parse(await run(server.address, false));
  expect(found).toMatchObject({
    health: 'SERVING',
    writes: 'SERVING',
    sessionCount: 1,
    databases: [
      {
        name: 'field',
        rowCount: '1',
        headSeq: expect.stringMatching(/^\d+$/),
        failed: false,
        tables: [
          {
            name: 'test.v1.Inspection',
            rowCount: '0',
            keyField: 'id',
            scopes: ['station/{station_id}'],
          },
          { name: 'test.v1.Station', rowCount: '1', scopes: [] },
        ],
      },
    ],
  });
  expect(process.exitCode).toBeUndefined();
});

test('is lines for people on a terminal', async () => {
  server = await startTestServer();
  const lines = (await run(server.address, true)).split('\n');
  expect(lines[0]).toMatch(
    /^SyncDB \S+ on 127\.0\.0\.1:\d+, up \d+ s, 0 open sync streams, \d+ MiB of memory$/,
  );
  expect(lines[1]).toBe('health: SERVING, writes: SERVING');
  expect(lines[3]).toMatch(/^database field: 0 rows, commit \d+, .*, schema 1 \([0-9a-f]{16}\)$/);
  expect(lines[4]).toMatch(/^ {2}table +rows +deleted +memory +key +scopes$/);
  expect(lines[7]).toMatch(/^ {2}test.v1.Station +0 +0 .* id +\(everyone\)$/);
});

test('ends with 1 where the database takes no writes any more', async () => {
  const log = createMemoryLog({ id: new Uint8Array(16) });
  server = await startTestServer({ log, onWriteState: () => {} });
  vi.spyOn(log, 'append').mockRejectedValue(logClosed());
  const client = await server.client();
  client.table(StationSchema).put({ id: 's1' });
  const { address } = server;
  await vi.waitFor(async () => {
    const found = JSON.parse(await run(address, false));
    expect(found).toMatchObject({ writes: 'NOT_SERVING' });
  });
  expect(process.exitCode).toBe(1);
});
