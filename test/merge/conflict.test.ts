/** What the ledger is told of a conflict: who met whom, over what, by which rule, and both versions. */
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { maskIndexes } from '../../src/base/mask.ts';
import { cellOf, systemTables } from '../../src/replica/system-rows.ts';
import { decodeRow } from '../../src/schema/row-codec.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import {
  itemTable,
  meterTable,
  modelSchema,
  noteTable,
  patch,
  put,
  remove,
} from '../support/model-schema.ts';

const { conflict: ledger } = systemTables(modelSchema);

/** The varints of a packed list. */
function listOf(cell: Cell): number[] {
  if (cell === null) return [];
  const reader = new ByteReader(cell as Uint8Array, 'list');
  reader.varint();
  reader.varint();
  const numbers: number[] = [];
  while (!reader.done) numbers.push(reader.varint());
  return numbers;
}

/** The fields that a message has, by name. */
function messageOf(table: TableDef, bytes: Uint8Array): Record<string, Cell> {
  const { cells, present } = decodeRow(table, bytes, 0, bytes.length, defaultLimits);
  return Object.fromEntries(
    maskIndexes(present).map((index) => [table.columns[index]!.name, cells[index]!]),
  );
}

const rules = ['', 'server-wins', 'client-wins', 'last-write-wins'];

/** An entry of the ledger, in words. */
function entryOf(model: ModelHome, id: string) {
  const cells = model.state.cells(ledger, id)!;
  const of = (name: string) => cellOf(ledger, cells, name);
  const table = modelSchema.tableByName.get(of('table') as string)!;
  return {
    who: `${of('replica_id')}/${of('counter')}`,
    met: of('remote_replica_id'),
    table: of('table'),
    key: of('key'),
    base: of('base_version'),
    version: of('row_version'),
    fields: listOf(of('fields')).map((number) => table.columnByNumber.get(number)!.name),
    rules: listOf(of('rules')).map((rule) => rules[rule]),
    localWon: listOf(of('local_won')).map((won) => won === 1),
    local: messageOf(table, of('local_row') as Uint8Array),
    remote: messageOf(table, of('remote_row') as Uint8Array),
    at: of('settled_at'),
    aboutDelete: of('about_delete'),
  };
}

function homeWith(...bobs: Parameters<ModelHome['write']>[1][]): ModelHome {
  const model = new ModelHome();
  for (const changes of bobs) model.write('bob', changes);
  return model;
}

describe('[P12][I6] the ledger', () => {
  test('tells of a conflict over fields who, what, when, by which rules, and both values', () => {
    const model = homeWith(
      [put(itemTable, 'i', { notes: 'old', count: 1, due: 'd', title: 't' })],
      [patch(itemTable, 'i', { notes: 'Bob', count: 2, due: 'Bob' })],
    );
    model.write('ann', [
      put(noteTable, 'n', {}),
      patch(itemTable, 'i', { notes: 'Ann', count: 3, due: null, title: 'Ann' }, { base: 1 }),
    ]);
    expect(entryOf(model, 'ann/1/1')).toEqual({
      who: 'ann/1',
      met: 'bob',
      table: 't.Item',
      key: 'i',
      base: 1n,
      version: 2n,
      fields: ['notes', 'count', 'due'],
      rules: ['server-wins', 'client-wins', 'server-wins'],
      localWon: [false, true, false],
      local: { notes: 'Ann', count: 3 },
      remote: { notes: 'Bob', count: 2, due: 'Bob' },
      at: BigInt(noonMs) * 1_000_000n,
      aboutDelete: false,
    });
    expect(model.state.rowState(ledger, 'ann/1/1')?.scopes).toEqual(['$replica/ann']);
    expect(model.state.cells(ledger, 'ann/1/0')).toBeUndefined();
  });

  test('names who made the edit in question, though another came after', () => {
    const model = homeWith([put(itemTable, 'i', {})], [patch(itemTable, 'i', { notes: 'Bob' })]);
    model.write('cid', [patch(itemTable, 'i', { due: 'Cid' })]);
    model.write('ann', [patch(itemTable, 'i', { notes: 'Ann' }, { base: 1 })]);
    expect(entryOf(model, 'ann/1/0')).toMatchObject({ met: 'bob', version: 3n });
  });

  test('has of a delete that met edits the whole row, the fields that were edited, and the table’s rule', () => {
    const model = homeWith(
      [put(meterTable, '7', { site: 's', value: 1 })],
      [patch(meterTable, '7', { value: 2 })],
    );
    model.write('ann', [remove(meterTable, '7', { base: 1 })]);
    expect(entryOf(model, 'ann/1/0')).toMatchObject({
      met: 'bob',
      fields: ['value'],
      rules: ['client-wins'],
      localWon: [true],
      local: {},
      remote: { number: 7n, site: 's', value: 2 },
      aboutDelete: true,
    });
    expect(model.state.cells(meterTable, '7')).toBeUndefined();
  });

  test('has of an edit that met a delete what it would have set', () => {
    const model = homeWith([put(itemTable, 'i', { notes: 'a' })], [remove(itemTable, 'i')]);
    model.write('ann', [patch(itemTable, 'i', { notes: 'b', due: null }, { base: 1 })]);
    expect(entryOf(model, 'ann/1/0')).toMatchObject({
      met: 'bob',
      version: 2n,
      fields: ['notes', 'due'],
      rules: ['server-wins', 'server-wins'],
      localWon: [false, false],
      local: { notes: 'b' },
      remote: {},
      aboutDelete: true,
    });
  });

  test('has of a oneof both members, and one winner', () => {
    const model = homeWith(
      [put(itemTable, 'i', {})],
      [patch(itemTable, 'i', { text_choice: 'Bob' })],
    );
    model.write('ann', [patch(itemTable, 'i', { number_choice: 3 }, { base: 1 })]);
    expect(entryOf(model, 'ann/1/0')).toMatchObject({
      met: 'bob',
      fields: ['text_choice', 'number_choice'],
      rules: ['client-wins', 'client-wins'],
      localWon: [true, true],
      local: { number_choice: 3 },
      remote: { text_choice: 'Bob' },
    });
  });

  test('has an entry for each change that met a conflict', () => {
    const model = homeWith(
      [put(itemTable, 'i', {}), put(itemTable, 'j', {})],
      [patch(itemTable, 'i', { notes: 'Bob' }), patch(itemTable, 'j', { notes: 'Bob' })],
    );
    model.write('ann', [
      patch(itemTable, 'i', { notes: 'Ann' }, { base: 1 }),
      patch(itemTable, 'j', { notes: 'Ann' }, { base: 1 }),
    ]);
    expect([entryOf(model, 'ann/1/0').key, entryOf(model, 'ann/1/1').key]).toEqual(['i', 'j']);
  });

  test('says nothing of a transaction that was refused', () => {
    const model = homeWith([put(itemTable, 'i', {})], [patch(itemTable, 'i', { notes: 'Bob' })]);
    model.write('ann', [
      patch(itemTable, 'i', { notes: 'Ann' }, { base: 1 }),
      patch(itemTable, 'none', {}),
    ]);
    expect(model.state.cells(ledger, 'ann/1/0')).toBeUndefined();
  });
});
