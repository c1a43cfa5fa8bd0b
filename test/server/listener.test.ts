import { lookup } from 'node:dns/promises';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Listener, listen } from '../../src/server/listener.ts';

const listeners: Listener[] = [];
const sockets: Socket[] = [];

async function start(address: string): Promise<Listener> {
  const onSocket = (socket: Socket) => sockets.push(socket);
  const listener = await listen({ address, onSocket, onError: () => {} });
  listeners.push(listener);
  return listener;
}

afterEach(() => {
  for (const listener of listeners.splice(0)) listener.stop();
  for (const socket of sockets.splice(0)) socket.destroy();
});

const reaches = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host, port });
    sockets.push(socket);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
  });

test('listens on all addresses of a name, at one port', async () => {
  const { address, port } = await start('localhost:0');
  expect(address).toBe(`localhost:${port}`);
  const found = await lookup('localhost', { all: true });
  const reached = await Promise.all(found.map((each) => reaches(each.address, port)));
  // Not every machine has all addresses that it knows by name.
  expect(reached).toContain(true);
});

test('says with which port it listens where it was asked for any', async () => {
  const { address, port } = await start('127.0.0.1:0');
  expect(port).toBeGreaterThan(0);
  expect(address).toBe(`127.0.0.1:${port}`);
});

test('writes an address of IPv6 with its brackets', async () => {
  const listener = await start('[::1]:0').catch(() => undefined);
  if (listener !== undefined) expect(listener.address).toBe(`[::1]:${listener.port}`);
});

test('ADDRESS_IN_USE where somebody else has it, CANNOT_LISTEN where nobody could', async () => {
  const { address } = await start('127.0.0.1:0');
  await expect(start(address)).rejects.toMatchObject({
    ...{ code: 14, reason: 'ADDRESS_IN_USE', message: `${address} is taken by another program` },
  });
  await expect(start('203.0.113.1:0')).rejects.toMatchObject({ reason: 'CANNOT_LISTEN' });
  await expect(start('no.such.name.invalid:0')).rejects.toMatchObject({ reason: 'CANNOT_LISTEN' });
});

test('listens on none where one of the addresses of a name is taken', async () => {
  const found = await lookup('localhost', { all: true });
  const last = found.at(-1)!.address;
  const other = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    other.on('error', reject);
    other.listen(0, last, () => resolve((other.address() as { port: number }).port));
  });
  await expect(start(`localhost:${port}`)).rejects.toMatchObject({ reason: 'ADDRESS_IN_USE' });
  for (const { address } of found.slice(0, -1)) expect(await reaches(address, port)).toBe(false);
  other.close();
});

test('takes no more when it is stopped, and what there is goes on', async () => {
  const listener = await start('127.0.0.1:0');
  expect(await reaches('127.0.0.1', listener.port)).toBe(true);
  listener.stop();
  expect(await reaches('127.0.0.1', listener.port)).toBe(false);
  expect(sockets[0]!.destroyed).toBe(false);
});
