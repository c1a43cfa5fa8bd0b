import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Change } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import type { JournalRecord } from '../../src/replica/journal-record.ts';
import { decodeJournalRecord, encodeJournalRecord } from '../../src/replica/journal-record.ts';
import { LocalTables, noLocalTables } from '../../src/replica/local-tables.ts';
import { applyTentative } from '../../src/replica/tentative-view.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Cell, Schema, TableDef } from '../../src/schema/table-def.ts';
import { everything } from '../../src/table/filter.ts';
import { runQuery } from '../../src/table/query.ts';
import { anyEdit, changeOf, type Edit } from '../support/model-edits.ts';
import {
  itemTable,
  modelSchema,
  modelTables,
  noteTable,
  patch,
  put,
  remove,
  transaction,
} from '../support/model-schema.ts';
import { schemaSet } from '../support/schema-builder.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const tooLong = new SyncError(Code.invalidArgument, 'ROW_INVALID', 'title: is too long');

function localTables(schema: Schema | undefined = modelSchema): LocalTables {
  const validate = ({ columnByName }: TableDef, cells: readonly Cell[]) =>
    cells[columnByName.get('title')?.index ?? -1] === 'too long' ? tooLong : undefined;
  return new LocalTables({ schema, limits: defaultLimits, validate });
}

/** With what it says of its inputs. */
function recorded(schema?: Schema): { local: LocalTables; records: JournalRecord[] } {
  const local = localTables(schema);
  const records: JournalRecord[] = [];
  local.onInput = (record) => records.push(record);
  return { local, records };
}

const write = (local: LocalTables, ...edits: Change[]) => local.write(local.prepare(edits));

/** As it comes out of a journal. */
function replay(records: readonly JournalRecord[], local = localTables()): LocalTables {
  for (const record of records) {
    const stored = decodeJournalRecord(encodeJournalRecord(record));
    if (stored.kind !== 'local' && stored.kind !== 'localRows') throw new Error(stored.kind);
    local.apply(stored.deltas);
  }
  return local;
}

function rowsOf(local: LocalTables, tables = modelTables): Map<string, readonly Cell[]> {
  const query = { filter: everything, orderBy: [], withCells: true };
  return new Map(
    tables.flatMap((table) =>
      runQuery(local.rows(table), query).hits.map(
        ({ key, cells }) => [`${table.name} ${key}`, cells!] as const,
      ),
    ),
  );
}

describe('local tables', () => {
  test('[P1] have what was written, and give it back after a restart, with a copy of the rows in the middle or without', () => {
    const groups = fc.array(
      fc.record({
        edits: fc.array(anyEdit, { minLength: 1, maxLength: 4 }),
        copy: fc.constantFrom('', '', '', 'begin', 'end'),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(groups, (all) => {
        const model = new Map<string, readonly Cell[]>();
        const { local, records } = recorded();
        let state: JournalRecord[] = [];
        let copying: Generator<JournalRecord, void> | undefined;
        for (const { edits, copy } of all) {
          tryWrite(local, model, edits);
          // A record or two are taken between two writes.
          if (copy === 'begin' && copying === undefined) {
            state = [];
            copying = local.copyRecords();
          }
          const next = copying?.next();
          if (next?.value !== undefined) state.push(next.value);
          if (copy === 'end' && copying !== undefined) {
            state.push(...copying, ...local.endCopy());
            copying = undefined;
            records.splice(0, records.length, ...state);
          }
        }
        expect(rowsOf(local)).toEqual(model);
        const again = replay(records);
        expect(rowsOf(again)).toEqual(model);
        // What is written next takes nobody's place.
        write(again, put(noteTable, 'another', {}));
        expect(rowsOf(again).size).toBe(model.size + 1);
      }),
      { numRuns: 150 },
    );
  });

  test('tell of each row that is another, once it is', () => {
    const { local } = recorded();
    const told: string[] = [];
    const row = (_: TableDef, key: string) => {
      told.push(`${key} ${local.row(itemTable, key)?.cells[0]}`);
    };
    local.view.watcher = { row, all: () => {} };
    write(local, put(itemTable, 'a', {}), put(itemTable, 'b', {}));
    write(local, remove(itemTable, 'a'));
    write(local, remove(itemTable, 'nobody'));
    expect(told).toEqual(['a a', 'b b', 'a undefined']);
    expect(local.row(itemTable, 'b')).toMatchObject({ version: 0, pending: false });
  });

  test('take all edits of a group or none, and say which one is wrong', () => {
    const { local, records } = recorded();
    const wrong = [
      [{ ...put(itemTable, 'x', {}), row: Uint8Array.of(0xff) }, 'MALFORMED_ROW'],
      [patch(itemTable, 'nobody', { notes: 'a' }), 'ROW_NOT_FOUND'],
      [put(itemTable, 'x', { title: 'too long' }), 'ROW_INVALID'],
    ] as const;
    for (const [edit, reason] of wrong) {
      const error = syncErrorOf(() => write(local, put(itemTable, 'a', {}), edit));
      expect(error.reason).toBe(reason);
    }
    expect(syncErrorOf(() => write(local, patch(itemTable, 'nobody', {})))).toMatchObject({
      code: Code.notFound,
      fields: [{ field: 'changes[0].key' }],
    });
    expect([rowsOf(local).size, records]).toEqual([0, []]);
    write(local, put(itemTable, 'a', {}), patch(itemTable, 'a', { notes: 'b' }));
    expect(rowsOf(local).size).toBe(1);
  });

  test('know their own tables, and no others', () => {
    const local = localTables();
    expect([local.has(itemTable.name), local.has('syncdb.v1.Writer'), local.has('t.No')]).toEqual([
      ...[true, false, false],
    ]);
    expect(noLocalTables(defaultLimits).has(itemTable.name)).toBe(false);
  });
});

describe('local tables of another version of the app', () => {
  const fewer = createSchema(
    schemaSet({
      Item: { table: {}, fields: { 1: 'id: string', 5: 'title: string', 30: 'added: string' } },
    }),
  );
  const item = fewer.tableByName.get('t.Item')!;
  const retyped = createSchema(
    schemaSet({ Item: { table: {}, fields: { 1: 'id: string', 5: 'title: int32' } } }),
  );

  test('lose the values of fields that are gone, and have the defaults of new ones', () => {
    const { local, records } = recorded();
    write(local, put(itemTable, 'a', { notes: 'n', title: 't', tags: ['x'] }));
    const again = replay(records, localTables(fewer));
    expect(again.row(item, 'a')?.cells).toEqual(['a', 't', '']);
  });

  test('keep the rows of tables that are not asked for, also where they are written anew', () => {
    const { local, records } = recorded();
    write(local, put(noteTable, 'n', { text: 'kept' }), put(noteTable, 'gone', {}));
    write(local, put(itemTable, 'a', {}));
    write(local, remove(noteTable, 'gone'));
    const without = replay(records, localTables(fewer));
    expect(rowsOf(without, [item]).size).toBe(1);
    write(without, put(item, 'b', { title: 'new' }));
    const state = [...without.copyRecords(), ...without.endCopy()];
    const nothing = replay(state, noLocalTables(defaultLimits));
    const again = replay([...nothing.copyRecords(), ...nothing.endCopy()]);
    expect([...rowsOf(again).keys()].sort()).toEqual(['t.Item a', 't.Item b', 't.Note n']);
    expect(again.row(noteTable, 'n')?.cells[1]).toBe('kept');
  });

  test.each([
    ['many', 2_500, 'short', [1_000, 1_000, 500]],
    ['large', 5, 'x'.repeat(600 << 10), [2, 2, 1]],
  ])(
    'write %s of them anew in several records, and what was written meanwhile too',
    (_, count, text, sizes) => {
      const { local, records } = recorded();
      const rows = () => {
        for (let id = 0; id < count; id++) write(local, put(noteTable, `n${id}`, { text }));
      };
      rows();
      const without = replay(records, localTables(fewer));
      const copying = local.copyRecords();
      copying.next();
      rows();
      for (const copy of [[...without.copyRecords()], local.endCopy()]) {
        expect(copy.map((record) => record.kind === 'localRows' && record.deltas.length)).toEqual(
          sizes,
        );
        expect(rowsOf(replay(copy))).toEqual(rowsOf(local));
      }
    },
  );

  test('keep rows that the message of now cannot read, for the one that can', () => {
    const { records, local } = recorded();
    write(local, put(itemTable, 'a', { title: 't' }));
    const changed = replay(records, localTables(retyped));
    expect(rowsOf(changed, [retyped.tableByName.get('t.Item')!]).size).toBe(0);
    const again = replay([...changed.copyRecords(), ...changed.endCopy()]);
    expect(again.row(itemTable, 'a')?.cells[4]).toBe('t');
  });

  describe('where one is written under the key of a row that cannot be read', () => {
    const retypedItem = retyped.tableByName.get('t.Item')!;
    const edits: [string, Change[][], Map<string, Cell>][] = [
      ['it has its place', [[put(retypedItem, 'a', { title: 7 })]], new Map([['a', 7]])],
      [
        'and is removed, neither comes back',
        [[put(retypedItem, 'a', { title: 7 })], [remove(retypedItem, 'a')]],
        new Map(),
      ],
      [
        'and is removed with the same edit, neither comes back',
        [[put(retypedItem, 'a', { title: 7 }), remove(retypedItem, 'a')]],
        new Map(),
      ],
      ['as removed, it does not come back', [[remove(retypedItem, 'a')]], new Map()],
    ];

    test.each(edits)('[P1] %s', (_, groups, expected) => {
      const { local, records } = recorded();
      write(local, put(itemTable, 'a', { title: 'old' }), put(itemTable, 'b', { title: 'other' }));
      const changed = replay(records, localTables(retyped));
      changed.onInput = (record) => records.push(record);
      for (const group of groups) write(changed, ...group);
      const titles = (from: LocalTables) =>
        new Map([...rowsOf(from, [retypedItem])].map(([, cells]) => [cells[0], cells[1]]));
      expect(titles(changed)).toEqual(expected);
      for (const state of [records, [...changed.copyRecords(), ...changed.endCopy()]]) {
        expect(titles(replay(state, localTables(retyped)))).toEqual(expected);
        // What the message of now wrote, the one before cannot read.
        expect([...rowsOf(replay(state)).keys()]).toEqual(['t.Item b']);
      }
    });

    test('a patch does not find it', () => {
      const { local, records } = recorded();
      write(local, put(itemTable, 'a', { title: 'old' }));
      const changed = replay(records, localTables(retyped));
      expect(() => write(changed, patch(retypedItem, 'a', { title: 7 }))).toThrow('has no row "a"');
      const again = replay([...changed.copyRecords(), ...changed.endCopy()]);
      expect(again.row(itemTable, 'a')?.cells[4]).toBe('old');
    });
  });

  test('keep of a row what was written last, whether the message of now can read it or not', () => {
    const { records, local } = recorded();
    write(local, put(itemTable, 'deleted', { title: 'unreadable' }));
    write(local, remove(itemTable, 'deleted'));
    write(local, put(itemTable, 'first', { title: 'unreadable' }), put(itemTable, 'last', {}));
    write(local, patch(itemTable, 'first', { title: '' }));
    write(local, patch(itemTable, 'last', { title: 'unreadable' }));
    const changed = replay(records, localTables(retyped));
    expect([...rowsOf(changed, [retyped.tableByName.get('t.Item')!]).keys()]).toEqual([
      't.Item first',
    ]);
    const again = replay([...changed.copyRecords(), ...changed.endCopy()]);
    expect(rowsOf(again)).toEqual(rowsOf(local));
    write(changed, remove(retyped.tableByName.get('t.Item')!, 'first'));
    const without = replay([...changed.copyRecords(), ...changed.endCopy()]);
    expect([...rowsOf(without).keys()]).toEqual(['t.Item last']);
  });
});

/** One group, in the model and in the tables: both take it or neither. */
function tryWrite(local: LocalTables, model: Map<string, readonly Cell[]>, edits: Edit[]): void {
  const changes = edits.map((edit) => changeOf(edit));
  const after = new Map(model);
  const draft = transaction('local', 1, changes);
  let isFound = true;
  for (const change of prepareTransaction(modelSchema, defaultLimits, draft, '').changes) {
    const name = `${change.table.name} ${change.key}`;
    if (change.operation === 'patch' && !after.has(name)) isFound = false;
    const cells = applyTentative(change, after.get(name));
    if (cells === undefined) after.delete(name);
    else after.set(name, cells);
  }
  if (!isFound) {
    expect(syncErrorOf(() => write(local, ...changes)).reason).toBe('ROW_NOT_FOUND');
    return;
  }
  write(local, ...changes);
  model.clear();
  for (const [name, cells] of after) model.set(name, cells);
}
