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

/** A view over a committed state with these items. */
function viewOver(items: Readonly<Record<string, Values>>): TentativeView {
  const state = stateWith(items);
  return new TentativeView(() => state);
}

const notesOf = (view: TentativeView, key: string) =>
  view.has(itemTable, key) ? shown(itemTable, view.cells(itemTable, key))?.notes : 'as committed';

describe('the tentative view', () => {
  test('[I5] shows a change over the committed row at once', () => {
    const view = viewOver({ i: { notes: 'old', count: 1 } });
    view.add(entry('a', 1, 1, patch(itemTable, 'i', { notes: 'new' }), put(itemTable, 'j', {})));
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
    const view = viewOver({ i: { notes: 'old', due: 'd' } });
    view.add(entry('a', 1, 1, change));
    const row = shown(itemTable, view.cells(itemTable, 'i'));
    if (expected === undefined) expect(row).toBeUndefined();
    else expect(row).toMatchObject(expected);
  });

  test('a patch of a row that is not there makes none', () => {
    const view = viewOver({});
    view.add(entry('a', 1, 1, patch(itemTable, 'i', { notes: 'n' })));
    expect([view.has(itemTable, 'i'), view.cells(itemTable, 'i')]).toEqual([true, undefined]);
  });

  test('applies changes of many writers in their order, whenever they come', () => {
    const view = viewOver({ i: {} });
    view.add(entry('b', 1, 9, patch(itemTable, 'i', { notes: 'last' })));
    expect(notesOf(view, 'i')).toBe('last');
    view.add(entry('a', 1, 5, patch(itemTable, 'i', { notes: 'first', title: 't' })));
    expect(shown(itemTable, view.cells(itemTable, 'i'))).toMatchObject({
      notes: 'last',
      title: 't',
    });
    const twice = [patch(itemTable, 'i', { notes: '1' }), patch(itemTable, 'i', { notes: '2' })];
    view.add(entry('c', 1, 10, ...twice));
    expect(notesOf(view, 'i')).toBe('2');
  });

  test('takes a transaction out again, and shows what is below', () => {
    const view = viewOver({ i: { notes: 'old' } });
    const first = entry(
      'a',
      1,
      1,
      patch(itemTable, 'i', { notes: '1' }),
      patch(itemTable, 'i', { count: 1 }),
    );
    const second = entry('a', 2, 2, patch(itemTable, 'i', { notes: '2' }));
    const other = entry('b', 1, 3, patch(itemTable, 'i', { title: 't' }));
    for (const each of [first, second, other]) view.add(each);
    view.remove([second]);
    expect(notesOf(view, 'i')).toBe('1');
    view.remove([first]);
    expect(shown(itemTable, view.cells(itemTable, 'i'))).toMatchObject({
      notes: 'old',
      count: 0,
      title: 't',
    });
    view.remove([other]);
    expect(notesOf(view, 'i')).toBe('as committed');
    view.remove([other]);
    for (const each of [first, second, other]) view.add(each);
    view.remove([first, other]);
    expect(notesOf(view, 'i')).toBe('2');
  });

  test('goes over the committed row anew when that changed', () => {
    let state = stateWith({ i: { count: 1 } });
    const view = new TentativeView(() => state);
    const row = () => shown(itemTable, view.cells(itemTable, 'i'));
    view.add(entry('a', 1, 1, patch(itemTable, 'i', { notes: 'n' })));
    expect(row()).toMatchObject({ notes: 'n', count: 1 });
    state = stateWith({ i: { count: 2 } });
    view.recompute(itemTable, 'i');
    expect(row()).toMatchObject({ notes: 'n', count: 2 });
    view.recompute(itemTable, 'other');
    view.recompute(noteTable, 'i');
    state = stateWith({ i: { count: 3 } });
    view.recomputeAll();
    expect(row()).toMatchObject({ notes: 'n', count: 3 });
  });

  test('lies over a table for queries', () => {
    const view = viewOver({ i: {}, j: {}, k: {} });
    const changes = [patch(itemTable, 'i', { notes: 'n' }), remove(itemTable, 'j')];
    view.add(entry('a', 1, 1, ...changes));
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
    const view = viewOver({});
    for (const counter of [1, 2]) view.add(entry('a', counter, 1, put(itemTable, 'i', {})));
    view.add(entry('b', 7, 1, put(itemTable, 'i', {})));
    const last = (key: string, replica: string) => view.lastCounter(itemTable, key, replica);
    expect([last('i', 'a'), last('i', 'b'), last('i', 'c'), last('j', 'a')]).toEqual([2, 7, 0, 0]);
    expect(view.lastCounter(noteTable, 'i', 'a')).toBe(0);
  });

  test('tells a row as it is committed and after each change', () => {
    const state = stateWith({ i: { notes: 'old' } });
    const view = new TentativeView(() => state);
    view.add(entry('a', 1, 1, patch(itemTable, 'i', { notes: 'n' }), remove(itemTable, 'i')));
    const notes = view
      .versions(itemTable, 'i', state)
      .map((cells) => shown(itemTable, cells)?.notes);
    expect(notes).toEqual(['old', 'n', undefined]);
    expect(view.versions(itemTable, 'none', state)).toEqual([undefined]);
  });

  test('reads a row once for all changes that came since it was shown, in whichever order', () => {
    const state = stateWith({ i: {} });
    let reads = 0;
    const view = new TentativeView(() => {
      reads++;
      return state;
    });
    const entries = Array.from({ length: 1000 }, (_, index) =>
      entry('a', index + 1, index + 1, patch(itemTable, 'i', { notes: `${index + 1}` })),
    );
    for (const each of entries.toReversed()) view.add(each);
    expect([notesOf(view, 'i'), notesOf(view, 'i'), reads]).toEqual(['1000', '1000', 1]);
    // What comes last goes on top.
    view.add(entry('b', 1, 2000, patch(itemTable, 'i', { notes: 'b' })));
    expect([notesOf(view, 'i'), reads]).toEqual(['b', 1]);
    view.remove(entries.slice(1));
    expect([view.lastStamp(itemTable, 'i'), view.lastCounter(itemTable, 'i', 'a')]).toEqual([
      2000, 1,
    ]);
    expect([notesOf(view, 'i'), reads]).toEqual(['b', 2]);
  });
});
