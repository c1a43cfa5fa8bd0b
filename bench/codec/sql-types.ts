import type { Field, FieldType, Row } from './table.ts';
import { typeOfAll } from './typed-rows.ts';

/** The type in SQL of a field with these values: of integers the smallest that all fit in. */
export function sqlType(type: FieldType, values: readonly unknown[]): string {
  switch (type.kind) {
    case 'integer':
      return integerType(values as number[]);
    case 'float':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'time':
      return 'TIMESTAMP';
    case 'uuid':
      return 'UUID';
    case 'text':
    case 'enum':
      return 'VARCHAR';
    case 'list':
      return `${sqlType(type.items, (values as unknown[][]).flat())}[]`;
    case 'map': {
      const all = (values as Row[]).flatMap((map) => Object.values(map));
      return `MAP(VARCHAR, ${sqlType(type.values, all)})`;
    }
    case 'message':
      return structType(type.fields, values as Row[]);
    // A schema for what has none, which is the best that there is for it.
    case 'struct': {
      const found = typeOfAll(values);
      return structType(found.kind === 'message' ? found.fields : [], values as Row[]);
    }
  }
}

function structType(fields: readonly Field[], rows: readonly Row[]): string {
  return `STRUCT(${sqlFields(fields, rows)
    .map(([name, type]) => `${quoted(name)} ${type}`)
    .join(', ')})`;
}

/** Of each field its name and its type in SQL. */
export function sqlFields(fields: readonly Field[], rows: readonly Row[]): [string, string][] {
  return fields.map(({ name, type }) => {
    const values = rows.map((row) => row[name]).filter((value) => value !== undefined);
    return [name, sqlType(type, values)];
  });
}

const integerTypes = [
  ['TINYINT', 2 ** 7],
  ['SMALLINT', 2 ** 15],
  ['INTEGER', 2 ** 31],
] as const;

function integerType(values: readonly number[]): string {
  let most = 0;
  for (const value of values) most = Math.max(most, value < 0 ? -value - 1 : value);
  return integerTypes.find(([, end]) => most < end)?.[0] ?? 'BIGINT';
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A value as it is written for SQL: times as text. */
export function toSql(type: FieldType, value: unknown): unknown {
  if (type.kind === 'time') return new Date(value as number).toISOString().slice(0, -1);
  return inside(type, value, toSql);
}

/** Undoes `toSql` on what SQL gives back, where absent values are null. */
export function fromSql(type: FieldType, value: unknown): unknown {
  if (type.kind === 'time') return Date.parse(`${(value as string).replace(' ', 'T')}Z`);
  if (type.kind !== 'struct') return inside(type, value, fromSql);
  return Object.fromEntries(Object.entries(value as Row).filter(([, each]) => each !== null));
}

function inside(type: FieldType, value: unknown, convert: typeof toSql): unknown {
  if (type.kind === 'list') return (value as unknown[]).map((item) => convert(type.items, item));
  if (type.kind !== 'message') return value;
  return fieldsInside(type.fields, value as Row, convert);
}

/** A row, field by field. */
export function fieldsInside(fields: readonly Field[], row: Row, convert: typeof toSql): Row {
  const there = fields.filter(({ name }) => row[name] !== undefined && row[name] !== null);
  return Object.fromEntries(there.map(({ name, type }) => [name, convert(type, row[name])]));
}
