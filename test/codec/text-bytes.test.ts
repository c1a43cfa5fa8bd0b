import { describe, expect, test } from 'vitest';
import { writeGroups } from '../../src/codec/byte-groups.ts';
import { Plan } from '../../src/codec/plan.ts';
import { Texts } from '../../src/codec/text-codec.ts';
import { textHex } from '../../src/codec/text-hex.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

// Hex stands for all codecs of strings that are bytes; that each keeps to the contract shows in its own test.
const plan = () => new Plan('balanced');
const ids = Array.from({ length: 40 }, () => crypto.randomUUID().replaceAll('-', ''));

test('the case of letters is that of strings which are as long as the others', () => {
  const values = ['UNKNOWN', ...ids];
  const frames = framesOf((out) =>
    expect(textHex.write(out, new Texts(values), plan())).toBe(true),
  );
  expect(readFrames(frames, (reader) => textHex.read(reader, values.length))).toEqual(values);
});

test('in the place of odd strings at the beginning stand the bytes of the first that is not', () => {
  const like = { values: ['x', ...ids] };
  const all = { values: [ids[0]!, ...ids] };
  const [withOdd, without] = [like, all].map(({ values }) => {
    const frames = framesOf((out) => textHex.write(out, new Texts(values), plan()));
    return frames.at(-1)!;
  });
  expect(withOdd).toEqual(without);
});

describe('a column is refused', () => {
  test.each([
    ['with letters of neither case', 2, '', 4],
    ['of wide bytes', 0, '', 65],
  ])('%s', (_what, letters, prefix, width) => {
    const frames = framesOf((out) => {
      out.head.u8(letters);
      out.head.lengthText(prefix);
      out.head.varint(width);
      out.head.varint(0);
      writeGroups(out, { bytes: new Uint8Array(2 * width), count: 2, width }, 0, plan());
    });
    expect(() => readFrames(frames, (reader) => textHex.read(reader, 2))).toThrow('no such bytes');
  });

  test('with a long prefix for each', () => {
    const count = 1_000;
    const frames = framesOf((out) => {
      out.head.u8(0);
      out.head.lengthText('x'.repeat(100_000));
      out.head.varint(1);
      out.head.varint(0);
      writeGroups(out, { bytes: new Uint8Array(count), count, width: 1 }, 0, plan());
    });
    const read = () => readFrames(frames, (reader) => textHex.read(reader, count));
    expect(read).toThrow('there are too many values');
  });
});
