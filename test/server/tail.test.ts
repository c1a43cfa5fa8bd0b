/** `DataService.Tail` over real gRPC. */
import { credentials, Metadata } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Operation } from '../../gen/ts/syncdb/v1/data.ts';
import {
  type CommittedTransaction,
  DataServiceClient,
  type TailRequest,
  type TailResponse,
} from '../../gen/ts/syncdb/v1/data_service.ts';
import type { Client } from '../../src/client/client-api.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import {
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.ts';

let server: TestServer;
let data: DataServiceClient;
let writer: Client;

afterEach(async () => {
  data.close();
  await server.close();
});

async function start(options: TestServerOptions = {}) {
  server = await startTestServer(options);
  data = new DataServiceClient(server.address, credentials.createInsecure());
  writer = await server.client({ replicaId: 'writer', metadata: () => ({ who: 'writer' }) });
  await writer.synced();
}

/** Follows commits from now on; resolves when it does. */
async function follow(request: Partial<TailRequest> = {}) {
  const call = data.tail({ database: 'field', tables: [], ...request }, new Metadata());
  const batches: TailResponse[] = [];
  call.on('data', (batch: TailResponse) => batches.push(batch));
  const ended = new Promise<{ code: number }>((resolve) => call.on('error', resolve as never));
  await Promise.race([expect.poll(() => batches.length).toBeGreaterThan(0), ended]);
  const commits = (): CommittedTransaction[] => batches.flatMap((batch) => batch.commits);
  return { call, batches, commits, ended };
}

test('answers at once with the head, and tells nothing of what is before', async () => {
  await start();
  const { batches } = await follow();
  expect(batches).toEqual([
    { commits: [], headSeq: BigInt(server.database.source.state.head), missedCount: 0n },
  ]);
});

test('tells of each commit who wrote it, and what it did to which rows', async () => {
  await start();
  const { commits } = await follow();
  const inspections = writer.table(InspectionSchema);
  writer.transaction((edits) => {
    edits.table(StationSchema).put({ id: 's', name: 'North' });
    edits.table(InspectionSchema).put({ id: 'a', stationId: 's' });
  });
  await writer.synced();
  inspections.patch('a', { notes: 'dry', visits: 1 });
  await writer.synced();
  inspections.delete('a');
  await writer.synced();
  await expect.poll(() => commits().length).toBe(3);
  const change = { table: 'test.v1.Inspection', key: 'a', fields: [] };
  expect(commits()).toMatchObject([
    {
      replicaId: 'writer',
      counter: 1n,
      changes: [
        { ...change, operation: Operation.PUT },
        { operation: Operation.PUT, table: 'test.v1.Station', key: 's' },
      ],
      changeCount: 2,
      conflicts: 0,
      refusedReason: '',
    },
    { counter: 2n, changes: [{ ...change, operation: Operation.PATCH, fields: [4, 5] }] },
    { counter: 3n, changes: [{ ...change, operation: Operation.DELETE }] },
  ]);
  const [first, , third] = commits();
  expect(third!.seq).toBeGreaterThan(first!.seq + 1n);
  expect(Math.abs(Number(first!.committedAt!.seconds) - Date.now() / 1_000)).toBeLessThan(60);
});

test('tells what was refused and why, and how many conflicts there were', async () => {
  await start();
  const other = await server.client({ replicaId: 'other' });
  await other.synced();
  writer.table(StationSchema).put({ id: 's', name: 'North' });
  await writer.synced();
  await expect.poll(() => other.table(StationSchema).get('s')?.name).toBe('North');
  const { commits } = await follow({ tables: ['test.v1.Station'] });
  other.disconnect();
  writer.table(StationSchema).patch('s', { name: 'South' });
  await writer.synced();
  other.table(StationSchema).patch('s', { name: 'West' });
  other.connect();
  await other.synced();
  writer.table(InspectionSchema).patch('nobody', { notes: 'x' });
  await writer.synced();
  await expect.poll(() => commits().length).toBeGreaterThanOrEqual(2);
  expect(commits().find(({ replicaId }) => replicaId === 'writer')).toMatchObject({ conflicts: 0 });
  expect(commits().at(-1)).toMatchObject({
    refusedReason: 'ROW_NOT_FOUND',
    changes: [],
    changeCount: 0,
  });
});

test('tells of the tables that were asked for, SyncDB’s own ones too', async () => {
  await start();
  const { commits } = await follow({ tables: ['syncdb.v1.Writer'] });
  writer.table(StationSchema).put({ id: 's' });
  await writer.synced();
  await expect.poll(() => commits().length).toBe(1);
  expect(commits()[0]!.changes).toMatchObject([{ table: 'syncdb.v1.Writer', key: 'writer' }]);
  const { ended } = await follow({ tables: ['test.v1.Station', 'test.v1.Visit'] });
  expect(await ended).toMatchObject({ code: 5, details: expect.stringContaining('tables[1]') });
});

test('leaves out rows that the caller may not read, and commits of which nothing is left', async () => {
  await start({
    authorise: (context) => ({
      ...trustEveryone(context),
      ...(context.metadata('who')[0] === 'writer' ? {} : { readScopes: ['station/s1'] }),
    }),
  });
  const { commits } = await follow();
  const inspections = writer.table(InspectionSchema);
  inspections.put({ id: 'hidden', stationId: 's2' });
  inspections.patch('nobody', { notes: 'refused' });
  await writer.synced();
  writer.transaction((edits) => {
    edits.table(InspectionSchema).put({ id: 'b', stationId: 's2' });
    edits.table(InspectionSchema).put({ id: 'a', stationId: 's1' });
  });
  inspections.delete('a');
  await writer.synced();
  await expect.poll(() => commits().length).toBe(2);
  expect(
    commits().map(({ changes, changeCount }) => [changes.map(({ key }) => key), changeCount]),
  ).toEqual([
    [['a'], 1],
    [['a'], 1],
  ]);
});

describe('is bounded:', () => {
  test('of a large commit the first changes are told, and how many there are', async () => {
    await start({ limits: { tailChangesMax: 2 } });
    const { commits } = await follow();
    for (const count of [2, 3]) {
      writer.transaction((edits) => {
        for (let n = 0; n < count; n++)
          edits.table(StationSchema).put({ id: `s${n}`, name: `${count}` });
      });
      await writer.synced();
    }
    await expect.poll(() => commits().length).toBe(2);
    expect(commits().map(({ changes, changeCount }) => [changes.length, changeCount])).toEqual([
      [2, 2],
      [2, 3],
    ]);
  });

  test('it ends when the server stops', async () => {
    await start();
    const { ended } = await follow();
    await server.running.close(500);
    expect(await ended).toMatchObject({ code: 14, details: expect.stringContaining('stopping') });
  });
});
