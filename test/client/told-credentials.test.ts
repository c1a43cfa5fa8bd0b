import type { Socket } from 'node:net';
import { ChannelCredentials, Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toldCredentials } from '../../src/client/told-credentials.ts';

let server: Server;
let address: string;

beforeEach(async () => {
  server = new Server();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  address = `127.0.0.1:${port}`;
});
afterEach(() => server.forceShutdown());

it('tell of the TCP connection of a channel, whose bytes they can count', async () => {
  const sockets: Socket[] = [];
  const told = toldCredentials(credentials.createInsecure(), (socket) => sockets.push(socket));
  const client = new Client(address, told, { 'grpc.use_local_subchannel_pool': 1 });
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + 5_000, (error) => (error ? reject(error) : resolve()));
  });
  expect(sockets).toHaveLength(1);
  expect(sockets[0]!.remotePort).toBe(Number(address.split(':')[1]));
  expect(sockets[0]!.bytesRead).toBeGreaterThan(0);
  client.close();
});

it('are what they were otherwise', () => {
  const tls = credentials.createSsl();
  const told = toldCredentials(tls, () => {});
  expect(told).toBeInstanceOf(ChannelCredentials);
  expect([told._isSecure(), told._equals(tls)]).toEqual([true, true]);
});
