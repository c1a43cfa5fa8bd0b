import { describe, expect, test } from 'vitest';
import type { Filter } from '../../src/table/filter.ts';
import { allOf, anyOf, compileFilter } from '../../src/table/scan.ts';

import { rowsPassing, tableOfPeople, where } from './support/small-table.ts';

const table = tableOfPeople();
const found = (filter: Filter) => rowsPassing(table, compileFilter(table, filter));

describe('a filter on the columns', () => {
  test.each<[string, Filter, string[]]>([
    ['everything', { all: [] }, ['p1', 'p2', 'p3', 'p4', 'p5']],
    ['nothing', { any: [] }, []],
    ['a string', where('town', 'eq', 'Oslo'), ['p2', 'p3']],
    ['another string, or none', where('town', 'ne', 'Oslo'), ['p1', 'p4', 'p5']],
    ['another number, or none', where('age', 'ne', 36), ['p2', 'p3', 'p5']],
    ['absence', where('age', 'absent'), ['p2']],
    ['absence where all are present', where('town', 'absent'), []],
    ['a few numbers', where('age', 'in', 0, 7), ['p3', 'p5']],
    ['many numbers', where('age', 'in', 0, 7, 8, 9, 10, 11, 12, 13, 14), ['p3', 'p5']],
    ['no number', where('age', 'in'), []],
    ['a prefix', where('name', 'starts-with', 'D'), ['p4']],
    ['a key', where('id', 'gt', 'p3'), ['p4', 'p5']],
    ['all of several', { all: [where('town', 'eq', 'London'), where('age', 'gt', 5)] }, ['p1']],
    [
      'any of several',
      { any: [where('town', 'eq', 'Rome'), where('age', 'le', 7), where('town', 'eq', 'Oslo')] },
      ['p2', 'p3', 'p4', 'p5'],
    ],
    ['the opposite', { not: where('town', 'in', 'London', 'Rome') }, ['p2', 'p3']],
  ])('finds %s', (_name, filter, expected) => {
    expect(found(filter)).toEqual(expected);
  });
});

describe('parts are not asked', () => {
  const never = {
    keep: () => {
      throw new Error('was asked');
    },
  };
  const nothing = compileFilter(table, { any: [] });
  const all = compileFilter(table, { all: [] });

  test('when the parts before left no row', () => {
    expect(rowsPassing(table, allOf([nothing, never]))).toEqual([]);
  });

  test('when the parts before passed all rows', () => {
    expect(rowsPassing(table, anyOf([nothing, all, never]))).toHaveLength(5);
  });
});
