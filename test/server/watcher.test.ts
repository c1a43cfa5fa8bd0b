import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Commit, RowEffect } from '../../src/change/commit.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Readable } from '../../src/server/readable-rows.ts';
import { type WatchBatch, Watcher } from '../../src/server/watcher.ts';
import { fieldSchema } from '../support/test-server.ts';

const schema = createSchema(fieldSchema);
const table = schema.tableByName.get('test.v1.Station')!;
const name = table.columnByName.get('name')!.index;
const startsWithA = { column: name, op: 'starts-with', cells: ['a'] } as const;

/** A home's state that edits are committed to, one each. */
class Stations {
  readonly state = new CommittedState(schema, 'home');

  put(id: string, text: string): Commit {
    const { columns } = this.state.table(table);
    const slot = columns.slotOf(id);
    const kind = slot >= 0 && columns.isLive(slot) ? 'update' : 'insert';
    const number = slot < 0 ? columns.slotEnd : slot;
    return this.commit({ kind, table, key: id, number, mask: table.allColumns, cells: [id, text] });
  }

  delete(id: string): Commit {
    const number = this.state.table(table).columns.slotOf(id);
    const mask = new Uint32Array(table.allColumns.length);
    return this.commit({ kind: 'delete', table, key: id, number, mask, cells: [] });
  }

  isLive(id: string): boolean {
    const { columns } = this.state.table(table);
    const slot = columns.slotOf(id);
    return slot >= 0 && columns.isLive(slot);
  }

  private commit(effect: RowEffect): Commit {
    const seq = this.state.head + 1;
    const commit = { seq, atMs: 1, stamp: seq, replica: 'r', counter: seq, effects: [effect] };
    this.state.apply(commit);
    return commit;
  }
}

function watcherOf({ state }: Stations, shows?: Readable): Watcher {
  return new Watcher({ state, table, filter: startsWithA, shows, rowsMax: 2, bytesMax: 1_000 });
}

describe('a watcher', () => {
  it('tells at the end just the rows that match, whatever happens while it is read', () => {
    const edits = fc.array(
      fc.record({
        id: fc.constantFrom('1', '2', '3', '4', '5', '6'),
        edit: fc.constantFrom('apple', 'avocado', 'banana', 'delete'),
        reads: fc.nat(2),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(edits, fc.nat(6), (steps, existing) => {
        const stations = new Stations();
        for (let id = 1; id <= existing; id++) stations.put(String(id), id % 2 === 0 ? 'a' : 'b');
        const watcher = watcherOf(stations);
        const held = new Set<string>();
        const take = (batch: WatchBatch | undefined) => {
          for (const { key, row } of batch?.rows ?? []) {
            if (row === undefined) held.delete(key);
            else held.add(key);
          }
          return batch !== undefined;
        };
        for (const { id, edit, reads } of steps) {
          if (edit !== 'delete') watcher.note([stations.put(id, edit)]);
          else if (stations.isLive(id)) watcher.note([stations.delete(id)]);
          for (let read = 0; read < reads; read++) take(watcher.next());
        }
        while (take(watcher.next()));
        const matching = ['1', '2', '3', '4', '5', '6'].filter((id) => {
          const { columns } = stations.state.table(table);
          return (
            stations.isLive(id) && String(columns.cell(columns.slotOf(id), name)).startsWith('a')
          );
        });
        expect([...held].sort()).toEqual(matching);
      }),
      { numRuns: 200 },
    );
  });

  it('[I7] tells nothing of rows that its reader may not see, and of one that becomes such that it is gone', () => {
    const stations = new Stations();
    for (const id of ['1', '2', '3', '4']) stations.put(id, 'a');
    const hidden = new Set(['1', '3']);
    const { columns } = stations.state.table(table);
    const watcher = watcherOf(stations, (slot) => !hidden.has(columns.keyOf(slot)));
    const told = () => watcher.next()?.rows.map(({ key, row }) => [key, row !== undefined]);
    expect(told()).toEqual([
      ['2', true],
      ['4', true],
    ]);
    hidden.add('2');
    hidden.delete('3');
    watcher.note(['1', '2', '3'].map((id) => stations.put(id, 'ab')));
    watcher.note([stations.delete('1')]);
    expect(told()).toEqual([
      ['2', false],
      ['3', true],
    ]);
    expect(told()).toBeUndefined();
  });

  it('ends a batch with the row that reaches its bytes, at first and of changes, and leaves none out', () => {
    const stations = new Stations();
    const ids = ['1', '2', '3', '4', '5'];
    for (const id of ids) stations.put(id, `a${'x'.repeat(600)}`);
    const { state } = stations;
    const shape = { state, table, filter: startsWithA, shows: undefined };
    const watcher = new Watcher({ ...shape, rowsMax: 100, bytesMax: 1_000 });
    const batches = () =>
      Array.from({ length: 3 }, () => watcher.next()?.rows.map(({ key }) => key));
    expect(batches()).toEqual([['1', '2'], ['3', '4'], ['5']]);
    watcher.note(ids.map((id) => stations.put(id, `a${'y'.repeat(600)}`)));
    expect(batches()).toEqual([['1', '2'], ['3', '4'], ['5']]);
    expect(watcher.next()).toBeUndefined();
  });

  it('says when the first rows are complete', () => {
    const stations = new Stations();
    for (const id of ['1', '2', '3']) stations.put(id, 'a');
    const watcher = watcherOf(stations);
    expect([watcher.next()?.live, watcher.next()?.live]).toEqual([false, true]);
    expect(watcher.next()).toBeUndefined();
  });
});
