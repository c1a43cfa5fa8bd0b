import { describe, expect, test } from 'vitest';
import { maskIndexes, maskOf } from '../../src/base/mask.ts';
import { TableState } from '../../src/change/table-state.ts';
import { cellsOf, noteTable } from '../support/model-schema.ts';

const note = (id: string) => cellsOf(noteTable, { id });
const writing = (seq: number) => ({ seq, stamp: seq * 10, writer: seq + 100 });
const columns = (indexes: number[]) => maskOf(noteTable.columns.length, indexes);

describe('the table of a home', () => {
  test('has row numbers for slots', () => {
    const state = new TableState(noteTable, true);
    const slot = state.columns.add('a', note('a'));
    state.setNumber(slot, 0);
    expect([state.numberOf(slot), state.slotOfNumber(0), state.slotOfNumber(1)]).toEqual([
      0, 0, -1,
    ]);
  });

  test('counts the rows that are deleted', () => {
    const state = new TableState(noteTable, true);
    for (const key of ['a', 'b', 'c']) state.columns.add(key, note(key));
    state.columns.bury(1);
    expect(state.tombstoneCount).toBe(1);
  });
});

describe('the table of a replica', () => {
  test('finds the slots of the home’s numbers, and forgets those it lets go', () => {
    const state = new TableState(noteTable, false);
    for (const [key, number] of [
      ['a', 500],
      ['b', 7],
    ] as const) {
      state.setNumber(state.columns.add(key, note(key)), number);
    }
    state.markInserted(0, writing(3));
    state.markChanged(0, writing(4), columns([1]));
    state.setScopeSet(0, 5);
    state.release(0);
    expect([500, 7, 0].map((number) => state.slotOfNumber(number))).toEqual([-1, 1, -1]);
    expect([state.versionOf(0), state.scopeSetOf(0), state.changes.hasChain(0)]).toEqual([
      0,
      0,
      false,
    ]);
    const slot = state.columns.add('c', note('c'));
    state.setNumber(slot, 8);
    state.markInserted(slot, writing(9));
    expect([slot, state.slotOfNumber(8), state.numberOf(slot), state.scopeSetOf(slot)]).toEqual([
      0, 0, 8, 0,
    ]);
    expect(state.insertedAt(slot)).toBe(9);
  });
});

describe('the bookkeeping of a row', () => {
  const state = new TableState(noteTable, true);
  const slot = state.columns.add('a', note('a'));
  const since = (seq: number) => maskIndexes(state.changedSince(slot, seq));

  test('[P4] of an insertion needs no entry of its own', () => {
    state.markInserted(slot, writing(2));
    expect(state.changes.hasChain(slot)).toBe(false);
    expect([since(1), since(2)]).toEqual([[0, 1, 2], []]);
    expect([state.versionOf(slot), state.stampOf(slot), state.writerOf(slot)]).toEqual([
      2, 20, 102,
    ]);
    expect(state.entriesOf(slot)).toEqual([{ ...writing(2), mask: noteTable.allColumns }]);
    expect(state.insertedAt(slot)).toBe(2);
  });

  test('[P4] of changes tells which columns changed since when', () => {
    state.markChanged(slot, writing(4), columns([1]));
    state.markChanged(slot, writing(6), columns([2]));
    expect([since(1), since(2), since(4), since(6)]).toEqual([[0, 1, 2], [1, 2], [2], []]);
    expect([state.versionOf(slot), state.stampOf(slot), state.writerOf(slot)]).toEqual([
      6, 60, 106,
    ]);
    expect(state.insertedAt(slot)).toBe(2);
  });

  test('of a deletion and a return remembers the first insertion', () => {
    state.markRewritten(slot, writing(8));
    state.markRewritten(slot, writing(9));
    expect([since(8), since(9), state.insertedAt(slot)]).toEqual([[0, 1, 2], [], 2]);
  });

  test('has its memory counted', () => {
    expect(state.memoryBytes).toBeGreaterThan(state.columns.memoryBytes);
  });
});
