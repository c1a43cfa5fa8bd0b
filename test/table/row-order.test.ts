import { describe, expect, test } from 'vitest';
import { createRowOrder, type Keyset, type OrderBy } from '../../src/table/row-order.ts';
import { by, type Person, rowsPassing, someone, tableOfPeople } from './support/small-table.ts';

const table = tableOfPeople();
const added: Person = ['p0', 'Flo', 36, 'Rome'];
const overlay = [{ key: 'p0', cells: added }];
const rows = [...someone.keys(), -1];

function sorted(...orderBy: OrderBy[]): string[] {
  const order = createRowOrder(table, overlay, orderBy);
  return rows.toSorted(order.compare).map((row) => (row < 0 ? added : someone[row]!)[0]);
}

test('without columns rows are in the order of their keys', () => {
  expect(sorted()).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5']);
});

test('absent cells come first, or last when descending; ties go by key, ascending', () => {
  expect(sorted(by('age'))).toEqual(['p2', 'p5', 'p3', 'p0', 'p1', 'p4']);
  expect(sorted(by('age', true))).toEqual(['p0', 'p1', 'p4', 'p3', 'p5', 'p2']);
});

test('later columns decide between rows that are level in the ones before', () => {
  expect(sorted(by('town', true), by('age'))).toEqual(['p0', 'p4', 'p2', 'p3', 'p5', 'p1']);
});

describe.each([
  ['key', []],
  ['age', [by('age')]],
  ['age descending', [by('age', true)]],
  ['town and age', [by('town'), by('age', true)]],
  ['town descending and name', [by('town', true), by('name')]],
])('places in the order by %s', (_name, orderBy) => {
  const order = createRowOrder(table, overlay, orderBy);
  const ordered = rows.toSorted(order.compare);

  test('compare with rows as the rows do that stand there', () => {
    for (const row of rows) {
      for (const other of rows) {
        const expected = Math.sign(order.compare(row, other));
        expect(Math.sign(order.compareTo(row, order.place(other)))).toBe(expected);
      }
    }
  });

  test('part the rows of the table in those before and those after', () => {
    const keys = (list: readonly number[]) =>
      list
        .filter((row) => row >= 0)
        .map((row) => table.keyOf(row))
        .sort();
    for (const [index, row] of ordered.entries()) {
      const place: Keyset = order.place(row);
      expect(rowsPassing(table, order.testBefore(place))).toEqual(keys(ordered.slice(0, index)));
      expect(rowsPassing(table, order.testAfter(place))).toEqual(keys(ordered.slice(index + 1)));
    }
  });
});
