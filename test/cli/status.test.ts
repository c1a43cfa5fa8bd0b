/** `syncdb status` against a real server. */
import { afterEach, expect, test, vi } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { status } from '../../src/cli/status.ts';
import { logClosed } from '../../src/log/log-errors.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { silent } from '../../src/server/logger.ts';
import { startServer } from '../../src/server/server.ts';
import { fieldSchema, startTestServer, type TestServer } from '../support/test-server.ts';
import { remoteOptions, testStreams } from './support/streams.ts';

let server: TestServer | undefined;
afterEach(async () => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
  await server?.close();
});

async function run(address: string, isTerminal: boolean, database?: string): Promise<string> {
  const streams = testStreams({ isTerminal });
  const { database: _, ...options } = remoteOptions(address);
  await status({ ...options, ...(database && { database }) }, streams);
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

test('is of one database where that is named', async () => {
  server = await startTestServer();
  const found = JSON.parse(await run(server.address, false, 'field'));
  expect(found.databases).toMatchObject([{ name: 'field' }]);
  await expect(run(server.address, false, 'nope')).rejects.toMatchObject({
    reason: 'UNKNOWN_DATABASE',
    message: 'database: there is no database "nope" here; there is field',
  });
});

test('names a database that is being opened, and ends with 1', async () => {
  const stop = new AbortController();
  let address = '';
  const onListening = (on: string) => {
    address = on;
  };
  const open = () =>
    new Promise<never>((_, reject) => stop.signal.addEventListener('abort', reject));
  const starting = startServer({
    ...{ databases: [{ name: 'main', schema: fieldSchema, open }], address: '127.0.0.1:0' },
    ...{ onListening, logger: silent, signal: stop.signal },
  });
  const ended = expect(starting).rejects.toThrow();
  await vi.waitFor(() => expect(address).not.toBe(''));
  const found = JSON.parse(await run(address, false));
  expect(found).toMatchObject({
    health: 'NOT_SERVING',
    databases: [{ name: 'main', loading: true, tables: [] }],
  });
  expect(await run(address, true)).toMatch(/\n\ndatabase main: being opened\n$/);
  expect(process.exitCode).toBe(1);
  stop.abort();
  await ended;
});
