import type { BatchColumn, ColumnValues } from '../../src/codec/batch.ts';
import type { Field, FieldType, Row } from './table.ts';

/** The values of a field as a batch has them, and back. */
export interface Values {
  write(values: readonly unknown[]): ColumnValues;
  /** As many as were written. */
  read(column: ColumnValues): ArrayLike<unknown>;
}

/** How values of a type become a column. Made once for a table. */
export function valuesOf(type: FieldType): Values {
  switch (type.kind) {
    case 'integer':
    case 'time':
      return integers;
    case 'float':
      return floats;
    case 'boolean':
      return booleans;
    case 'text':
    case 'uuid':
      return texts;
    case 'enum':
      return enumValues(type.names);
    case 'list':
      return lists(valuesOf(type.items));
    case 'map':
      return maps(valuesOf(type.values));
    case 'message':
      return messages(columnsOf(type.fields));
    case 'struct':
      return structs;
  }
}

function expectKind<Kind extends ColumnValues['kind']>(column: ColumnValues, kind: Kind) {
  if (column.kind !== kind) throw new Error(`the column is of ${column.kind}, not of ${kind}`);
  return column as Extract<ColumnValues, { readonly kind: Kind }>;
}

/** `Float64Array.from` takes several times as long. */
function numbersOf(values: readonly unknown[]): Float64Array {
  const numbers = new Float64Array(values.length);
  for (let at = 0; at < numbers.length; at++) numbers[at] = values[at] as number;
  return numbers;
}

const integers: Values = {
  write: (values) => ({ kind: 'integers', values: numbersOf(values) }),
  read: (column) => expectKind(column, 'integers').values,
};

const floats: Values = {
  write: (values) => ({ kind: 'floats', values: numbersOf(values) }),
  read: (column) => expectKind(column, 'floats').values,
};

const texts: Values = {
  write: (values) => ({ kind: 'texts', values: values as string[] }),
  read: (column) => expectKind(column, 'texts').values,
};

const booleans: Values = {
  write: (values) => {
    const bits = new Float64Array(values.length);
    for (let at = 0; at < bits.length; at++) bits[at] = values[at] === true ? 1 : 0;
    return { kind: 'integers', values: bits };
  },
  read: (column) => {
    const { values } = expectKind(column, 'integers');
    const read: boolean[] = new Array(values.length);
    for (let at = 0; at < read.length; at++) read[at] = values[at] === 1;
    return read;
  },
};

function enumValues(names: readonly string[]): Values {
  const numbers = new Map<unknown, number>(names.map((name, index) => [name, index]));
  return {
    write: (values) => {
      const written = new Float64Array(values.length);
      for (let at = 0; at < written.length; at++) written[at] = numbers.get(values[at])!;
      return { kind: 'integers', values: written };
    },
    read: (column) => {
      const { values } = expectKind(column, 'integers');
      const read: string[] = new Array(values.length);
      for (let at = 0; at < read.length; at++) read[at] = names[values[at]!]!;
      return read;
    },
  };
}

function lists(items: Values): Values {
  return {
    write: (values) => {
      const all = values as readonly (readonly unknown[])[];
      const lengths = new Float64Array(all.length);
      const flat: unknown[] = [];
      for (let at = 0; at < all.length; at++) {
        const list = all[at]!;
        lengths[at] = list.length;
        for (let item = 0; item < list.length; item++) flat.push(list[item]);
      }
      return { kind: 'list', lengths, items: items.write(flat) };
    },
    read: (column) => {
      const list = expectKind(column, 'list');
      const flat = items.read(list.items);
      const read: unknown[][] = new Array(list.lengths.length);
      let next = 0;
      for (let at = 0; at < read.length; at++) {
        const own: unknown[] = [];
        for (let left = list.lengths[at]!; left > 0; left--) own.push(flat[next++]);
        read[at] = own;
      }
      return read;
    },
  };
}

/** A list of keys and values, as a map field of Protocol Buffers is. */
function maps(values: Values): Values {
  return {
    write: (all) => {
      const lengths = new Float64Array(all.length);
      const keys: string[] = [];
      const items: unknown[] = [];
      all.forEach((map, index) => {
        const entries = Object.entries(map as Row);
        lengths[index] = entries.length;
        for (const [key, value] of entries) {
          keys.push(key);
          items.push(value);
        }
      });
      const columns = [
        { number: 1, present: undefined, values: texts.write(keys) },
        { number: 2, present: undefined, values: values.write(items) },
      ];
      return { kind: 'list', lengths, items: { kind: 'group', count: keys.length, columns } };
    },
    read: (column) => {
      const { lengths, items } = expectKind(column, 'list');
      const [keys, all] = expectKind(items, 'group').columns;
      const keysRead = texts.read(keys!.values);
      const valuesRead = values.read(all!.values);
      let next = 0;
      const read = emptyRows(lengths.length);
      for (let at = 0; at < read.length; at++) {
        for (let left = lengths[at]!; left > 0; left--, next++) {
          read[at]![keysRead[next] as string] = valuesRead[next];
        }
      }
      return read;
    },
  };
}

/** Columns of objects, and back. */
export interface Columns {
  write(rows: readonly Row[]): BatchColumn[];
  /** Puts the values of the columns into the rows. */
  read(columns: readonly BatchColumn[], rows: Record<string, unknown>[]): void;
}

/** A column for each field, with the numbers from 1 on. Made once for a table. */
export function columnsOf(fields: readonly Field[]): Columns {
  const each = fields.map(({ name, type }) => ({ name, values: valuesOf(type) }));
  return {
    write: (rows) =>
      each.flatMap(({ name, values }, index) => fieldOf(rows, name, index + 1, values)),
    read: (columns, rows) => {
      for (const { number, present, values } of columns) {
        const { name, values: of } = each[number - 1]!;
        scatter(rows, name, present, of.read(values));
      }
    },
  };
}

/** The column of what stands at each place, which may be undefined; none where it always is. */
function columnOf(all: readonly unknown[], number: number, values: Values): BatchColumn[] {
  const count = all.length;
  let first = 0;
  while (first < count && all[first] !== undefined) first++;
  if (first === count) return [{ number, present: undefined, values: values.write(all) }];
  const present = new Uint8Array(count).fill(1, 0, first);
  const found = all.slice(0, first);
  for (let at = first + 1; at < count; at++) {
    const value = all[at];
    if (value === undefined) continue;
    present[at] = 1;
    found.push(value);
  }
  return found.length === 0 ? [] : [{ number, present, values: values.write(found) }];
}

/** The column of a field of rows. */
function fieldOf(
  rows: readonly Row[],
  name: string,
  number: number,
  values: Values,
): BatchColumn[] {
  const all: unknown[] = new Array(rows.length);
  for (let at = 0; at < all.length; at++) all[at] = rows[at]![name];
  return rows.length === 0 ? [] : columnOf(all, number, values);
}

function scatter(
  rows: Record<string, unknown>[],
  name: string,
  present: Uint8Array | undefined,
  values: ArrayLike<unknown>,
): void {
  if (present === undefined) {
    for (let at = 0; at < rows.length; at++) rows[at]![name] = values[at];
    return;
  }
  let next = 0;
  for (let at = 0; at < rows.length; at++) {
    if (present[at] === 1) rows[at]![name] = values[next++];
  }
}

function messages(columns: Columns): Values {
  return {
    write: (values) => {
      const rows = values as readonly Row[];
      return { kind: 'group', count: rows.length, columns: columns.write(rows) };
    },
    read: (column) => {
      const group = expectKind(column, 'group');
      const rows = emptyRows(group.count);
      columns.read(group.columns, rows);
      return rows;
    },
  };
}

export function emptyRows(count: number): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = new Array(count);
  for (let at = 0; at < count; at++) rows[at] = {};
  return rows;
}

/**
 * A Struct by its fields: a list with all their names, which stands at the first value alone, and behind it a group for each, in
 * the order of the names.
 */
const structs: Values = {
  write: (values) => {
    const rows = values as readonly Row[];
    const names = namesIn(rows);
    const lengths = new Float64Array(rows.length);
    if (rows.length > 0) lengths[0] = names.length;
    const list: ColumnValues = { kind: 'list', lengths, items: texts.write(names) };
    const fields = names.flatMap((name, index) => fieldOf(rows, name, index + 2, structField));
    const columns = [{ number: 1, present: undefined, values: list }, ...fields];
    return { kind: 'group', count: rows.length, columns };
  },
  read: (column) => {
    const { count, columns } = expectKind(column, 'group');
    const [first, ...fields] = columns;
    const names = texts.read(expectKind(first!.values, 'list').items);
    const rows = emptyRows(count);
    for (const { number, present, values } of fields) {
      scatter(rows, names[number - 2] as string, present, structField.read(values));
    }
    return rows;
  },
};

function namesIn(rows: readonly Row[]): string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return [...names];
}

/** What a value of a Struct may be, each a column of its own. */
const structKinds = [
  { type: 'number', values: floats },
  { type: 'string', values: texts },
  { type: 'boolean', values: booleans },
] as const;

const structField: Values = {
  write: (all) => {
    const columns = structKinds.flatMap(({ type, values }, index) => {
      const own = all.map((value) => (typeof value === type ? value : undefined));
      return columnOf(own, index + 1, values);
    });
    return { kind: 'group', count: all.length, columns };
  },
  read: (column) => {
    const { count, columns } = expectKind(column, 'group');
    const all: unknown[] = new Array(count);
    for (const { number, present, values } of columns) {
      const own = structKinds[number - 1]!.values.read(values);
      let next = 0;
      for (let at = 0; at < count; at++) if (present?.[at] !== 0) all[at] = own[next++];
    }
    return all;
  },
};
