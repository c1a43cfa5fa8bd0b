import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { joinMoments, momentsIn, splitMoments } from '../../src/codec/moment.ts';
import type { Part } from '../../src/codec/template.ts';

const digits = (width: number): Part => ({ kind: 'digits', width });
const literal: Part = { kind: 'literal', text: '-' };
const reader = () => new BlockReader([Uint8Array.of(0)], 10_000);

/** Numbers with a literal between them. */
function partsOf(...widths: number[]): Part[] {
  return widths.flatMap((width, index) =>
    index === 0 ? [digits(width)] : [literal, digits(width)],
  );
}

describe('a moment may be', () => {
  test.each<[string, number[], number, number[]]>([
    ['a date', [4, 2, 2], 3, [0]],
    ['a date with an hour alone', [4, 2, 2, 2], 3, [0]],
    ['a date with a minute', [4, 2, 2, 1, 2], 5, [0]],
    ['a date with a second', [4, 2, 2, 2, 2, 2], 6, [0]],
    ['a date with a fraction', [4, 2, 2, 2, 2, 2, 6], 7, [0]],
    ['a date with a fraction that is too fine', [4, 2, 2, 2, 2, 2, 9], 6, [0]],
    ['a date with its year behind', [1, 1, 4], 3, [1, 2]],
    ['a date with two digits of a year', [1, 1, 2], 3, [1, 2]],
  ])('%s', (_what, widths, size, orders) => {
    const places = orders.map((order) => ({ first: 0, size, order }));
    expect(momentsIn(partsOf(...widths))).toEqual(places);
    expect(momentsIn([{ kind: 'text' }, ...partsOf(...widths)])).toEqual(
      places.map((place) => ({ ...place, first: 1 })),
    );
  });

  test.each([
    ['two numbers', partsOf(4, 2)],
    ['numbers that are too wide', partsOf(5, 2, 2)],
    ['years of one digit', partsOf(1, 1, 1)],
    ['numbers with texts between', [digits(4), { kind: 'text' }, digits(2), literal, digits(2)]],
  ] as [string, Part[]][])('but not %s', (_what, parts) => {
    expect(momentsIn(parts)).toEqual([]);
  });
});

test('moments count from 1970', () => {
  const place = { first: 0, size: 7, order: 0 };
  const columns = [
    [1970, 1969],
    [1, 12],
    [2, 31],
    [3, 23],
    [4, 59],
    [5, 59],
    [6, 999],
  ];
  const joined = joinMoments(
    columns.map((each) => Float64Array.from(each)),
    place,
    3,
    [],
  );
  expect(joined).toEqual({
    values: Float64Array.of(86_400_000 + 3 * 3_600_000 + 4 * 60_000 + 5_006, -1),
    odd: [],
  });
});

test('what is none is odd, and the one before stands in its place', () => {
  const place = { first: 0, size: 3, order: 2 };
  const columns = [
    [2, 2, 13, 2, 2],
    [30, 28, 1, 29, 1],
    [2023, 2023, 2023, 2023, 10_000],
  ];
  const joined = joinMoments(
    columns.map((each) => Float64Array.from(each)),
    place,
    0,
    [3],
  );
  expect(joined.odd).toEqual([0, 2, 3, 4]);
  expect(new Set(joined.values)).toEqual(new Set([19_416]));
});

test('moments come apart into the numbers that they were', () => {
  const any = fc.tuple(
    fc.integer({ min: 0, max: 9_999 }),
    ...[12, 31].map((max) => fc.integer({ min: 0, max: max + 1 })),
    ...[24, 60, 60].map((max) => fc.integer({ min: 0, max })),
    fc.nat({ max: 1_000_000 }),
  );
  const places = fc.record({
    first: fc.constant(0),
    size: fc.constantFrom(3, 5, 6, 7),
    order: fc.constantFrom(0, 1, 2),
  });
  fc.assert(
    fc.property(
      fc.array(any, { minLength: 1, maxLength: 20 }),
      places,
      fc.constantFrom(1, 3, 6),
      (rows, place, width) => {
        // The numbers of a row are year, month, day; here they stand in the order of the place.
        const order = [
          [0, 1, 2],
          [2, 1, 0],
          [1, 2, 0],
        ][place.order]!;
        const columns = Array.from({ length: place.size }, (_, index) =>
          Float64Array.from(rows, (row) => row[order[index] ?? index]!),
        );
        const { values, odd } = joinMoments(columns, place, width, []);
        if (odd.length === rows.length) return;
        const apart = splitMoments(reader(), values, place, width);
        for (let at = 0; at < rows.length; at++) {
          if (odd.includes(at)) continue;
          expect(apart.map((each) => each[at])).toEqual(columns.map((each) => each[at]));
        }
      },
    ),
    { numRuns: 300 },
  );
});
