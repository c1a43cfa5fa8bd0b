import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LazySort } from '../../src/table/lazy-sort.ts';

/** Values by row, which may change while the rows are sorted; ties go by row. */
function orderOf(values: number[]) {
  return (left: number, right: number) => values[left]! - values[right]! || left - right;
}

const lists = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 400, size: 'max' });

test('brings as many rows into order as were asked for, in whatever portions', () => {
  const portions = fc.array(fc.nat(150), { maxLength: 8 });
  fc.assert(
    fc.property(lists, portions, (values, counts) => {
      const rows = Uint32Array.from(values.keys());
      const expected = [...values.keys()].sort(orderOf(values));
      const sort = new LazySort(rows, orderOf(values));
      for (const count of counts) {
        const wanted = Math.min(sort.ready + count, values.length);
        while (!sort.step(wanted));
        expect(sort.ready).toBeGreaterThanOrEqual(wanted);
        expect([...rows.subarray(0, sort.ready)]).toEqual(expected.slice(0, sort.ready));
      }
      while (!sort.step(values.length));
      expect([...rows]).toEqual(expected);
    }),
  );
});

test('rows that stay what they are stand in order, whatever others become meanwhile', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 500 })), { maxLength: 40 });
  fc.assert(
    fc.property(lists, fc.array(changes, { maxLength: 6 }), (values, rounds) => {
      const rows = Uint32Array.from(values.keys());
      const order = orderOf(values);
      const sort = new LazySort(rows, order);
      const changed = new Set<number>();
      for (const round of rounds) {
        while (!sort.step(sort.ready + 1));
        for (const [row, value] of round) {
          if (row % 3 !== 0 || row >= values.length) continue;
          values[row] = value;
          changed.add(row);
        }
      }
      while (!sort.step(values.length));
      const kept = [...rows].filter((row) => !changed.has(row));
      expect(kept).toEqual(kept.toSorted(order));
      expect([...rows].sort((left, right) => left - right)).toEqual([...values.keys()]);
    }),
  );
});

test.each([
  ['ascending', (row: number) => row],
  ['descending', (row: number) => -row],
  ['in two halves', (row: number) => (row % 2 === 0 ? row : 1e6 - row)],
  ['all level', () => 0],
])('sorts %s rows in about n log n comparisons, and the first of them in about 2 n', (_, value) => {
  const count = 50_000;
  let compared = 0;
  const values = Array.from({ length: count }, (_, row) => value(row));
  const order = orderOf(values);
  const compare = (left: number, right: number) => {
    compared++;
    return order(left, right);
  };
  const rows = Uint32Array.from(values.keys());
  const sort = new LazySort(rows, compare);
  while (!sort.step(100));
  expect(compared).toBeLessThan(4 * count);
  while (!sort.step(count));
  expect(compared).toBeLessThan(1.5 * count * Math.log2(count));
  expect([...rows]).toEqual([...values.keys()].sort(order));
});

test('a step is bounded, but for the split of one part', () => {
  let compared = 0;
  const count = 1 << 17;
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  const sort = new LazySort(rows, (left, right) => {
    compared++;
    return (Math.imul(left, 0x9e3779b1) >>> 0) - (Math.imul(right, 0x9e3779b1) >>> 0);
  });
  let steps = 0;
  for (let done = false; !done; steps++) {
    compared = 0;
    done = sort.step(count);
    expect(compared).toBeLessThan(count + 2 * (1 << 16));
  }
  expect(steps).toBeGreaterThan(20);
});
