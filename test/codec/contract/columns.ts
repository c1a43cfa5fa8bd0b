import fc from 'fast-check';

const { MAX_SAFE_INTEGER: max, MIN_SAFE_INTEGER: min } = Number;

/** The ends of ranges that codecs know. */
const ends = fc.constantFrom(
  ...[0, 1, -1, max, max - 1, min, min + 1],
  ...[255, 256, 65_535, 65_536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 32 - 1],
  ...[2 ** 48, 2 ** 50, -(2 ** 50), 2 ** 51, 2 ** 52, -(2 ** 52), 2 ** 52 + 1],
);

export const safeInteger = fc.oneof(fc.integer({ min: -300, max: 300 }), ends, fc.maxSafeInteger());

function clamped(value: number): number {
  return Math.min(max, Math.max(min, value));
}

/** As many safe integers of every sort: any, few that come again, near to each other, climbing, multiples. */
export function integersOfLength(length: number): fc.Arbitrary<number[]> {
  const sizes = { minLength: length, maxLength: length };
  const many = (one: fc.Arbitrary<number>) => fc.array(one, sizes);
  const small = many(
    fc.oneof({ weight: 9, arbitrary: fc.nat(20) }, fc.integer({ min: -9, max: 99_999 })),
  );
  const steps = (each: number[], first: number, mean: number) => {
    let value = first;
    return each.map((step) => {
      value = clamped(value + mean + step);
      return value;
    });
  };
  return fc.oneof(
    many(safeInteger),
    fc
      .uniqueArray(safeInteger, { minLength: 1, maxLength: 5 })
      .chain((few) => many(fc.constantFrom(...few))),
    fc
      .tuple(small, safeInteger)
      .map(([each, first]) => each.map((value) => clamped(first + value))),
    fc
      .tuple(small, safeInteger, fc.integer({ min: -1000, max: 1000 }))
      .map(([each, first, mean]) => steps(each, first, mean)),
    fc
      .tuple(small, fc.constantFrom(2, 10, 60, 1000, 86_400_000))
      .map(([each, times]) => each.map((value) => value * times)),
    safeInteger.map((value) => new Array<number>(length).fill(value)),
  );
}

/** How many values: few, or so many that planes have streams of their own. */
export const lengths = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 250, max: 600 }) },
);

/** Columns from which another one may be predicted, and that one, which often has to do with them. */
export const columns = lengths.chain((length) =>
  fc
    .record({
      earlier: fc.array(integersOfLength(length), { maxLength: 3 }),
      values: integersOfLength(length),
      noise: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: length, maxLength: length }),
      relation: fc.constantFrom('none', 'above', 'product', 'half'),
    })
    .map(({ earlier, values, noise, relation }) => {
      const [first, second] = [earlier[0], earlier.at(-1)];
      if (first === undefined || second === undefined) return { earlier, values };
      const related = {
        none: values,
        above: first.map((value, at) => clamped(value + noise[at]!)),
        product: first.map((value, at) => clamped(value * second[at]! + 0)),
        half: first.map((value, at) => clamped(Math.floor(value / 2) + noise[at]!)),
      };
      return { earlier, values: related[relation] };
    }),
);
