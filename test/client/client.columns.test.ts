/** What is written offline goes up by columns. */
import { afterEach, expect, it, vi } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type SyncRequest, SyncServiceService } from '../../gen/ts/syncdb/v1/sync.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
/** Pushes that went, as they were given to gRPC. */
let pushes: ('rows' | 'columns')[];

afterEach(async () => {
  vi.restoreAllMocks();
  await server.close();
});

/** Has each message seen, and changed, before it goes. */
function tap(change: (request: SyncRequest) => void = () => {}): void {
  pushes = [];
  const { sync } = SyncServiceService;
  const serialize = sync.requestSerialize;
  vi.spyOn(sync, 'requestSerialize').mockImplementation((request) => {
    if (request.body?.$case === 'push') {
      pushes.push(request.body.value.columns === undefined ? 'rows' : 'columns');
    }
    change(request);
    return serialize(request);
  });
}

async function writtenOffline(count: number) {
  server = await startTestServer();
  const client = await server.client({
    tables: [StationSchema],
    retry: { delayMsMin: 5, delayMsMax: 50 },
  });
  await client.synced();
  client.disconnect();
  const stations = client.table(StationSchema);
  const written = Array.from({ length: count }, (_, index) =>
    stations.put({ id: `s${index}`, name: `station no. ${index}` }),
  );
  return { client, written };
}

it('[P5] some edits go by columns, one alone in rows', async () => {
  const { client, written } = await writtenOffline(200);
  tap();
  client.connect();
  for (const { outcome } of written) expect((await outcome).status).toBe('committed');
  expect(new Set(pushes)).toEqual(new Set(['columns']));
  pushes = [];
  const alone = client.table(StationSchema).patch('s7', { name: 'other' });
  expect((await alone.outcome).status).toBe('committed');
  expect(pushes).toEqual(['rows']);
  const other = await server.client({ tables: [StationSchema] });
  await other.synced();
  expect(other.table(StationSchema).count()).toBe(200);
  expect(other.table(StationSchema).get('s7')?.name).toBe('other');
  await other.close();
  await client.close();
});

it('[P5] edits of rows that are known on both sides name these by number, also of one that is gone by then', async () => {
  const { client, written } = await writtenOffline(30);
  client.connect();
  for (const { outcome } of written) await outcome;
  await client.synced();
  client.disconnect();
  const other = await server.client({ tables: [StationSchema] });
  await other.synced();
  await other.table(StationSchema).delete('s3').outcome;
  await other.close();
  const stations = client.table(StationSchema);
  const edits = Array.from({ length: 30 }, (_, at) =>
    stations.patch(`s${at}`, { name: `new ${at}` }),
  );
  let bytes = 0;
  tap(({ body }) => {
    if (body?.$case === 'push') bytes += body.value.columns?.block.length ?? 1_000;
  });
  client.connect();
  for (const { outcome } of edits) expect((await outcome).status).toBe('committed');
  await client.synced();
  expect(new Set(pushes)).toEqual(new Set(['columns']));
  expect(bytes).toBeLessThan(500);
  expect(stations.get('s3')).toBeUndefined();
  expect(stations.get('s29')?.name).toBe('new 29');
  await client.close();
});

it('[P2][P7] edits whose columns the server cannot read go in rows, and none is lost', async () => {
  const { client, written } = await writtenOffline(50);
  const errors = new Set<string>();
  client.on('status', (status) => {
    if ('error' in status && status.error !== undefined) errors.add(status.error.reason);
  });
  tap(({ body }) => {
    if (body?.$case !== 'push' || body.value.columns === undefined) return;
    body.value.columns.digest = new Uint8Array(16);
  });
  client.connect();
  for (const { outcome } of written) expect((await outcome).status).toBe('committed');
  expect([...errors]).toEqual(['MALFORMED_COLUMNS']);
  expect(new Set(pushes)).toEqual(new Set(['columns', 'rows']));
  await client.close();
});

it('[P2][P7] edits of rows that may not be read any more go all the same, under their keys', async () => {
  let readScopes = ['*'];
  server = await startTestServer({
    authorise: async (call) => ({ ...(await trustEveryone(call)), readScopes }),
  });
  const client = await server.client({
    tables: [InspectionSchema],
    retry: { delayMsMin: 5, delayMsMax: 50 },
  });
  await client.synced();
  const inspections = client.table(InspectionSchema);
  const ids = ['1', '2', '3', '4', '5', '6'];
  for (const id of ids) await inspections.put({ id, stationId: id < '4' ? 'a' : 'b' }).outcome;
  await client.synced();
  client.disconnect();
  const edits = ids.map((id) => inspections.patch(id, { notes: `notes of ${id}` }));
  readScopes = ['station/a'];
  tap();
  client.connect();
  for (const { outcome } of edits) expect((await outcome).status).toBe('committed');
  expect(pushes).toEqual(['columns', 'rows']);
  // It does not try that again.
  client.disconnect();
  const more = ['1', '2', '3', '1'].map((id) => inspections.patch(id, { notes: `more of ${id}` }));
  client.connect();
  for (const { outcome } of more) expect((await outcome).status).toBe('committed');
  await client.close();
});
