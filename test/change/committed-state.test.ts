import { describe, expect, test } from 'vitest';
import { maskOf } from '../../src/base/mask.ts';
import type { RowEffect } from '../../src/change/commit.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { scanStart } from '../../src/change/posting-list.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import { describeRow } from '../support/model-home.ts';
import {
  cellsOf,
  itemTable,
  modelSchema,
  noteTable,
  type Values,
} from '../support/model-schema.ts';

function insert(table: TableDef, key: string, number: number, values: Values): RowEffect {
  const cells = cellsOf(table, { id: key, ...values });
  return { kind: 'insert', table, key, number, mask: table.allColumns, cells };
}

function update(table: TableDef, key: string, number: number, values: Values): RowEffect {
  const indexes = Object.keys(values).map((name) => table.columnByName.get(name)!.index);
  const mask = maskOf(table.columns.length, indexes);
  return { kind: 'update', table, key, number, mask, cells: cellsOf(table, values) };
}

function removal(table: TableDef, key: string, number: number): RowEffect {
  return { kind: 'delete', table, key, number, mask: maskOf(table.columns.length, []), cells: [] };
}

/** A state after one commit for each list of effects. */
function stateOf(...commits: readonly RowEffect[][]): CommittedState {
  const state = new CommittedState(modelSchema, 'home');
  for (const [at, effects] of commits.entries()) {
    const seq = at + 1;
    state.apply({ seq, atMs: 0, stamp: seq * 10, replica: `w${seq}`, counter: 1, effects });
  }
  return state;
}

function scopesOf(state: CommittedState, key: string): string[] {
  return [...state.rowState(itemTable, key)!.scopes].sort();
}

describe('a committed state', () => {
  test('is the effects of its commits, in order', () => {
    const state = stateOf(
      [insert(itemTable, 'i', 0, { notes: 'a', site: 's' }), insert(noteTable, 'n', 0, {})],
      [update(itemTable, 'i', 0, { notes: 'b' })],
      [removal(noteTable, 'n', 0)],
    );
    expect(state.head).toBe(3);
    expect(state.cells(itemTable, 'i')).toEqual(
      cellsOf(itemTable, { id: 'i', notes: 'b', site: 's' }),
    );
    expect(state.cells(noteTable, 'n')).toBeUndefined();
    expect(state.cells(noteTable, 'never')).toBeUndefined();
    expect(state.rowState(noteTable, 'never')).toBeUndefined();
    expect(describeRow(state, itemTable, 'i')).toMatchObject({
      version: 2,
      number: 0,
      scopes: ['site/s'],
      entries: [
        { seq: 2, stamp: 20, writer: 'w2' },
        { seq: 1, stamp: 10, writer: 'w1' },
      ],
    });
    expect(describeRow(state, noteTable, 'n')).toMatchObject({
      cells: undefined,
      version: 3,
      scopes: [''],
    });
  });

  test('puts a row in the scopes that its fields name, anew whenever one of these changes', () => {
    const state = stateOf(
      [insert(itemTable, 'i', 0, { site: 's', tags: ['x', 'y'] })],
      [update(itemTable, 'i', 0, { notes: 'n' })],
    );
    expect(scopesOf(state, 'i')).toEqual(['site/s', 'tag/x', 'tag/y']);
    const commit = { seq: 3, atMs: 0, stamp: 30, replica: 'w', counter: 1 };
    state.apply({ ...commit, effects: [update(itemTable, 'i', 0, { tags: ['y'] })] });
    expect(scopesOf(state, 'i')).toEqual(['site/s', 'tag/y']);
    state.apply({
      ...commit,
      seq: 4,
      effects: [update(itemTable, 'i', 0, { site: '', tags: [] })],
    });
    expect(scopesOf(state, 'i')).toEqual([]);
  });

  test('keeps a deleted row in its scopes, and takes it back under its number, in whatever scopes', () => {
    const state = stateOf(
      [insert(itemTable, 'i', 0, { site: 's' })],
      [removal(itemTable, 'i', 0)],
      [insert(itemTable, 'i', 0, { site: 't' })],
    );
    expect(describeRow(state, itemTable, 'i')).toMatchObject({
      version: 3,
      number: 0,
      scopes: ['site/t'],
      entries: [{ seq: 3 }, { seq: 1 }],
    });
    const [s] = state.scopes.matching((name) => name === 'site/s');
    expect([...state.scopes.scan([s!], scanStart)]).toMatchObject([{ seq: 2, left: true }]);
  });

  test('counts and sums what each scope holds', () => {
    const state = stateOf(
      [
        insert(itemTable, 'i', 0, { site: 's', tags: ['x'] }),
        insert(itemTable, 'j', 1, { site: 's' }),
      ],
      [removal(itemTable, 'j', 1)],
    );
    const totals = (name: string) =>
      state.scopes.totals(
        state.scopes.matching((other) => other === name),
        () => true,
      );
    expect(totals('site/s')).toEqual(totals('tag/x'));
    expect(totals('site/s').count).toBe(1);
  });

  test('takes rows beyond the limits of today', () => {
    const tags = Array.from({ length: 200 }, (_, at) => `t${at}`);
    const state = stateOf([insert(itemTable, 'i', 0, { tags })]);
    expect(scopesOf(state, 'i')).toHaveLength(200);
  });

  test('does not take what cannot be', () => {
    const inserted = insert(itemTable, 'i', 0, {});
    const applying = (effect: RowEffect) => () => stateOf([inserted], [effect]);
    expect(applying(insert(itemTable, 'j', 2, {}))).toThrow('another number');
    expect(applying(update(itemTable, 'k', 0, {}))).toThrow('update of an absent row k');
    expect(applying(removal(itemTable, 'k', 0))).toThrow('delete of an absent row k');
    const state = stateOf([inserted]);
    const commit = { seq: 1, atMs: 0, stamp: 0, replica: 'w', counter: 1, effects: [] };
    expect(() => state.apply(commit)).toThrow('commit 1 does not follow 1');
  });

  test('counts its memory', () => {
    const state = stateOf([insert(itemTable, 'i', 0, { site: 's' })]);
    expect(state.memoryBytes).toBeGreaterThan(state.scopes.memoryBytes);
    expect(state.memoryBytes).toBeGreaterThan(new CommittedState(modelSchema, 'home').memoryBytes);
  });
});

describe('a state that takes a row out of scopes', () => {
  const writing = { seq: 9, stamp: 0, writer: 0 };
  const scopes = (state: CommittedState) => state.scopes.setOf(['site/s']);
  const whole = {
    key: 'i',
    number: 77,
    cells: cellsOf(itemTable, { id: 'i' }),
    scopes: ['site/s', 'tag/x'],
  };
  const first = { seq: 5, stamp: 50, writer: 0 };
  const counts = (state: CommittedState) =>
    ['site/s', 'tag/x'].map(
      (name) =>
        state.scopes.totals(
          state.scopes.matching((other) => other === name),
          () => true,
        ).count,
    );

  test.each(['relay', 'leaf'] as const)('leaves it as it is in the others (%s)', (role) => {
    const state = new CommittedState(modelSchema, role);
    const slot = state.writeWhole(itemTable, whole, first);
    state.rescope(state.table(itemTable), slot, scopes(state));
    expect(describeRow(state, itemTable, 'i')).toMatchObject({ version: 5, scopes: ['site/s'] });
    expect(counts(state)).toEqual([1, 0]);
  });

  test('forgets it wholly where it serves nobody', () => {
    const state = new CommittedState(modelSchema, 'leaf');
    const slot = state.writeWhole(itemTable, whole, first);
    state.evict(state.table(itemTable), slot, writing);
    expect(state.rowState(itemTable, 'i')).toBeUndefined();
    expect(state.table(itemTable).slotOfNumber(77)).toBe(-1);
    expect(counts(state)).toEqual([0, 0]);
  });

  test('remembers that it left where it serves others, also where it was deleted before', () => {
    const state = new CommittedState(modelSchema, 'relay');
    const slot = state.writeWhole(itemTable, whole, first);
    const table = state.table(itemTable);
    state.deleteRow(itemTable, slot, { ...writing, seq: 7 });
    state.evict(table, slot, writing);
    expect(describeRow(state, itemTable, 'i')).toMatchObject({ cells: undefined, scopes: [] });
    const ids = state.scopes.matching(() => true);
    expect([...state.scopes.scan(ids, scanStart)]).toMatchObject([{ seq: 7, left: true }]);
    expect(state.writeWhole(itemTable, whole, { ...writing, seq: 12 })).toBe(slot);
    expect([...state.scopes.scan(ids, scanStart)]).toMatchObject([{ seq: 12, left: false }]);
    expect(counts(state)).toEqual([1, 1]);
  });
});
