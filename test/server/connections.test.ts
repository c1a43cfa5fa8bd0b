/** How many connections a server takes, and how much each may send ahead, over real sockets. */
import { afterEach, expect, test } from 'vitest';
import type { Limits } from '../../src/base/limits.ts';
import { networkOf } from '../../src/server/connections.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { Http2Peer } from './support/http2-peer.ts';

let server: TestServer;
const peers: Http2Peer[] = [];

async function start(limits: Partial<Limits>): Promise<void> {
  server = await startTestServer({ limits });
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.destroy();
  await server.close();
});

function join(localAddress?: string): Http2Peer {
  const peer = new Http2Peer(server.address, localAddress === undefined ? {} : { localAddress });
  peers.push(peer);
  return peer;
}

const health = '/grpc.health.v1.Health/Check';

test('[I13] takes so many connections, and resets one more without a word', async () => {
  await start({ connectionsMax: 2 });
  const [first, second] = [join(), join()];
  expect([await first.status(health), await second.status(health)]).toEqual(['0', '0']);
  const third = join();
  await third.over;
  expect(third.goaways).toEqual([]);
  // The others do not notice, and whoever goes leaves room.
  expect(await second.status(health)).toBe('0');
  first.destroy();
  await eventually(() => server.running.connectionCount === 1);
  expect(await join().status(health)).toBe('0');
});

test('[I13] takes so many of one address, and the others besides', async () => {
  await start({ addressConnectionsMax: 2 });
  const own = [join('127.0.0.1'), join('127.0.0.1')];
  for (const peer of own) expect(await peer.status(health)).toBe('0');
  await join('127.0.0.1').over;
  expect(await join('127.0.0.2').status(health)).toBe('0');
  own[0]!.destroy();
  await eventually(() => server.running.connectionCount === 2);
  expect(await join('127.0.0.1').status(health)).toBe('0');
});

test('[I13] the more connections there are, the less each may send ahead', async () => {
  const streamWindowBytesMax = 200 << 10;
  await start({ streamWindowBytesMax, windowsBytesMax: 300 << 10 });
  const windows: (number | undefined)[] = [];
  for (let index = 0; index < 4; index++) {
    const peer = join();
    await peer.status(health);
    windows.push(peer.session.remoteSettings.initialWindowSize);
  }
  expect(windows).toEqual([200, 150, 100, 75].map((kilobytes) => kilobytes << 10));
});

test('a window has 16 KiB however many connections there are', async () => {
  await start({ windowsBytesMax: 1 });
  const peer = join();
  await peer.status(health);
  expect(peer.session.remoteSettings.initialWindowSize).toBe(16 << 10);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, ''],
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
