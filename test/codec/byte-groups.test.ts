import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeGroups, readGroups, writeGroups } from '../../src/codec/byte-groups.ts';
import { writeIntegers } from '../../src/codec/integers.ts';
import { Plan } from '../../src/codec/plan.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

test('records come back, whichever of their groups are numbers', () => {
  const shapes = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 300 }));
  fc.assert(
    fc.property(
      shapes,
      fc.nat({ max: 2 ** 11 - 1 }),
      fc.boolean(),
      ([width, count], chosen, same) => {
        const bytes = same ? new Uint8Array(width * count).fill(255) : random(width * count);
        const frames = framesOf((out) =>
          writeGroups(out, { bytes, count, width }, chosen, new Plan('fast')),
        );
        expect(readFrames(frames, (reader) => readGroups(reader, count, width))).toEqual(bytes);
      },
    ),
    { numRuns: 100 },
  );
});

test('a group is numbers where they are not drawn at random', () => {
  const [count, width] = [2_000, 18];
  const bytes = random(count * width);
  for (let at = 0; at < count; at++) {
    // The first group counts, and of the second one byte is the same in all.
    bytes.set([1, 2, 3, 4, at >> 8, at & 255], at * width);
    bytes[at * width + 8] = 7;
  }
  const { parameters, bits } = judgeGroups({ bytes, count, width }, count);
  expect(parameters).toEqual([0b011]);
  expect(bits / count).toBeLessThan(8 * 12);
});

describe('records are refused', () => {
  test.each<[string, number, number]>([
    ['with a group that there is not', 2, 0],
    ['with a number of more bytes than its group', 1, 65_536],
    ['with a number below 0', 1, -1],
  ])('%s', (_what, mark, value) => {
    const frames = framesOf((out) => {
      out.head.varint(mark);
      writeIntegers(out, Float64Array.of(1, value), 2, new Plan('fast'));
    });
    expect(() => readFrames(frames, (reader) => readGroups(reader, 2, 2))).toThrow('column block');
  });

  test('of more bytes than there may be', () => {
    const frames = framesOf((out) => out.head.u8(0));
    const read = () => readFrames(frames, (reader) => readGroups(reader, 2 ** 40, 64));
    expect(read).toThrow('there are too many values');
  });
});
