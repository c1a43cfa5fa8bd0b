/** `syncdb watch` against a real server. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type WatchOptions, watch } from '../../src/cli/watch.ts';
import type { Client } from '../../src/client/client-api.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { remoteOptions, testStreams } from './support/streams.ts';

let server: TestServer;
let writer: Client;

beforeEach(async () => {
  server = await startTestServer();
  writer = await server.client({ replicaId: 'writer' });
  writer.table(InspectionSchema).put({ id: 'a', stationId: 's', notes: 'first' });
  await writer.synced();
});
afterEach(() => server.close());

/** Watches while `meanwhile` runs, which is given what was written so far. */
async function watched(
  options: Partial<WatchOptions>,
  meanwhile: (lines: () => { [name: string]: unknown }[]) => Promise<void>,
) {
  const streams = testStreams();
  const stop = new AbortController();
  const all = { ...remoteOptions(server.address), where: [], changesOnly: false, ...options };
  const watching = watch('Inspection', all, streams, stop.signal);
  const lines = () =>
    streams
      .out()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  await meanwhile(lines);
  stop.abort();
  await watching;
  return lines();
}

test('writes the rows of the beginning, and then what changes', async () => {
  const found = await watched({ where: ['station_id=s'], fields: 'notes' }, async (lines) => {
    await expect.poll(() => lines().length).toBe(2);
    writer.table(InspectionSchema).patch('a', { notes: 'second' });
    await expect.poll(() => lines().length).toBe(3);
    writer.table(InspectionSchema).patch('a', { stationId: 'other' });
    await expect.poll(() => lines().length).toBe(4);
  });
  expect(found).toEqual([
    {
      change: 'put',
      key: 'a',
      row: { notes: 'first' },
      version: expect.stringMatching(/^\d+$/),
      modifiedAt: expect.stringMatching(/^20.*Z$/),
      modifiedBy: 'writer',
    },
    { live: true, headSeq: expect.stringMatching(/^\d+$/) },
    expect.objectContaining({ row: { notes: 'second' } }),
    { change: 'delete', key: 'a', version: expect.stringMatching(/^\d+$/) },
  ]);
  const versions = found
    .filter(({ version }) => version !== undefined)
    .map(({ version }) => Number(version));
  expect(versions).toEqual(versions.toSorted((left, right) => left - right));
  expect(new Set(versions).size).toBe(3);
});

test('leaves out the beginning where nobody asks for it', async () => {
  const found = await watched({ changesOnly: true }, async (lines) => {
    await expect.poll(() => lines().length).toBe(1);
    writer.table(InspectionSchema).delete('a');
    await expect.poll(() => lines().length).toBe(2);
  });
  expect(found).toMatchObject([{ live: true }, { change: 'delete', key: 'a' }]);
});

test('fails where the server ends it', async () => {
  const streams = testStreams();
  const options = { ...remoteOptions(server.address), where: [], changesOnly: false };
  const watching = watch('Inspection', options, streams);
  watching.catch(() => {});
  await expect.poll(() => streams.out()).toContain('live');
  await server.close();
  await expect(watching).rejects.toMatchObject({ reason: 'SERVER_STOPPING' });
});
