import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestShape, readPlanes, writePlanes } from '../../src/codec/planes.ts';
import { framesOf, readAll } from './contract/trip.ts';

function trip(values: readonly number[], most: number): number[] {
  const frames = framesOf((out) =>
    writePlanes(out, Float64Array.from(values), values.length, most),
  );
  return readAll(frames, (reader) => [...readPlanes(reader, values.length).values]);
}

describe('planes', () => {
  test.each([
    0,
    1,
    3,
    15,
    16,
    255,
    256,
    2 ** 16,
    2 ** 24 - 1,
    2 ** 24,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 40,
    2 ** 48,
    Number.MAX_SAFE_INTEGER,
  ])('give back whole numbers up to %d', (most) => {
    const value = fc.oneof(
      fc.constantFrom(0, most),
      fc.maxSafeNat().map((each) => (most === Number.MAX_SAFE_INTEGER ? each : each % (most + 1))),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 600 }), (values) => {
        expect(trip(values, most)).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  test('say what none is above', () => {
    for (const most of [0, 1, 3, 15, 200, 70_000, 2 ** 50]) {
      const frames = framesOf((out) => writePlanes(out, Float64Array.of(most, 0), 2, most));
      const planes = readAll(frames, (reader) => readPlanes(reader, 2));
      expect(planes.most).toBeGreaterThanOrEqual(most);
    }
  });

  test('have the lowest bytes of all values first', () => {
    const values = Float64Array.of(0x010203, 0x040506);
    const frames = framesOf((out) => writePlanes(out, values, 2, 0x040506));
    expect([...frames[0]!]).toEqual([7, 3, 3, 6, 2, 5, 1, 4]);
  });

  test('of small values have several in a byte, the first in the lowest bits', () => {
    const values = Float64Array.from({ length: 1_000 }, (_, at) => ((at * 7_919) % 1_009) % 2);
    expect(bestShape(values, 1, 1_000).shape).toBe(9);
    const few = Float64Array.of(1, 0, 1, 1);
    const frames = framesOf((out) => {
      out.head.u8(9);
      out.head.u8(0b1101);
    });
    expect(readAll(frames, (reader) => [...readPlanes(reader, 4).values])).toEqual([...few]);
  });

  test.each([
    ['a shape that there is not', [8, 0, 0], 'no such shape'],
    ['bits that do not divide a byte', [11, 0, 0], 'no such shape'],
    ['bytes that end too early', [2, 0, 0, 0], 'end too early'],
    ['a number that is not safe', [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20], 'out of range'],
  ])('refuse %s', (_, bytes, problem) => {
    const frames = framesOf((out) => out.head.bytes(Uint8Array.from(bytes)));
    expect(() => readAll(frames, (reader) => readPlanes(reader, 2))).toThrow(problem);
  });
});
