import { describe, expect, test } from 'vitest';
import { rowsOfLines, typedTable } from '../../../bench/codec/typed-rows.ts';

describe('the lines of a CSV file', () => {
  test('are rows by the names of the first line, and an empty cell is no value', () => {
    const rows = rowsOfLines([
      ['name', 'city'],
      ['Ana', ''],
      ['Ben', 'Leeds'],
    ]);
    expect(rows).toEqual([{ name: 'Ana' }, { name: 'Ben', city: 'Leeds' }]);
  });

  test('have numbers where every cell of the column is one', () => {
    const rows = rowsOfLines([
      ['rate', 'count', 'mixed'],
      ['.097', '4.0', '1'],
      ['-2e3', '', 'n/a'],
    ]);
    expect(rows).toEqual([
      { rate: 0.097, count: 4, mixed: '1' },
      { rate: -2000, mixed: 'n/a' },
    ]);
  });

  test('keep codes that begin with zeros', () => {
    expect(rowsOfLines([['zip'], ['00501'], ['90210']])).toEqual([
      { zip: '00501' },
      { zip: '90210' },
    ]);
  });

  test.each(['-', '.', 'e5', '1.', ''])('see no number in %j', (cell) => {
    expect(rowsOfLines([['of'], [cell]])).toEqual([cell === '' ? {} : { of: cell }]);
  });
});

describe('a typed table', () => {
  const kindOf = (...values: unknown[]) =>
    typedTable(
      'of',
      values.map((value) => ({ value })),
    ).fields[0]?.type;

  test('has the kind that all values of a field are of', () => {
    expect(kindOf(1, -2)).toEqual({ kind: 'integer' });
    expect(kindOf(1, 2.5)).toEqual({ kind: 'float' });
    expect(kindOf(1, -0)).toEqual({ kind: 'float' });
    expect(kindOf(true, false)).toEqual({ kind: 'boolean' });
    expect(kindOf('a', 'b')).toEqual({ kind: 'text' });
    expect(kindOf([1], [])).toEqual({ kind: 'list', items: { kind: 'integer' } });
    expect(kindOf({ a: 1 }, { b: 'x' })).toEqual({
      kind: 'message',
      fields: [
        { name: 'a', type: { kind: 'integer' } },
        { name: 'b', type: { kind: 'text' } },
      ],
    });
  });

  test('leaves null out', () => {
    const { fields, rows } = typedTable('of', [
      { a: 1, b: null },
      { a: null, c: { d: null, e: 2 } },
    ]);
    expect(fields.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(rows).toEqual([{ a: 1 }, { c: { e: 2 } }]);
  });

  test('makes texts of all values of a field of several kinds', () => {
    const { fields, rows } = typedTable('of', [{ title: 300 }, { title: 'Up' }, { title: [1] }]);
    expect(fields).toEqual([{ name: 'title', type: { kind: 'text' } }]);
    expect(rows).toEqual([{ title: '300' }, { title: 'Up' }, { title: '[1]' }]);
  });
});
