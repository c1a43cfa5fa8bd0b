/** A schema that has every rule and shape which the engine treats apart, and the ways to write its rows down. */
import { Merge } from '../../gen/es/syncdb/v1/options_pb.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { maskOf } from '../../src/base/mask.ts';
import type { Change, Transaction } from '../../src/change/transaction.ts';
import { canonicalCell, defaultCell } from '../../src/schema/cell.ts';
import { encodeRow } from '../../src/schema/row-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { schemaSet } from './schema-builder.ts';

export const modelSchema = createSchema(
  schemaSet({
    /** In the scopes of its site and of each of its tags. */
    Item: {
      table: { scopes: ['site/{site}', 'tag/{tags}'] },
      fields: {
        1: 'id: string',
        2: 'site: string',
        3: 'notes: string',
        4: { name: 'count', type: 'int32', options: { merge: Merge.CLIENT_WINS } },
        5: { name: 'title', type: 'string', options: { merge: Merge.LAST_WRITE_WINS } },
        6: { name: 'tags', type: 'string', label: 'repeated' },
        7: { name: 'due', type: 'string', optional: true },
        8: { name: 'text_choice', type: 'string', oneof: 'choice' },
        9: {
          name: 'number_choice',
          type: 'int32',
          oneof: 'choice',
          options: { merge: Merge.CLIENT_WINS },
        },
      },
    },
    /** Everyone has these; the last write wins. */
    Note: {
      table: { merge: Merge.LAST_WRITE_WINS },
      fields: { 1: 'id: string', 2: 'text: string', 3: 'likes: int32' },
    },
    /** Keys are numbers; whoever comes last wins. */
    Meter: {
      table: { scopes: ['site/{site}'], merge: Merge.CLIENT_WINS },
      fields: {
        1: { name: 'number', type: 'int64', options: { key: true } },
        2: 'site: string',
        3: 'value: double',
      },
    },
  }),
);

export const itemTable = modelTable('Item');
export const noteTable = modelTable('Note');
export const meterTable = modelTable('Meter');

/** The team's tables. */
export const modelTables: readonly TableDef[] = [itemTable, noteTable, meterTable];

function modelTable(name: string): TableDef {
  return modelSchema.tableByName.get(`t.${name}`)!;
}

/** Cells by column name; a list of texts stands for a repeated field. */
export type Values = Readonly<Record<string, Cell | readonly string[]>>;

/** All cells of a row; what is not named has its default. */
export function cellsOf(table: TableDef, values: Values): Cell[] {
  return table.columns.map((column) => {
    const value = values[column.name];
    if (value === undefined) return defaultCell(column);
    return canonicalCell(
      column,
      Array.isArray(value) ? listCell(column.number, value) : (value as Cell),
    );
  });
}

function listCell(number: number, texts: readonly string[]): Cell {
  const out = new ByteWriter();
  for (const text of texts) {
    out.varint(number * 8 + 2);
    out.lengthText(text);
  }
  return out.finish();
}

/** The message bytes of the named fields. */
export function rowBytes(table: TableDef, values: Values): Uint8Array {
  const indexes = Object.keys(values).map((name) => table.columnByName.get(name)!.index);
  const out = new ByteWriter();
  encodeRow(table, cellsOf(table, values), maskOf(table.columns.length, indexes), out);
  return out.finish();
}

/** A change that knows all there is, which is what `base` undefined means. */
function change(table: TableDef, key: string, rest: Partial<Change>): Change {
  return {
    operation: 'delete',
    table: table.name,
    key,
    row: new Uint8Array(0),
    fields: [],
    base: undefined,
    baseCounter: 0,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
    ...rest,
  };
}

export function put(
  table: TableDef,
  key: string,
  values: Values,
  rest: Partial<Change> = {},
): Change {
  return change(table, key, { operation: 'put', row: rowBytes(table, values), ...rest });
}

/** Sets or clears exactly the named fields. */
export function patch(
  table: TableDef,
  key: string,
  values: Values,
  rest: Partial<Change> = {},
): Change {
  const fields = Object.keys(values).map((name) => table.columnByName.get(name)!.number);
  return change(table, key, { operation: 'patch', row: rowBytes(table, values), fields, ...rest });
}

export function remove(table: TableDef, key: string, rest: Partial<Change> = {}): Change {
  return change(table, key, rest);
}

export function transaction(
  replica: string,
  counter: number,
  changes: readonly Change[],
  rest: Partial<Transaction> = {},
): Transaction {
  const previousDigest = new Uint8Array(0);
  return { replica, counter, previousDigest, stamp: 0, schemaVersion: 0, changes, ...rest };
}
