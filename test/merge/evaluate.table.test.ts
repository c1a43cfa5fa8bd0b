/** What becomes of one change: every operation, row, base, field and rule. */
import { describe, expect, test } from 'vitest';
import { stampOf } from '../../src/base/stamp.ts';
import type { Change } from '../../src/change/transaction.ts';
import { cellOf, systemTables } from '../../src/replica/system-rows.ts';
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

const operations = ['put', 'patch', 'delete'] as const;
const rowStates = ['absent', 'live', 'deleted'] as const;
/** Whether Ann had seen what Bob did last. */
const bases = ['before', 'after'] as const;
/** Whether Ann sets the field that Bob set last, or another one. */
const fields = ['same', 'other'] as const;
/** The rule of field and table; of the last one whose stamp is the later. */
const rules = ['server wins', 'client wins', 'last: Ann', 'last: Bob'] as const;

interface Case {
  readonly operation: (typeof operations)[number];
  readonly row: (typeof rowStates)[number];
  readonly base: (typeof bases)[number];
  readonly field: (typeof fields)[number];
  readonly rule: (typeof rules)[number];
}

/** What stands afterwards, or the reason of a refusal; and who won, where the ledger has an entry. */
type Result = readonly [stands: string, ledger: '' | 'Ann won' | 'Bob won'];

/** `*`: whatever it is. */
type Pattern = readonly [
  operation: string,
  row: string,
  base: string,
  field: string,
  rule: string,
  ...Result,
];

const table: readonly Pattern[] = [
  // Ann's     row        base      field    rule          stands            ledger
  ['put', 'absent', '*', '*', '*', 'Ann’s', ''],
  ['patch', 'absent', '*', '*', '*', 'ROW_NOT_FOUND', ''],
  ['delete', 'absent', '*', '*', '*', 'nothing', ''],

  // She has seen the row as it is.
  ['put', 'live', 'after', 'same', '*', 'Ann’s', ''],
  ['patch', 'live', 'after', 'same', '*', 'Ann’s', ''],
  ['put', 'live', 'after', 'other', '*', 'both', ''],
  ['patch', 'live', 'after', 'other', '*', 'both', ''],
  ['delete', 'live', 'after', '*', '*', 'nothing', ''],

  // Bob has changed another field: both stand.
  ['put', 'live', 'before', 'other', '*', 'both', ''],
  ['patch', 'live', 'before', 'other', '*', 'both', ''],

  // Bob has changed the same field: the rule decides.
  ['put', 'live', 'before', 'same', 'server wins', 'Bob’s', 'Bob won'],
  ['put', 'live', 'before', 'same', 'client wins', 'Ann’s', 'Ann won'],
  ['put', 'live', 'before', 'same', 'last: Ann', 'Ann’s', 'Ann won'],
  ['put', 'live', 'before', 'same', 'last: Bob', 'Bob’s', 'Bob won'],
  ['patch', 'live', 'before', 'same', 'server wins', 'Bob’s', 'Bob won'],
  ['patch', 'live', 'before', 'same', 'client wins', 'Ann’s', 'Ann won'],
  ['patch', 'live', 'before', 'same', 'last: Ann', 'Ann’s', 'Ann won'],
  ['patch', 'live', 'before', 'same', 'last: Bob', 'Bob’s', 'Bob won'],

  // Ann deletes what Bob has changed: the table's rule decides.
  ['delete', 'live', 'before', '*', 'server wins', 'Bob’s', 'Bob won'],
  ['delete', 'live', 'before', '*', 'client wins', 'nothing', 'Ann won'],
  ['delete', 'live', 'before', '*', 'last: Ann', 'nothing', 'Ann won'],
  ['delete', 'live', 'before', '*', 'last: Bob', 'Bob’s', 'Bob won'],

  // A deleted row comes back only by a write that saw the delete, whatever the rule.
  ['put', 'deleted', 'after', '*', '*', 'Ann’s', ''],
  ['put', 'deleted', 'before', '*', '*', 'nothing', 'Bob won'],
  ['patch', 'deleted', 'after', '*', '*', 'ROW_NOT_FOUND', ''],
  ['patch', 'deleted', 'before', '*', '*', 'nothing', 'Bob won'],
  ['delete', 'deleted', '*', '*', '*', 'nothing', ''],
];

const cases: readonly Case[] = operations.flatMap((operation) =>
  rowStates.flatMap((row) =>
    bases.flatMap((base) =>
      fields.flatMap((field) => rules.map((rule) => ({ operation, row, base, field, rule }))),
    ),
  ),
);

function linesOf({ operation, row, base, field, rule }: Case): readonly Pattern[] {
  const words = [operation, row, base, field, rule];
  return table.filter((line) => words.every((word, at) => line[at] === '*' || line[at] === word));
}

/** A table with this rule, a field of it, and another. */
const tables = {
  'server wins': { table: itemTable, key: 'i', field: 'notes', other: 'due' },
  'client wins': { table: meterTable, key: '7', field: 'site', other: 'value' },
  'last: Ann': { table: noteTable, key: 'n', field: 'text', other: 'likes' },
  'last: Bob': { table: noteTable, key: 'n', field: 'text', other: 'likes' },
} as const;

const others = { due: ['a', 'z'], value: [1, 9], likes: [1, 9] } as const;
const bobStamp = stampOf(noonMs);

/** The home before Ann's change comes: Bob has made the row, and changed or deleted it. */
function homeOf({ row, rule }: Case): ModelHome {
  const { table: def, key, field, other } = tables[rule];
  const model = new ModelHome();
  const [before] = others[other];
  model.write('bob', [put(noteTable, 'elsewhere', {})], { stamp: bobStamp - 9 });
  if (row === 'absent') return model;
  model.write('bob', [put(def, key, { [field]: 'old', [other]: before })], { stamp: bobStamp - 8 });
  const change = row === 'live' ? patch(def, key, { [field]: 'Bob' }) : remove(def, key);
  model.write('bob', [change], { stamp: bobStamp });
  return model;
}

function changeOf({ operation, base, field: which, rule }: Case, head: number): Change {
  const { table: def, key, field, other } = tables[rule];
  const [before, after] = others[other];
  const rest = { base: base === 'after' ? head : head - 1 };
  if (operation === 'delete') return remove(def, key, rest);
  const same = { [field]: 'Ann', [other]: before };
  const different = { [field]: 'Bob', [other]: after };
  if (operation === 'put') return put(def, key, which === 'same' ? same : different, rest);
  return patch(def, key, which === 'same' ? { [field]: 'Ann' } : { [other]: after }, rest);
}

function outcomeOf(one: Case): Result {
  const { table: def, key, field, other } = tables[one.rule];
  const model = homeOf(one);
  const stamp = one.rule === 'last: Bob' ? bobStamp - 1 : bobStamp + 1;
  const { outcome } = model.write('ann', [changeOf(one, model.state.head)], { stamp });
  const { conflict } = systemTables(modelSchema);
  const ledger = model.state.cells(conflict, 'ann/1/0');
  const won = ledger && cellOf(conflict, ledger, 'local_won');
  const winner = won === undefined ? '' : (won as Uint8Array).at(-1) === 1 ? 'Ann won' : 'Bob won';
  if (outcome.refusal !== undefined) return [outcome.refusal.reason, winner];
  const cells = model.state.cells(def, key);
  if (cells === undefined) return ['nothing', winner];
  const value = cellOf(def, cells, field);
  const isHers = cellOf(def, cells, other) === others[other][1];
  if (one.row === 'live' && isHers && value === 'Bob') return ['both', winner];
  return [value === 'Ann' || isHers ? 'Ann’s' : 'Bob’s', winner];
}

describe('the table', () => {
  test('says of every case one thing', () => {
    expect(cases).toHaveLength(144);
    expect(cases.filter((one) => linesOf(one).length !== 1)).toEqual([]);
  });

  test('has no line without a case', () => {
    const used = new Set(cases.flatMap(linesOf));
    expect(table.filter((line) => !used.has(line))).toEqual([]);
  });
});

describe.each(rowStates)('[P9][P10][P11][I4][I6] a change that meets a row that is %s', (row) => {
  test.each(cases.filter((one) => one.row === row))(
    '$operation, base $base, $field field, $rule',
    (one) => {
      const [line] = linesOf(one);
      expect(outcomeOf(one)).toEqual(line?.slice(5));
    },
  );
});

test('two writers who set the same value have no conflict', () => {
  const model = homeOf({
    operation: 'patch',
    row: 'live',
    base: 'before',
    field: 'same',
    rule: 'server wins',
  });
  const head = model.state.head;
  model.write('ann', [patch(itemTable, 'i', { notes: 'Bob' }, { base: head - 1 })]);
  expect(model.state.cells(systemTables(modelSchema).conflict, 'ann/1/0')).toBeUndefined();
  expect(model.state.rowState(itemTable, 'i')?.version).toBe(head);
  expect(model.commits.at(-1)!.effects.map(({ table: { name } }) => name)).toEqual([
    'syncdb.v1.Writer',
  ]);
});
