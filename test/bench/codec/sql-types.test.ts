import { expect, test } from 'vitest';
import { fieldsInside, fromSql, sqlFields, toSql } from '../../../bench/codec/sql-types.ts';
import { type Field, field, type Row } from '../../../bench/codec/table.ts';

const typeOf = (each: Field, ...values: unknown[]) =>
  sqlFields(
    [each],
    values.map((value) => ({ [each.name]: value })),
  )[0]![1];

test('integers take the smallest type that all of them fit in', () => {
  const number = field('n', 'integer');
  expect(typeOf(number, 127, -128)).toBe('TINYINT');
  expect(typeOf(number, 128)).toBe('SMALLINT');
  expect(typeOf(number, -32_769)).toBe('INTEGER');
  expect(typeOf(number, 2 ** 31 - 1, undefined)).toBe('INTEGER');
  expect(typeOf(number, 2 ** 31)).toBe('BIGINT');
});

test('lists, maps, messages and Structs have types of their own', () => {
  expect(
    typeOf({ name: 'l', type: { kind: 'list', items: { kind: 'integer' } } }, [1], [300]),
  ).toBe('SMALLINT[]');
  expect(
    typeOf({ name: 'm', type: { kind: 'map', values: { kind: 'integer' } } }, { a: 1 }, {}),
  ).toBe('MAP(VARCHAR, TINYINT)');
  expect(
    typeOf(
      {
        name: 'm',
        type: { kind: 'message', fields: [field('a "b"', 'float'), field('t', 'time')] },
      },
      {},
    ),
  ).toBe('STRUCT("a ""b""" DOUBLE, "t" TIMESTAMP)');
  expect(typeOf(field('s', 'struct'), { a: 'x' }, { b: true })).toBe(
    'STRUCT("a" VARCHAR, "b" BOOLEAN)',
  );
});

test('what SQL gives back becomes the row that it was', () => {
  const fields: Field[] = [
    field('at', 'time'),
    field('gone', 'text'),
    {
      name: 'of',
      type: { kind: 'list', items: { kind: 'message', fields: [field('at', 'time')] } },
    },
    field('struct', 'struct'),
  ];
  const row: Row = { at: 1_750_000_000_123, of: [{ at: 0 }, {}], struct: { a: 1 } };
  const written = fieldsInside(fields, row, toSql);
  expect(written.at).toBe('2025-06-15T15:06:40.123');
  const read = JSON.parse(JSON.stringify(written).replaceAll('T', ' '));
  read.gone = null;
  read.struct.b = null;
  expect(fieldsInside(fields, read, fromSql)).toStrictEqual(row);
});
