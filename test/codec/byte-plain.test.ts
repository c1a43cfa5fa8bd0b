import { describe, expect, test } from 'vitest';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { ByteStrings } from '../../src/codec/byte-codec.ts';
import { bytePlain } from '../../src/codec/byte-plain.ts';
import { writeIntegers } from '../../src/codec/integers.ts';
import { Plan } from '../../src/codec/plan.ts';
import { byteContract } from './contract/byte-contract.ts';
import { anyByteStrings } from './support/any-byte-strings.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

byteContract(
  bytePlain,
  anyByteStrings.filter(({ length }) => length > 0),
);

test('noise has a frame of its own, and words stand with the texts', () => {
  const framesWith = (values: Uint8Array[]) => {
    const out = new BlockWriter();
    bytePlain.write(out, new ByteStrings(values), new Plan('fast'));
    return out.frames().length;
  };
  const noise = Array.from({ length: 40 }, () => crypto.getRandomValues(new Uint8Array(100)));
  expect(framesWith(noise)).toBe(2);
  expect(framesWith(noise.map((bytes) => bytes.map((byte) => byte % 16)))).toBe(1);
});

describe('a column is refused', () => {
  test.each<[string, number[], number, string]>([
    ['with a length below 0', [-1, 2], 0, 'a byte string has no length'],
    ['with lengths that are too long together', [2 ** 53 - 1, 2 ** 53 - 1], 0, 'too long'],
    ['with more bytes than it has', [1, 300], 0, 'the bytes end too early'],
    ['with a stream that it has not', [1, 300], 1, 'a stream of 301 bytes is missing'],
    ['of neither words nor noise', [1, 1], 2, 'neither words nor noise'],
  ])('%s', (_what, lengths, kind, problem) => {
    const frames = framesOf((out) => {
      writeIntegers(out, Float64Array.from(lengths), lengths.length, new Plan('fast'));
      out.head.u8(kind);
      out.head.u8(0);
      out.head.u8(0);
    });
    const read = () => readFrames(frames, (reader) => bytePlain.read(reader, lengths.length));
    expect(read).toThrow(problem);
  });
});
