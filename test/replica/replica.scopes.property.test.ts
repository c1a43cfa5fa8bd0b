/** A replica that holds a part of the database, and writes rows of all of it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from '../../src/base/bytes.ts';
import { maskHas } from '../../src/base/mask.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import type { RowState } from '../../src/change/row-state.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { cellOf, systemTables } from '../../src/replica/system-rows.ts';
import { cellsEqual } from '../../src/schema/cell.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { ModelHome } from '../support/model-home.ts';
import { ModelReplica, modelKeys } from '../support/model-replica.ts';
import { modelSchema } from '../support/model-schema.ts';

const { conflict: ledger } = systemTables(modelSchema);

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('other' as const), edit: anyEdit }) },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('own' as const),
        edits: fc.array(anyEdit, { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constantFrom('pull' as const, 'push' as const) }),
    },
  ),
  { maxLength: 30, size: 'max' },
);

const nameOf = (table: TableDef, key: string) => `${table.name} ${key}`;

/** Field numbers that the ledger names for each row, of all entries of one transaction. */
function ledgerOf(state: CommittedState, { replica, counter, changes }: Transaction) {
  const fields = new Map<string, Set<number>>();
  for (const [index, { table, key }] of changes.entries()) {
    const cells = state.cells(ledger, `${replica}/${counter}/${index}`);
    if (cells === undefined) continue;
    const named = fields.get(`${table} ${key}`) ?? new Set();
    for (const field of numbersOf(cellOf(ledger, cells, 'fields'))) named.add(field);
    fields.set(`${table} ${key}`, named);
  }
  return fields;
}

function numbersOf(cell: Cell): number[] {
  if (cell === null) return [];
  const reader = new ByteReader(cell as Uint8Array, 'packed');
  reader.varint();
  reader.varint();
  const numbers: number[] = [];
  while (!reader.done) numbers.push(reader.varint());
  return numbers;
}

/** Numbers of the fields that others wrote last, and that are otherwise now. */
function overwritten(
  { writers }: CommittedState,
  table: TableDef,
  before: RowState,
  after: RowState,
): number[] {
  if (before.cells === undefined) return [];
  return table.columns.flatMap(({ index, kind, number }) => {
    if (index === table.key) return [];
    const entry = before.entries.find(({ mask }) => maskHas(mask, index))!;
    const same = after.cells && cellsEqual(kind, before.cells![index]!, after.cells[index]!);
    return writers.text(entry.writer) === 'ann' || same === true ? [] : [number];
  });
}

test('[P9][I6] what it does not hold it never overwrites without an entry in the ledger', () => {
  let met = 0;
  fc.assert(
    fc.property(steps, fc.subarray(['site/a', 'site/b', 'tag/x']), (all, scopes) => {
      const model = new ModelHome();
      const phone = new ModelReplica('ann', { scopes });
      /** By counter: the rows that the copy did not have when the transaction was written. */
      const unseen = new Map<number, { table: TableDef; key: string }[]>();

      const push = (transaction: Transaction) => {
        const rows = unseen.get(transaction.counter)!;
        const before = rows.map(({ table, key }) => model.state.rowState(table, key));
        model.commit(transaction);
        const entries = ledgerOf(model.state, transaction);
        for (const [index, { table, key }] of rows.entries()) {
          if (before[index] === undefined) continue;
          const after = model.state.rowState(table, key)!;
          for (const field of overwritten(model.state, table, before[index], after)) {
            met++;
            expect([...(entries.get(nameOf(table, key)) ?? [])]).toContain(field);
          }
        }
      };

      for (const step of all) {
        if (step.type === 'other') model.write('bob', [changeOf(step.edit)]);
        else if (step.type === 'pull') phone.pull(model.state);
        else if (step.type === 'own') {
          const rows = modelKeys.filter(
            ({ table, key }) => phone.replica.committed.cells(table, key) === undefined,
          );
          const { counter } = phone.write(...step.edits.map((edit) => changeOf(edit)));
          unseen.set(counter, rows);
        } else {
          const sent = new Map([['ann', model.home.settled('ann').counter]]);
          for (const transaction of phone.replica.outgoing(sent)) push(transaction);
        }
      }
    }),
    { numRuns: 300 },
  );
  // That the runs came to rows of others.
  expect(met).toBeGreaterThan(20);
});
