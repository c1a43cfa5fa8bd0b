/** What `memoryStorage` is for; its promises are in contract/storage-contract.test.ts. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { memoryStorage } from '../../src/client/memory-storage.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

test('[P1] a client over it has edits and rows again, and goes on with the server where it stood', async () => {
  const other = await server.client();
  other.table(StationSchema).put({ id: 'a', name: 'North' });
  await other.synced();
  const storage = memoryStorage();
  const first = await server.client({ storage });
  await first.synced();
  first.disconnect();
  first.table(StationSchema).put({ id: 'b', name: 'South' });
  const { replicaId } = first;
  await first.close();
  const again = await server.client({ storage });
  expect(again.replicaId).toBe(replicaId);
  expect(
    again
      .table(StationSchema)
      .query()
      .rows.map(({ name }) => name),
  ).toEqual([...['North', 'South']]);
  await again.synced();
  await other.synced();
  expect(again.pendingCount).toBe(0);
  expect(other.table(StationSchema).get('b')?.name).toBe('South');
});

test('a second client over one that is open is refused', async () => {
  const storage = memoryStorage();
  await server.client({ storage });
  await expect(server.client({ storage })).rejects.toMatchObject({ reason: 'LOG_LOCKED' });
});
