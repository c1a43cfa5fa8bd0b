import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import type { Change } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { TentativeView } from '../../src/replica/tentative-view.ts';
import { shown } from '../support/model-home.ts';
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

function entry(
  replica: string,
  counter: number,
  orderStamp: number,
  ...changes: readonly Change[]
) {
  const one = transaction(replica, counter, changes);
  return { ...prepareTransaction(modelSchema, defaultLimits, one, 'tx'), orderStamp };
}

/** A committed state with these items. */
function stateWith(items: Readonly<Record<string, Values>>): CommittedState {
  const state = new CommittedState(modelSchema, 'leaf');
  for (const [at, [key, values]] of Object.entries(items).entries()) {
    const cells = cellsOf(itemTable, { id: key, ...values });
    const row = { key, number: at, cells, scopes: [''] };
    state.writeWhole(itemTable, row, { seq: 1, stamp: 1, writer: 0 });
  }
  return state;
}

const notesOf = (view: TentativeView, key: string) =>
  view.has(itemTable, key) ? shown(itemTable, view.cells(itemTable, key))?.notes : 'as committed';

describe('the tentative view', () => {
  test('[I5] shows a change over the committed row at once', () => {
    const state = stateWith({ i: { notes: 'old', count: 1 } });
    const view = new TentativeView();
    view.add(
      entry('a', 1, 1, patch(itemTable, 'i', { notes: 'new' }), put(itemTable, 'j', {})),
      state,
    );
    expect(shown(itemTable, view.cells(itemTable, 'i'))).toMatchObject({ notes: 'new', count: 1 });
    expect(shown(itemTable, view.cells(itemTable, 'j'))).toMatchObject({ id: 'j' });
    expect([view.has(itemTable, 'k'), view.has(noteTable, 'i')]).toEqual([false, false]);
  });

  test.each([
    [
      'a put makes the row as it says',
      put(itemTable, 'i', { title: 't' }),
      { notes: '', title: 't' },
    ],
    [
      'a patch sets and clears what it names',
      patch(itemTable, 'i', { notes: 'n', due: null }),
      { notes: 'n', due: null },
    ],
    ['a delete hides the row', remove(itemTable, 'i'), undefined],
  ])('%s', (_what, change, expected) => {
    const view = new TentativeView();
    view.add(entry('a', 1, 1, change), stateWith({ i: { notes: 'old', due: 'd' } }));
    const row = shown(itemTable, view.cells(itemTable, 'i'));
    if (expected === undefined) expect(row).toBeUndefined();
    else expect(row).toMatchObject(expected);
  });

  test('a patch of a row that is not there makes none', () => {
    const view = new TentativeView();
    view.add(entry('a', 1, 1, patch(itemTable, 'i', { notes: 'n' })), stateWith({}));
    expect([view.has(itemTable, 'i'), view.cells(itemTable, 'i')]).toEqual([true, undefined]);
  });

  test('applies changes of many writers in their order, whenever they come', () => {
    const state = stateWith({ i: {} });
    const view = new TentativeView();
    view.add(entry('b', 1, 9, patch(itemTable, 'i', { notes: 'last' })), state);
    view.add(entry('a', 1, 5, patch(itemTable, 'i', { notes: 'first', title: 't' })), state);
    expect(shown(itemTable, view.cells(itemTable, 'i'))).toMatchObject({
      notes: 'last',
      title: 't',
    });
    const twice = [patch(itemTable, 'i', { notes: '1' }), patch(itemTable, 'i', { notes: '2' })];
    view.add(entry('c', 1, 10, ...twice), state);
    expect(notesOf(view, 'i')).toBe('2');
  });

  test('takes a transaction out again, and shows what is below', () => {
    const state = stateWith({ i: { notes: 'old' } });
    const view = new TentativeView();
    const first = entry(
      'a',
      1,
      1,
      patch(itemTable, 'i', { notes: '1' }),
      patch(itemTable, 'i', { count: 1 }),
    );
    const second = entry('a', 2, 2, patch(itemTable, 'i', { notes: '2' }));
    const other = entry('b', 1, 3, patch(itemTable, 'i', { title: 't' }));
    for (const each of [first, second, other]) view.add(each, state);
    view.remove(second, state);
    expect(notesOf(view, 'i')).toBe('1');
    view.remove(first, state);
    expect(shown(itemTable, view.cells(itemTable, 'i'))).toMatchObject({
      notes: 'old',
      count: 0,
      title: 't',
    });
    view.remove(other, state);
    expect(notesOf(view, 'i')).toBe('as committed');
    view.remove(other, state);
  });

  test('goes over the committed row anew when that changed', () => {
    const view = new TentativeView();
    view.add(
      entry('a', 1, 1, patch(itemTable, 'i', { notes: 'n' })),
      stateWith({ i: { count: 1 } }),
    );
    view.recompute(itemTable, 'i', stateWith({ i: { count: 2 } }));
    expect(shown(itemTable, view.cells(itemTable, 'i'))).toMatchObject({ notes: 'n', count: 2 });
    view.recompute(itemTable, 'other', stateWith({}));
    view.recompute(noteTable, 'i', stateWith({}));
    view.recomputeAll(stateWith({ i: { count: 3 } }));
    expect(shown(itemTable, view.cells(itemTable, 'i'))).toMatchObject({ notes: 'n', count: 3 });
  });

  test('lies over a table for queries', () => {
    const view = new TentativeView();
    const changes = [patch(itemTable, 'i', { notes: 'n' }), remove(itemTable, 'j')];
    view.add(entry('a', 1, 1, ...changes), stateWith({ i: {}, j: {}, k: {} }));
    const overlay = view.overlay(itemTable);
    const i = view.cells(itemTable, 'i');
    expect([overlay.get('i'), overlay.get('j'), overlay.get('k')]).toEqual([i, null, undefined]);
    expect([...overlay.entries()]).toEqual([
      ['i', i],
      ['j', null],
    ]);
    expect([...view.overlay(noteTable).entries()]).toEqual([]);
    expect(view.overlay(noteTable).get('i')).toBeUndefined();
  });

  test('knows a writer’s newest transaction on a row', () => {
    const state = stateWith({});
    const view = new TentativeView();
    for (const counter of [1, 2]) view.add(entry('a', counter, 1, put(itemTable, 'i', {})), state);
    view.add(entry('b', 7, 1, put(itemTable, 'i', {})), state);
    const last = (key: string, replica: string) => view.lastCounter(itemTable, key, replica);
    expect([last('i', 'a'), last('i', 'b'), last('i', 'c'), last('j', 'a')]).toEqual([2, 7, 0, 0]);
    expect(view.lastCounter(noteTable, 'i', 'a')).toBe(0);
  });

  test('tells a row as it is committed and after each change', () => {
    const state = stateWith({ i: { notes: 'old' } });
    const view = new TentativeView();
    view.add(
      entry('a', 1, 1, patch(itemTable, 'i', { notes: 'n' }), remove(itemTable, 'i')),
      state,
    );
    const notes = view
      .versions(itemTable, 'i', state)
      .map((cells) => shown(itemTable, cells)?.notes);
    expect(notes).toEqual(['old', 'n', undefined]);
    expect(view.versions(itemTable, 'none', state)).toEqual([undefined]);
  });
});
