import { randomBytes } from 'node:crypto';
import { constants, createZstdDecompress, ZstdDecompress, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ZstdContents } from '../../src/wire/zstd-contents.ts';
import { ZstdFrames } from '../../src/wire/zstd-frames.ts';

const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(100_000).map((length) => new Uint8Array(length).fill(7)),
  fc.constantFrom(65_535, 65_536, 65_537).map((length) => new Uint8Array(randomBytes(length))),
);

test('frames come to what they were made of, whichever came before', () => {
  const contents = new ZstdContents();
  fc.assert(
    fc.property(bodies, fc.boolean(), fc.nat(50), (bytes, isSummed, more) => {
      const params = { [constants.ZSTD_c_checksumFlag]: isSummed ? 1 : 0 };
      const frame = zstdCompressSync(bytes, { params });
      expect(contents.contents(frame, bytes.length + more)).toEqual(bytes);
    }),
  );
});

test('a frame that is cut, damaged or has something behind it throws, and the next one is what it was', async () => {
  const contents = new ZstdContents();
  const bytes = new Uint8Array(randomBytes(300)).map((byte) => byte % 9);
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  const frame = zstdCompressSync(bytes, { params });
  const open = (damaged: Uint8Array) => () => contents.contents(damaged, bytes.length);
  for (let end = 0; end < frame.length; end++) {
    expect(open(frame.subarray(0, end))).toThrow();
    expect(open(frame)()).toEqual(bytes);
    expect(open(frame.map((byte, at) => (at === end ? byte ^ 0x55 : byte)))).toThrow();
    expect(open(frame)()).toEqual(bytes);
  }
  expect(open(Buffer.concat([frame, Uint8Array.of(1)]))).toThrow();
  expect(open(Buffer.concat([frame, frame]))).toThrow();
  expect(open(frame)()).toEqual(bytes);
  // A context that failed emits its error in the next tick, and one that nobody listens to would fail this test.
  await new Promise((resolve) => setImmediate(resolve));
});

test('a frame that Node has filled its last buffer with is read, with the empty one that it writes behind it', () => {
  const contents = new ZstdContents();
  const frames = new ZstdFrames(1);
  const noise = randomBytes(16_384);
  let withEmpty = 0;
  // Noise is stored as it is, so that each byte more of it makes the frame longer by one.
  for (let length = 16_300; length <= 16_384; length++) {
    const bytes = new Uint8Array(19_384);
    bytes.set(noise.subarray(0, length));
    const frame = frames.frame(bytes);
    if (frame.length === 16_384 + 9) withEmpty++;
    expect(contents.contents(frame, bytes.length)).toEqual(bytes);
  }
  expect(withEmpty).toBeGreaterThan(0);
});

test('what comes to more than 64 KiB throws, unless that is allowed', () => {
  const contents = new ZstdContents();
  const bytes = new Uint8Array(10_000_000);
  const frame = zstdCompressSync(bytes);
  expect(() => contents.contents(frame, 100)).toThrow();
  expect(() => contents.contents(frame, bytes.length - 1)).toThrow();
  expect(contents.contents(frame, bytes.length)).toHaveLength(bytes.length);
});

test('are read where Node decompresses in another way inside', () => {
  const bytes = new Uint8Array(randomBytes(100));
  const without = new ZstdContents((options) =>
    Object.assign(createZstdDecompress(options), { _processChunk: undefined }),
  );
  expect(without.contents(zstdCompressSync(bytes), 100)).toEqual(bytes);
  // This one has it: else each frame leaves a context behind.
  const inside = ZstdDecompress.prototype as unknown as { readonly _processChunk: unknown };
  expect(inside._processChunk).toBeTypeOf('function');
});
