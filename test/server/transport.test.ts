/** That the options of HTTP/2 reach the transport below grpc-js: of its inside we use what is no part of its interface. */

import { constants } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { Server } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { transportOf } from '../../src/server/transport.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { Http2Peer } from './support/http2-peer.ts';

let server: TestServer | undefined;
const peers: Http2Peer[] = [];

async function join(limits: Partial<Limits>): Promise<Http2Peer> {
  server = await startTestServer({ limits });
  const peer = new Http2Peer(server.address);
  peers.push(peer);
  await peer.status(health);
  return peer;
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.destroy();
  await server?.close();
  server = undefined;
});

const health = '/grpc.health.v1.Health/Check';

async function ends(peer: Http2Peer, metadata: Record<string, string>): Promise<unknown> {
  const call = peer.begin(health, metadata);
  call.stream.end(Buffer.alloc(5));
  await call.over;
  return call.status ?? call.stream.rstCode;
}

/** What the metadata of a call without any of its own has, each entry with 32 bytes. */
function ownBytes(peer: Http2Peer): number {
  const headers = {
    ':authority': new URL(peer.session.originSet?.[0] ?? `http://${server!.address}`).host,
    ...{ ':method': 'POST', ':path': health, ':scheme': 'http' },
    ...{ 'content-type': 'application/grpc', te: 'trailers' },
  };
  return Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length + 32,
    0,
  );
}

test('[I13] metadata has so many bytes, and not one more', async () => {
  const peer = await join({ metadataBytesMax: 1_000 });
  expect(peer.session.remoteSettings.maxHeaderListSize).toBe(1_000);
  const room = 1_000 - ownBytes(peer) - 'x'.length - 32;
  expect(await ends(peer, { x: 'v'.repeat(room) })).toBe('0');
  expect(await ends(peer, { x: 'v'.repeat(room + 1) })).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  // The connection goes on.
  expect(await ends(peer, {})).toBe('0');
});

test('[I13] metadata has so many entries, and not one more', async () => {
  const peer = await join({ metadataEntriesMax: 10 });
  const entries = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, 'v']));
  expect(await ends(peer, entries(4))).toBe('0');
  expect(await ends(peer, entries(5))).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  expect(await ends(peer, {})).toBe('0');
});

test('[I13] so many calls may be cancelled at once; then the connection ends', async () => {
  const peer = await join({ connectionResetsMax: 20, connectionResetsPerSecond: 1 });
  const cancel = async (count: number) => {
    for (let index = 0; index < count && !peer.closed; index++) {
      const call = peer.begin('/grpc.health.v1.Health/Watch');
      await new Promise((resolve) => setImmediate(resolve));
      call.stream.close(constants.NGHTTP2_CANCEL);
      await call.over;
    }
  };
  await cancel(15);
  expect(await peer.status(health)).toBe('0');
  await cancel(30);
  await eventually(() => peer.closed);
});

/** The server's end of a new connection. */
function joined(): Promise<Socket> {
  return new Promise<Socket>((resolve) => {
    const tcp = createServer((taken) => {
      tcp.close();
      resolve(taken);
    });
    tcp.listen(0, '127.0.0.1', () => {
      peers.push(new Http2Peer(`127.0.0.1:${(tcp.address() as { port: number }).port}`));
    });
  });
}

test('a server of grpc-js that has other insides is found out at the start', async () => {
  const grpc = new Server();
  Object.assign(grpc, { createConnectionInjector: () => ({}) });
  expect(() => transportOf(grpc, defaultLimits)).toThrow('grpc-js');
  const strange = new Server();
  const transport = transportOf(strange, defaultLimits);
  const socket = await joined();
  const session = transport.begin(socket, 100_000);
  expect(session.localSettings).toBeDefined();
  socket.destroy();
});

test('so many pings may wait for their answers, and not one more', async () => {
  const transport = transportOf(new Server(), defaultLimits);
  const session = transport.begin(await joined(), 100_000);
  const asked = Array.from({ length: 65 }, () => session.ping(() => {}));
  expect(asked).toEqual([...new Array(64).fill(true), false]);
  session.destroy();
});
