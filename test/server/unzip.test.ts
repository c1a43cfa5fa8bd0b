import { deflateSync, gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { Unzip } from '../../src/server/unzip.ts';
import { eventually } from '../support/test-server.ts';
import { framed } from './support/http2-peer.ts';

const bytesMax = 100_000;

function unzipOf() {
  let bytes = 0;
  const onBytes = (more: number) => {
    bytes += more;
  };
  return { unzip: new Unzip({ bytesMax, onBytes }), bytes: () => bytes };
}

test.each([
  ['identity', (bytes: Uint8Array) => bytes],
  ['gzip', gzipSync],
  ['deflate', deflateSync],
] as const)('gives a message of %s as it was', async (encoding, zip) => {
  const message = Buffer.from('message '.repeat(100));
  const { unzip } = unzipOf();
  expect(Buffer.from(await unzip.message(framed(zip(message), 1), encoding))).toEqual(message);
});

test('a message may become so large, and not one byte more', async () => {
  const { unzip } = unzipOf();
  const largest = await unzip.message(framed(gzipSync(Buffer.alloc(bytesMax)), 1), 'gzip');
  expect(largest.length).toBe(bytesMax);
  unzip.read();
  const bomb = framed(gzipSync(Buffer.alloc(bytesMax + 1)), 1);
  await expect(unzip.message(bomb, 'gzip')).rejects.toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
  });
});

test('[I13] of messages that come together one is unzipped, and the next when that was read', async () => {
  const { unzip, bytes } = unzipOf();
  const zipped = framed(gzipSync(Buffer.alloc(50_000)), 1);
  let done = 0;
  for (let index = 0; index < 3; index++) {
    void Promise.resolve(unzip.message(zipped, 'gzip')).then(() => done++);
  }
  await eventually(() => done === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([done, bytes()]).toEqual([1, 50_000]);
  unzip.read();
  await eventually(() => done === 2);
  unzip.close();
  unzip.read();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([done, bytes()]).toEqual([2, 100_000]);
});

test.each([
  ['no gzip', framed(Buffer.from('no gzip'), 1), 'gzip', status.INTERNAL],
  ['a cut one', framed(gzipSync(Buffer.alloc(5_000)).subarray(0, 20), 1), 'gzip', status.INTERNAL],
  ['nothing', framed(Buffer.alloc(0), 1), 'gzip', status.INTERNAL],
  ['what nobody knows', framed(Buffer.alloc(9), 1), 'br', status.UNIMPLEMENTED],
  ['no name', framed(Buffer.alloc(9), 1), '', status.UNIMPLEMENTED],
])('%s is a status', async (_what, message, encoding, code) => {
  const { unzip } = unzipOf();
  await expect(unzip.message(message, encoding)).rejects.toMatchObject({ code });
});
