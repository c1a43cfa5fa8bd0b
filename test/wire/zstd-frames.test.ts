import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  constants,
  createZstdCompress,
  ZstdCompress,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { ZstdFrames } from '../../src/wire/zstd-frames.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (how: { type: 'minor' }) => void;

interface Inside {
  _processChunk: () => void;
}

const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(300_000).map((length) => new Uint8Array(length).fill(7)),
  fc.nat(60_000).map((length) => Uint8Array.from({ length }, (_, at) => (at * at) % 251)),
);

test('a frame is what it would be by itself, whichever came before it', () => {
  const frames = new ZstdFrames(3);
  const params = { [constants.ZSTD_c_compressionLevel]: 3 };
  fc.assert(
    fc.property(bodies, (bytes) => {
      const frame = frames.frame(bytes);
      expect(zstdDecompressSync(frame).equals(bytes)).toBe(true);
      expect(frame.length).toBe(zstdCompressSync(bytes, { params }).length);
    }),
  );
});

test('frames stay as they are while others are made', () => {
  const frames = new ZstdFrames(1);
  const bodies = Array.from({ length: 200 }, () => randomBytes(700));
  const made = bodies.map((bytes) => frames.frame(bytes));
  for (const [index, frame] of made.entries()) {
    expect(zstdDecompressSync(frame).equals(bodies[index]!)).toBe(true);
  }
});

test('begins anew behind a frame that could not be made', () => {
  const frames = new ZstdFrames(3);
  const bytes = randomBytes(100);
  frames.frame(bytes);
  vi.spyOn(ZstdCompress.prototype as unknown as Inside, '_processChunk').mockImplementationOnce(
    () => {
      throw new Error('no memory');
    },
  );
  expect(() => frames.frame(bytes)).toThrow('no memory');
  vi.restoreAllMocks();
  expect(zstdDecompressSync(frames.frame(bytes)).equals(bytes)).toBe(true);
});

test('an error of zstd itself is thrown once, and ends no process', async () => {
  let options: object = { pledgedSrcSize: 5 };
  const frames = new ZstdFrames(3, (given) => createZstdCompress({ ...given, ...options }));
  const bytes = randomBytes(100);
  expect(() => frames.frame(bytes)).toThrow('Src size is incorrect');
  // The stream emits it in the next tick, and an error that nobody listens to would fail this test.
  await new Promise((resolve) => setImmediate(resolve));
  options = {};
  expect(zstdDecompressSync(frames.frame(bytes)).equals(bytes)).toBe(true);
});

test('bytes that fill the buffer of Node to the end decompress to what they were', () => {
  const frames = new ZstdFrames(3);
  for (let length = 16_370; length <= 16_384; length++) {
    const bytes = randomBytes(length);
    expect(zstdDecompressSync(frames.frame(bytes)).equals(bytes)).toBe(true);
  }
});

test('leaves nothing behind that a small collection does not take', () => {
  const frames = new ZstdFrames(3);
  const bytes = randomBytes(20_000);
  frames.frame(bytes);
  const before = process.memoryUsage().arrayBuffers;
  for (let round = 0; round < 300; round++) {
    frames.frame(bytes);
    if (round % 10 === 0) collect({ type: 'minor' });
  }
  // With a context for each it would be all that came out, and more.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
});

test('are made where Node compresses in another way inside', () => {
  const bytes = randomBytes(100);
  const without = new ZstdFrames(3, (options) =>
    Object.assign(createZstdCompress(options), { _processChunk: undefined }),
  );
  expect(zstdDecompressSync(without.frame(bytes)).equals(bytes)).toBe(true);
  // This one has it: else each frame leaves a context behind.
  expect((ZstdCompress.prototype as unknown as Inside)._processChunk).toBeTypeOf('function');
});
