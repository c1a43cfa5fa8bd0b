/** What those cost who take nothing of what is sent to them, over real HTTP/2. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { QueryRequest, WatchRequest } from '../../gen/ts/syncdb/v1/data_service.ts';
import { PullRequest, SyncRequest } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Limits } from '../../src/base/limits.ts';
import { handshakeOf } from '../support/raw-calls.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { framed, Http2Peer, type PeerCall } from './support/http2-peer.ts';
import { liveBytes } from './support/live-bytes.ts';

let server: TestServer;
const peers: Http2Peer[] = [];
const rows = 30;

/** A server with rows of 100 kB that no codec makes smaller. */
async function start(limits: Partial<Limits> = {}): Promise<void> {
  server = await startTestServer({ limits });
  const writer = await server.client();
  for (let index = 0; index < rows; index++) {
    const name = randomBytes(75_000).toString('base64');
    writer.table(StationSchema).put({ id: `${index}`, name });
  }
  await writer.synced();
  await writer.close();
}

beforeEach(() => {
  peers.length = 0;
});
afterEach(async () => {
  for (const peer of peers) peer.destroy();
  await server.close();
});

/** A call that is being sent all there is. It takes a hundred bytes, and then its window is 0. */
function read(peer: Http2Peer, replicaId: string, method: string): PeerCall {
  const service = method === 'Sync' || method === 'Pull' ? 'SyncService' : 'DataService';
  const call = peer.begin(`/syncdb.v1.${service}/${method}`);
  // Nothing is read, so the window stays as it is.
  call.stream.pause();
  const value = { handshake: handshakeOf(server, replicaId), subscription: {} };
  const table = { database: 'field', table: StationSchema.typeName };
  const requests: Record<string, () => Uint8Array> = {
    Sync: () => encoded(SyncRequest, { body: { $case: 'hello', value } }),
    Pull: () => encoded(PullRequest, value),
    Query: () => encoded(QueryRequest, table),
    Watch: () => encoded(WatchRequest, table),
  };
  call.stream.write(framed(requests[method]!()));
  if (method !== 'Sync') call.stream.end();
  return call;
}

function encoded<Message>(
  type: {
    fromPartial(value: never): Message;
    encode(message: Message): { finish(): Uint8Array };
  },
  value: object,
): Uint8Array {
  return type.encode(type.fromPartial(value as never)).finish();
}

function join(): Http2Peer {
  const peer = new Http2Peer(server.address, { settings: { initialWindowSize: 100 } });
  peers.push(peer);
  return peer;
}

const begun = (calls: PeerCall[]) =>
  eventually(() => calls.every(({ httpStatus }) => httpStatus === 200), 20_000);

test.each(['Sync', 'Pull', 'Query', 'Watch'])(
  '[I13] a reader of %s whose window is 0 costs no more than 2 MiB',
  async (method) => {
    await start();
    const before = await liveBytes();
    const calls = Array.from({ length: 4 }, join).flatMap((peer, index) =>
      Array.from({ length: 6 }, (_, each) => read(peer, `r${index}-${each}`, method)),
    );
    await begun(calls);
    // More is not made for them, however long they wait.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const each = ((await liveBytes()) - before) / calls.length;
    expect(each).toBeLessThan(2 << 20);
    // And others read all that there is meanwhile.
    const reader = await server.client();
    await reader.synced();
    expect(reader.table(StationSchema).count()).toBe(rows);
    expect(calls.filter(({ closed }) => closed)).toEqual([]);
  },
);

test('[I13] readers of nothing have so much together: those that wait for the longest are given up', async () => {
  await start({ sendingBytesMax: 5_500_000 });
  const peer = join();
  const calls: PeerCall[] = [];
  for (let index = 0; index < 8; index++) {
    calls.push(read(peer, `r${index}`, 'Pull'));
    await begun(calls.slice(-1));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await eventually(() => calls.some(({ closed }) => closed));
  // Whoever came last has waited for the least.
  expect(calls.at(-1)!.closed).toBe(false);
  const reader = await server.client();
  await reader.synced();
  expect(reader.table(StationSchema).count()).toBe(rows);
});
