import { describe, expect, test } from 'vitest';
import { CommittedState } from '../../src/change/committed-state.ts';
import { rowAfter } from '../../src/change/row-state.ts';
import { PendingState } from '../../src/replica/pending-state.ts';
import { cellsOf, itemTable, modelSchema, noteTable } from '../support/model-schema.ts';

function fresh() {
  const committed = new CommittedState(modelSchema, 'home');
  const pending = new PendingState(committed);
  const write = (seq: number, key: string, notes: string | undefined) => {
    const cells = notes === undefined ? undefined : cellsOf(itemTable, { id: key, notes });
    const rest = { seq, stamp: seq, writer: committed.writers.intern('ann'), cells, scopes: [] };
    const after = rowAfter(itemTable, pending.row(itemTable, key), rest)!;
    return pending.write(itemTable, key, after);
  };
  const commit = (seq: number, ...effects: ReturnType<typeof write>[]) =>
    pending.add({ seq, atMs: 0, stamp: seq, replica: 'ann', counter: seq, effects }, 100);
  return { committed, pending, write, commit };
}

describe('pending commits', () => {
  test('stand over the committed state until they are folded into it, oldest first', () => {
    const { committed, pending, write, commit } = fresh();
    commit(1, write(1, 'i', 'a'));
    commit(2, write(2, 'i', 'b'));
    expect([pending.head, pending.length, committed.head]).toEqual([2, 2, 0]);
    expect(pending.fold()?.seq).toBe(1);
    expect(committed.rowState(itemTable, 'i')?.version).toBe(1);
    expect(pending.row(itemTable, 'i')?.version).toBe(2);
    expect(pending.fold()?.seq).toBe(2);
    expect([pending.head, pending.length, pending.fold()]).toEqual([2, 0, undefined]);
    expect(pending.row(itemTable, 'i')).toEqual(committed.rowState(itemTable, 'i'));
  });

  test('tell the log what they do to each row', () => {
    const { write } = fresh();
    expect(write(1, 'i', 'a')).toMatchObject({
      kind: 'insert',
      number: 0,
      mask: itemTable.allColumns,
    });
    expect(write(2, 'i', 'b')).toMatchObject({
      kind: 'update',
      number: 0,
      mask: Uint32Array.of(4),
    });
    expect(write(3, 'i', undefined)).toEqual({
      kind: 'delete',
      table: itemTable,
      key: 'i',
      number: 0,
      mask: Uint32Array.of(0),
      cells: [],
    });
    expect(write(4, 'i', 'c')).toMatchObject({ kind: 'insert', number: 0 });
  });

  test('number new rows without gaps, also over rows that wait', () => {
    const { pending, write, commit } = fresh();
    commit(1, write(1, 'i', 'a'), write(1, 'j', 'a'));
    commit(2, write(2, 'k', 'a'));
    pending.fold();
    expect(write(3, 'l', 'a').number).toBe(3);
    commit(3);
    pending.fold();
    pending.fold();
    expect(pending.row(noteTable, 'n')).toBeUndefined();
  });

  test('that are dropped leave no rows and no numbers behind', () => {
    const { pending, write, commit } = fresh();
    commit(1, write(1, 'i', 'a'));
    pending.clear();
    expect([pending.head, pending.length, pending.row(itemTable, 'i')]).toEqual([0, 0, undefined]);
    expect(write(1, 'j', 'a').number).toBe(0);
  });
});
