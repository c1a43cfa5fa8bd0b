/** That who wants much does not keep those waiting who want little, in steps and not in time. */
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { ServerSession } from '../../src/session/server-session.ts';
import { handshakeOf } from '../support/raw-calls.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import type { ReadAll } from './support/read-all.ts';

let server: TestServer;
let worker: Worker;
const rows = 10_000;
const readers = 20;
/** A batch with more rows than this is one of those who want much. */
const manyRows = 100;

beforeEach(async () => {
  server = await startTestServer();
  const writer = await server.client({ replicaId: 'writer' });
  const stations = writer.table(StationSchema);
  for (let index = 0; index < rows; index++)
    stations.put({ id: `${index}`, name: 'N'.repeat(400) });
  await writer.synced();
  await writer.close();
}, 60_000);
afterEach(async () => {
  vi.restoreAllMocks();
  await worker.terminate();
  await server.close();
});

async function readAll(): Promise<void> {
  const { address } = server;
  const workerData: ReadAll = { address, handshake: handshakeOf(server, ''), readers };
  worker = new Worker(new URL('./support/read-all.ts', import.meta.url), { workerData });
  await new Promise((resolve) => worker.once('message', resolve));
}

test('a push of one row waits for a few batches of first syncs, however many there are', async () => {
  const phone = await server.client({ replicaId: 'phone' });
  await phone.synced();
  const { next } = ServerSession.prototype;
  let batches = 0;
  vi.spyOn(ServerSession.prototype, 'next').mockImplementation(function (
    this: ServerSession,
    ...how
  ) {
    const message = next.apply(this, how);
    if (message?.type === 'delta' && message.deltas.length > manyRows) batches++;
    return message;
  });
  await readAll();
  const waits: number[] = [];
  for (let push = 0; push < 40; push++) {
    const before = batches;
    phone.table(StationSchema).put({ id: `mine-${push}` });
    await eventually(() => phone.pendingCount === 0, 30_000);
    waits.push(batches - before);
  }
  // Without turns for these a push waited for a batch of each reader, or for all that a window takes of several.
  const most = waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.9)]!;
  expect(most).toBeLessThan(readers);
}, 60_000);
