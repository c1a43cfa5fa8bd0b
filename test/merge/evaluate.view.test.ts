/** Evaluating by itself, over a state made up for the purpose: what it asks, what it leaves alone. */
import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { stampOf } from '../../src/base/stamp.ts';
import { type RowState, rowAfter } from '../../src/change/row-state.ts';
import type { Change, Transaction } from '../../src/change/transaction.ts';
import { evaluate } from '../../src/merge/evaluate.ts';
import type { Evaluation, EvaluationContext, EvaluationView } from '../../src/merge/evaluation.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import {
  cellsOf,
  itemTable,
  modelSchema,
  noteTable,
  patch,
  put,
  remove,
  transaction,
  type Values,
} from '../support/model-schema.ts';

const writers = ['ann', 'bob', 'cid'];
const [ann, bob, cid] = [0, 1, 2];
const nowMs = 1_000;

/** What Bob and Cid made of row `r` of a table; the seqs of their writes are 1, 2, 3 ... */
function history(
  table: TableDef,
  ...writes: readonly { writer: number; stamp?: number; values: Values | undefined }[]
): RowState {
  let row: RowState | undefined;
  for (const [at, { writer, stamp = at + 1, values }] of writes.entries()) {
    const cells = values && cellsOf(table, { id: 'r', ...values });
    row = rowAfter(table, row, { seq: at + 1, stamp, writer, cells, scopes: [`seq ${at + 1}`] });
  }
  return row!;
}

interface Terms extends Partial<Omit<EvaluationContext, 'seq'>>, Partial<Transaction> {
  readonly wasRefused?: EvaluationView['wasRefused'];
}

/** Evaluates Ann's transaction where there is no row, or this one. */
function evaluated(row: RowState | undefined, changes: readonly Change[], terms: Terms = {}) {
  const { counter = 5, stamp = 0, wasRefused = () => false, ...context } = terms;
  const ordered = transaction('ann', counter, changes, { stamp });
  const prepared = prepareTransaction(modelSchema, defaultLimits, ordered, 'transaction');
  const view: EvaluationView = {
    row: (_table, key) => (key === 'r' ? row : undefined),
    head: 9,
    writerNumber: (name) => writers.indexOf(name),
    writerName: (number) => writers[number]!,
    wasRefused,
  };
  const rest = { limits: defaultLimits, knowsOwnWrites: true, validate: () => undefined };
  const rights = { mayRead: () => true, mayWrite: () => true };
  return evaluate(view, { seq: 10, nowMs, ...rights, ...rest, ...context }, prepared);
}

const reasonOf = ({ refusal }: Evaluation) => refusal?.reason;

describe('whether a transaction builds on a refused one', () => {
  test('is asked of its writer’s own, and only of an earlier one', () => {
    const asked: string[] = [];
    const terms = {
      wasRefused: (replica: string, counter: number) => {
        asked.push(`${replica}/${counter}`);
        return true;
      },
    };
    const answer = (baseCounter: number) =>
      reasonOf(evaluated(undefined, [patch(itemTable, 'r', {}, { baseCounter })], terms));
    expect([0, 1, 4, 5, 6].map(answer)).toEqual([
      'ROW_NOT_FOUND',
      'DEPENDS_ON_REFUSED',
      'DEPENDS_ON_REFUSED',
      'ROW_NOT_FOUND',
      'ROW_NOT_FOUND',
    ]);
    expect(asked).toEqual(['ann/1', 'ann/4']);
  });
});

describe('who may write a row is asked', () => {
  const item = history(itemTable, { writer: bob, values: { site: 'old' } });
  const deleted = history(
    itemTable,
    { writer: bob, values: {} },
    { writer: bob, values: undefined },
  );

  test.each<[what: string, row: RowState | undefined, changes: Change[], asked: string[][]]>([
    ['of an insert after it', undefined, [put(itemTable, 'r', { site: 'n' })], [['site/n']]],
    [
      'of a change that moves the row before and after it',
      item,
      [patch(itemTable, 'r', { site: 'new' })],
      [['seq 1'], ['site/new']],
    ],
    ['of a delete before it', item, [remove(itemTable, 'r')], [['seq 1']]],
    [
      'of a change of nothing before it',
      item,
      [patch(itemTable, 'r', { site: 'old' })],
      [['seq 1']],
    ],
    [
      'of a row that comes back where it was, and where it comes',
      deleted,
      [put(itemTable, 'r', { site: 'new' })],
      [['seq 1'], ['site/new']],
    ],
    [
      'of what does not come back where it was',
      deleted,
      [put(itemTable, 'r', { site: 'new' }, { base: 1 })],
      [['seq 1']],
    ],
    ['of no delete of what is not there', deleted, [remove(itemTable, 'r')], []],
    [
      'of each change of one row, as the earlier ones left it',
      item,
      [patch(itemTable, 'r', { site: 'a' }), patch(itemTable, 'r', { site: 'b' })],
      [['seq 1'], ['site/a'], ['site/a'], ['site/b']],
    ],
  ])('%s', (_what, row, changes, expected) => {
    const asked: (readonly string[])[] = [];
    const mayWrite = (scopes: readonly string[]) => asked.push(scopes) > 0;
    expect(reasonOf(evaluated(row, changes, { mayWrite }))).toBeUndefined();
    expect(asked).toEqual(expected);
  });

  test.each([
    ['before', ['seq 1']],
    ['after', ['site/new']],
  ])('and a no %s the move denies it', (_when, denied) => {
    const mayWrite = (scopes: readonly string[]) => scopes[0] !== denied[0];
    const changes = [put(noteTable, 'n', {}), patch(itemTable, 'r', { site: 'new' })];
    expect(evaluated(item, changes, { mayWrite })).toMatchObject({
      rows: [],
      refusal: {
        reason: 'SCOPE_DENIED',
        message: 'the caller may not write rows of t.Item in these scopes',
        changeIndex: 1,
        currentEtag: '',
      },
    });
  });
});

describe('a change that changes nothing', () => {
  const broken = new SyncError(Code.invalidArgument, 'ROW_INVALID', 'no row is good');
  const strict: Terms = {
    validate: () => broken,
    limits: { ...defaultLimits, rowBytesMax: 1, scopeBytesMax: 1 },
  };
  const item = history(
    itemTable,
    { writer: bob, values: { site: 's', notes: 'old' } },
    { writer: bob, values: { site: 's', notes: 'Bob' } },
  );

  test.each([
    ['sets what is there', patch(itemTable, 'r', { notes: 'Bob' })],
    ['loses all its fields', patch(itemTable, 'r', { notes: 'Ann' }, { base: 1 })],
    ['names no field', patch(itemTable, 'r', { id: 'r' })],
    ['loses its delete', remove(itemTable, 'r', { base: 1 })],
  ])(
    'because it %s is not held to limits and rules that are newer than the row',
    (_why, change) => {
      expect(evaluated(item, [change], strict)).toMatchObject({ rows: [], refusal: undefined });
    },
  );

  test('but one that changes something is', () => {
    const change = patch(itemTable, 'r', { notes: 'Ann' });
    expect(reasonOf(evaluated(item, [change], strict))).toBe('SCOPE_TOO_LONG');
    expect(reasonOf(evaluated(item, [change], { ...strict, limits: defaultLimits }))).toBe(
      undefined,
    );
    const limits = { ...defaultLimits, rowBytesMax: 1 };
    expect(reasonOf(evaluated(item, [change], { ...strict, limits }))).toBe('ROW_TOO_LARGE');
  });
});

describe('[P12][I6] what a delete put at stake', () => {
  const changedBy = (...values: Values[]) =>
    history(itemTable, ...values.map((one) => ({ writer: bob, values: one })));

  test.each([
    ['is all but the key where the writer knew nothing', changedBy({}), 0, 8],
    ['is what others changed since', changedBy({}, { notes: 'Bob' }), 1, 1],
    ['is the whole oneof', changedBy({}, { number_choice: 1 }), 1, 2],
  ])('%s', (_what, row, base, count) => {
    const { conflicts } = evaluated(row, [remove(itemTable, 'r', { base })]);
    const [conflict] = conflicts;
    expect(conflict).toMatchObject({ aboutDelete: true, base, met: row });
    expect(conflict!.fields).toHaveLength(count);
    expect(conflict!.fields.map(({ column }) => column.name)).not.toContain('id');
  });
});

describe('[P9] the edits that a writer knows', () => {
  const threeEdits = history(
    itemTable,
    { writer: bob, values: {} },
    { writer: ann, values: { count: 1 } },
    { writer: cid, values: { count: 1, notes: 'Cid' } },
  );
  const remotes = (change: Change, terms: Terms = {}) =>
    evaluated(threeEdits, [change], terms).conflicts.map(({ remote }) => remote.replica);

  test.each([
    ['are those up to its base', { notes: 'Ann' }, 3, true, []],
    ['are not those after it', { notes: 'Ann' }, 2, true, ['cid']],
    ['are its own', { count: 9 }, 1, true, []],
    ['are not its own where many share the name', { count: 9 }, 1, false, ['ann']],
    ['are all where it gives no base', { notes: 'Ann', count: 9 }, undefined, false, []],
    ['are none where its base is 0', { title: 'Ann' }, 0, true, ['bob']],
  ])('%s', (_what, values, base, knowsOwnWrites, expected) => {
    expect(remotes(patch(itemTable, 'r', values, { base }), { knowsOwnWrites })).toEqual(expected);
  });
});

describe('[P11] the last write wins', () => {
  /** Bob and Cid have edited the note since Ann saw it. */
  const note = (bobs: number, cids: number) =>
    history(
      noteTable,
      { writer: bob, values: {} },
      { writer: bob, stamp: bobs, values: { text: 'Bob' } },
      { writer: cid, stamp: cids, values: { text: 'Bob', likes: 1 } },
    );
  const anns = { text: 'Ann', likes: 9 };
  const textAndLikes = (row: RowState, stamp: number) => {
    const evaluation = evaluated(row, [patch(noteTable, 'r', anns, { base: 1 })], { stamp });
    const [, text, likes] = (evaluation.rows[0]?.after ?? row).cells!;
    return [text, likes];
  };

  test('field by field, each against the writer who changed it', () => {
    expect(textAndLikes(note(100, 300), 200)).toEqual(['Ann', 1]);
    expect(textAndLikes(note(300, 100), 200)).toEqual(['Bob', 9]);
    expect(textAndLikes(note(100, 100), 200)).toEqual(['Ann', 9]);
    expect(textAndLikes(note(300, 300), 200)).toEqual(['Bob', 1]);
  });

  test('and of equal stamps that of the replica whose name is higher', () => {
    expect(textAndLikes(note(200, 200), 200)).toEqual(['Bob', 1]);
    const row = history(
      noteTable,
      { writer: bob, values: {} },
      { writer: ann, stamp: 200, values: { text: 'Ann before' } },
    );
    // Of one name that many share, the counter tells: the one that arrives is the higher.
    const terms = { stamp: 200, knowsOwnWrites: false };
    const change = patch(noteTable, 'r', { text: 'Ann' }, { base: 1 });
    expect(evaluated(row, [change], terms).rows[0]?.after.cells?.[1]).toBe('Ann');
  });

  test.each([
    ['Bob’s', 300, 100, 'bob', false],
    ['Cid’s', 100, 300, 'cid', false],
    ['none', 100, 100, 'cid', true],
  ])(
    'and a delete stands only where it is later than every edit: %s is later',
    (_whose, bobs, cids, remote, won) => {
      const change = remove(noteTable, 'r', { base: 1 });
      const { conflicts, rows } = evaluated(note(bobs, cids), [change], { stamp: 200 });
      expect(conflicts).toMatchObject([{ remote: { replica: remote }, aboutDelete: true }]);
      expect(conflicts[0]!.fields.map(({ localWon }) => localWon)).toEqual([won, won]);
      expect(rows).toHaveLength(won ? 1 : 0);
    },
  );

  test('by the stamp as it was bounded: a clock far ahead wins for no longer than the bound', () => {
    const { stampAheadMsMax } = defaultLimits;
    const change = patch(noteTable, 'r', { text: 'Ann' }, { base: 1 });
    const ahead = evaluated(note(1, 1), [change], { stamp: Number.MAX_SAFE_INTEGER });
    expect(ahead.stamp).toBe(stampOf(nowMs + stampAheadMsMax));
    const row = history(
      noteTable,
      { writer: bob, values: {} },
      { writer: bob, stamp: ahead.stamp, values: { text: 'from the future' } },
    );
    const later = (ms: number) => evaluated(row, [change], { nowMs: ms }).rows[0]?.after.cells?.[1];
    expect(later(nowMs + stampAheadMsMax)).toBeUndefined();
    expect(later(nowMs + stampAheadMsMax + 1)).toBe('Ann');
  });
});

describe('the stamp of a commit', () => {
  test('is the writer’s own where the rows are new to it', () => {
    expect(evaluated(undefined, [put(itemTable, 'r', {})], { stamp: 1 }).stamp).toBe(1);
    const unknown = history(itemTable, { writer: bob, stamp: 77, values: {} });
    const change = patch(itemTable, 'r', { count: 1 }, { base: 0 });
    expect(evaluated(unknown, [change], { stamp: 2 }).stamp).toBe(2);
  });

  test('is past all that it knows of all the rows that it touches, also of deleted ones', () => {
    const row = history(
      itemTable,
      { writer: bob, stamp: 70, values: {} },
      { writer: bob, stamp: 50, values: undefined },
    );
    const changes = [put(itemTable, 'other', {}), put(itemTable, 'r', {}), put(noteTable, 'n', {})];
    const { stamp, rows } = evaluated(row, changes, { stamp: 2 });
    expect(stamp).toBe(71);
    expect(rows.map(({ after }) => after.entries[0]!.stamp)).toEqual([71, 71, 71]);
  });
});

test('evaluating changes none of the rows that it was given', () => {
  const row = history(
    itemTable,
    { writer: bob, values: { notes: 'old' } },
    { writer: bob, values: { notes: 'Bob' } },
  );
  const before = structuredClone(row);
  const changes = [
    patch(itemTable, 'r', { count: 3, due: 'Ann' }, { base: 1 }),
    remove(itemTable, 'r', { base: 1 }),
    put(itemTable, 'r', { title: 'Ann' }, { base: 1 }),
  ];
  expect(evaluated(row, changes).rows).toHaveLength(1);
  expect(row).toEqual(before);
});
