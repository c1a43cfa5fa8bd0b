import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { canonicalCell, cellsEqual, compareCells, defaultCell } from '../../src/schema/cell.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';

const columns = testTable('Shapes').columns;

test('the default is null with presence and in wire columns, else that of the type', () => {
  const defaults = ['string_maybe', 'at', 'place', 'int32_list', 'string_map', 'choice_text'];
  expect(defaults.map((name) => defaultCell(shapesColumn(name)))).toEqual(Array(6).fill(null));
  const names = [
    'bool',
    'int32',
    'uint32',
    'int64',
    'fixed64',
    'float',
    'double',
    'string',
    'bytes',
  ];
  const values = names.map((name) => defaultCell(shapesColumn(`${name}_value`)));
  expect(values).toEqual([false, 0, 0, 0n, 0n, 0, 0, '', new Uint8Array(0)]);
  expect(defaultCell(shapesColumn('color'))).toBe(0);
});

describe('cellsEqual', () => {
  test('compares content: NaN equals NaN, and 0 differs from -0', () => {
    expect(cellsEqual('double', Number.NaN, Number.NaN)).toBe(true);
    expect(cellsEqual('float', 0, -0)).toBe(false);
    expect(cellsEqual('bytes', Uint8Array.of(1), Uint8Array.of(1))).toBe(true);
    expect(cellsEqual('wire', Uint8Array.of(1), Uint8Array.of(2))).toBe(false);
    expect(cellsEqual('int64', 5n, 5n)).toBe(true);
  });

  test('null equals only null', () => {
    expect(cellsEqual('string', null, null)).toBe(true);
    expect(cellsEqual('string', null, '')).toBe(false);
    expect(cellsEqual('wire', new Uint8Array(0), null)).toBe(false);
  });
});

describe('compareCells', () => {
  test.each<[Parameters<typeof compareCells>[0], Cell[]]>([
    ['bool', [null, false, true]],
    ['int32', [null, -5, 0, 5]],
    ['int64', [null, -(2n ** 63n), 0n, 2n ** 53n, 2n ** 53n + 1n]],
    ['double', [null, -Infinity, -1.5, 0, 1e-300, Infinity, Number.NaN]],
    ['string', [null, '', '\0', 'B', 'a', 'ab', 'é', '\uffff', '😀']],
    [
      'bytes',
      [null, new Uint8Array(0), Uint8Array.of(1), Uint8Array.of(1, 0), Uint8Array.of(0x80)],
    ],
    ['time', [null, -1n, 0n, 1n]],
    ['wire', [null, Uint8Array.of(1), Uint8Array.of(0xff)]],
  ])('orders %s', (kind, ascending) => {
    for (const [i, left] of ascending.entries()) {
      for (const [j, right] of ascending.entries()) {
        expect(Math.sign(compareCells(kind, left, right))).toBe(Math.sign(i - j));
      }
    }
  });

  test('takes 0 and -0 as level', () => {
    expect(compareCells('double', 0, -0)).toBe(0);
  });

  test('is a total order', () => {
    const triples = fc
      .constantFrom(...columns.filter((column) => column.kind !== 'wire'))
      .chain((column) => fc.tuple(fc.constant(column.kind), ...[0, 1, 2].map(() => cells(column))));
    fc.assert(
      fc.property(triples, ([kind, ...three]) => {
        const [a, b, c] = three as [Cell, Cell, Cell];
        const sign = (x: Cell, y: Cell) => Math.sign(compareCells(kind as never, x, y));
        expect(sign(a, b)).toBe(0 - sign(b, a));
        if (sign(a, b) <= 0 && sign(b, c) <= 0) expect(sign(a, c)).toBeLessThanOrEqual(0);
        if (cellsEqual(kind as never, a, b)) expect(sign(a, b)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('canonicalCell', () => {
  test('leaves canonical cells as they are', () => {
    const pairs = fc
      .constantFrom(...columns.filter((column) => column.kind !== 'wire'))
      .chain((column) => fc.tuple(fc.constant(column), cells(column)));
    fc.assert(
      fc.property(pairs, ([column, cell]) => {
        expect(canonicalCell(column, cell)).toEqual(cell);
      }),
      { numRuns: 500 },
    );
  });

  test('rounds floats, and takes null as the default', () => {
    expect(canonicalCell(shapesColumn('float_value'), 0.1)).toBe(Math.fround(0.1));
    expect(canonicalCell(shapesColumn('float_value'), Infinity)).toBe(Infinity);
    expect(canonicalCell(shapesColumn('int32_value'), -0)).toBe(0);
    expect(canonicalCell(shapesColumn('int32_value'), null)).toBe(0);
    expect(canonicalCell(shapesColumn('int32_maybe'), null)).toBeNull();
  });

  test('takes no records as null, and checks the others', () => {
    const place = shapesColumn('place');
    const record = Uint8Array.of(0xd2, 0x02, 0);
    expect(canonicalCell(place, new Uint8Array(0))).toBeNull();
    expect(canonicalCell(place, record)).toBe(record);
    const limits = { ...defaultLimits, nestingDepthMax: 0 };
    expect(refusalOf(() => canonicalCell(place, record, limits)).reason).toBe('NESTING_TOO_DEEP');
  });

  test.each<[string, Cell]>([
    ['bool_value', 1],
    ['int32_value', 1.5],
    ['int32_value', 2 ** 31],
    ['int32_value', 1n],
    ['color', Number.NaN],
    ['color', -(2 ** 31) - 1],
    ['uint32_value', -1],
    ['uint32_value', 2 ** 32],
    ['int64_value', 1],
    ['int64_value', 2n ** 63n],
    ['uint64_value', -1n],
    ['uint64_value', 2n ** 64n],
    ['float_value', 1e39],
    ['float_value', '1'],
    ['double_value', true],
    ['string_value', 'a\ud800'],
    ['string_value', Uint8Array.of(1)],
    ['bytes_value', 'AA=='],
    ['at', 2n ** 70n],
    ['at', 5],
    ['lasts', -(2n ** 70n)],
    ['place', 'x'],
  ])('refuses for %s: %s', (name, cell) => {
    const refusal = refusalOf(() => canonicalCell(shapesColumn(name), cell));
    expect(refusal).toEqual({ reason: 'WRONG_TYPE', fields: [name] });
  });
});
