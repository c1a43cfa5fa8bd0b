import { expect, test } from 'vitest';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { readStream, writeStream } from '../../src/codec/byte-stream.ts';

/** Any of 256 as often as another. */
const noise = Uint8Array.from({ length: 4096 }, (_, at) => (at * 167) % 256);
const words = new Uint8Array(4096).fill(97);

function framesOf(bytes: Uint8Array): Uint8Array[] {
  const out = new BlockWriter();
  writeStream(out, bytes);
  return out.frames().map((frame) => frame.bytes);
}

test.each([
  ['nothing', new Uint8Array(0), 1],
  ['a few bytes', Uint8Array.of(1, 2, 3), 1],
  ['words stand with the texts', words, 1],
  ['noise in a frame of its own', noise, 2],
])('%s comes back', (_what, bytes, frameCount) => {
  const frames = framesOf(bytes);
  expect(frames).toHaveLength(frameCount);
  const reader = new BlockReader(frames, 10);
  expect([...readStream(reader, bytes.length)]).toEqual([...bytes]);
  reader.end();
});

test('a stream that is neither is refused', () => {
  const [head] = framesOf(Uint8Array.of(7, 7));
  // The length of the head, noise, and the bytes.
  expect([...head!]).toEqual([3, 1, 7, 7]);
  head![1] = 2;
  expect(() => readStream(new BlockReader([head!], 10), 2)).toThrow('neither words nor noise');
});
