/** A small team's schema for sessions and simulations: rows in one scope, in several, and in that of everyone. */

import { Merge } from '../../gen/es/syncdb/v1/options_pb.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { maskOf } from '../../src/base/mask.ts';
import type { Change } from '../../src/change/transaction.ts';
import { encodeRow, rowCodecOf } from '../../src/schema/row-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { schemaSet } from './schema-builder.ts';

export const simSchema = createSchema(
  schemaSet({
    /** Moves between sites, and so between scopes. */
    Task: {
      table: { scopes: ['site/{site}'], merge: Merge.LAST_WRITE_WINS },
      fields: {
        1: 'id: string',
        2: 'site: string',
        3: 'title: string',
        4: 'state: int32',
        5: 'effort: int64',
      },
    },
    /** In the scopes of a site and of a person at once. */
    Visit: {
      table: { scopes: ['site/{site}', 'user/{user}'] },
      fields: { 1: 'id: string', 2: 'site: string', 3: 'user: string', 4: 'note: string' },
    },
    /** Everyone has these. */
    News: { table: {}, fields: { 1: 'id: string', 2: 'text: string', 3: 'likes: int32' } },
  }),
);

export const taskTable = simTable('Task');
export const visitTable = simTable('Visit');
export const newsTable = simTable('News');

/** The team's tables. */
export const simTables: readonly TableDef[] = [taskTable, visitTable, newsTable];

function simTable(name: string): TableDef {
  return simSchema.tableByName.get(`t.${name}`)!;
}

export type Values = Readonly<Record<string, Cell>>;

/** What a writer says of one row; the replica adds the base. */
export type Edit = Omit<Change, 'base' | 'baseAbsent' | 'baseCounter'>;

/** The message bytes of these fields. */
export function rowBytes(table: TableDef, values: Values): Uint8Array {
  const cells = rowCodecOf(table).defaultCells();
  const indexes: number[] = [];
  for (const [name, cell] of Object.entries(values)) {
    const { index } = table.columnByName.get(name)!;
    cells[index] = cell;
    indexes.push(index);
  }
  const out = new ByteWriter();
  encodeRow(table, cells, maskOf(table.columns.length, indexes), out);
  return out.finish();
}

export function putEdit(table: TableDef, key: string, values: Values): Edit {
  return {
    ...bareEdit(table, key),
    operation: 'put',
    row: rowBytes(table, { id: key, ...values }),
  };
}

export function patchEdit(table: TableDef, key: string, values: Values): Edit {
  const fields = Object.keys(values).map((name) => table.columnByName.get(name)!.number);
  return { ...bareEdit(table, key), operation: 'patch', row: rowBytes(table, values), fields };
}

export function deleteEdit(table: TableDef, key: string): Edit {
  return { ...bareEdit(table, key), operation: 'delete' };
}

function bareEdit(table: TableDef, key: string): Omit<Edit, 'operation'> {
  return {
    table: table.name,
    key,
    row: new Uint8Array(0),
    fields: [],
    ifMatch: '',
    ifNoneMatch: false,
  };
}
