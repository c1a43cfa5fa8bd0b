/** The rows in SyncDB's committed state: what a home holds in memory. */
import type { RowEffect } from '../../src/change/commit.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import type { Filter } from '../../src/table/filter.ts';
import { countRows } from '../../src/table/query.ts';
import { serveParent } from '../support/child.ts';
import { growth, type MemoryUse, settledMemory, touchYoungGeneration } from '../support/memory.ts';
import type { Random } from '../support/random.ts';
import {
  cellsOf,
  columnIndex,
  maskOfEdit,
  recordSchema,
  recordTable,
  statusNumbers,
} from '../support/record-table.ts';
import { editOf, recordAt } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { type EngineSide, freshKeys, type RowsOptions, timedInSlices, writers } from './side.ts';

let state: CommittedState;
let before: MemoryUse;
let options: RowsOptions;

const table = () => state.table(recordTable);

function newState(): CommittedState {
  return new CommittedState(recordSchema, 'home');
}

function insert(target: CommittedState, index: number): void {
  const record = recordAt(index, { short: true });
  const effect: RowEffect = {
    kind: 'insert',
    table: recordTable,
    key: record.id,
    number: index,
    mask: recordTable.allColumns,
    cells: cellsOf(record),
  };
  commit(target, effect, index);
}

function updateOf(key: string, random: Random): RowEffect {
  const number = table().columns.slotOf(key);
  const record = recordAt(number, { short: true });
  const edit = editOf(record, random);
  const cells = cellsOf({ ...record, ...edit });
  return { kind: 'update', table: recordTable, key, number, mask: maskOfEdit(edit), cells };
}

/** Every row is a commit of its own: no two rows share a seq, as after edits of many people. */
function commit(target: CommittedState, effect: RowEffect, index: number): void {
  const seq = target.head + 1;
  const atMs = 1_767_225_600_000 + seq * 7;
  const replica = writers[index % writers.length]!;
  target.apply({ seq, atMs, stamp: atMs * 1024, replica, counter: seq, effects: [effect] });
}

const side: EngineSide = {
  build: async (wanted) => {
    options = wanted;
    const warm = newState();
    for (let index = 0; index < wanted.warmUp; index++) insert(warm, index);
    state = newState();
    touchYoungGeneration();
    before = await settledMemory();
    const startedMs = performance.now();
    for (let index = 0; index < wanted.count; index++) insert(state, index);
    const seconds = (performance.now() - startedMs) / 1_000;
    const grown = growth(before, await settledMemory());
    // What warmed up stays until here: room that it gave back would be taken for nothing.
    verify(warm.head === wanted.warmUp, 'the warm-up is gone');
    return { ...grown, seconds, estimate: state.memoryBytes };
  },

  count: ({ status, above }) => {
    const filter: Filter = {
      all: [
        { column: columnIndex('status'), op: 'eq', cells: [statusNumbers[status]] },
        { column: columnIndex('temperature'), op: 'gt', cells: [above] },
      ],
    };
    const startedMs = performance.now();
    const count = countRows({ table: table().columns }, filter);
    return { count, ms: performance.now() - startedMs };
  },

  read: ({ round, reads }) => {
    const keys = freshKeys(round, reads, options.count);
    const { columns } = table();
    let found = 0;
    const startedMs = performance.now();
    for (const key of keys) {
      const slot = columns.slotOf(key);
      if (slot >= 0 && columns.row(slot).length === 13) found++;
    }
    const ms = performance.now() - startedMs;
    verify(found === keys.length, `${keys.length - found} rows were not found`);
    return ms;
  },

  write: ({ round, writes }) =>
    timedInSlices(round, writes, options.count, (keys, random) => {
      const edits = keys.map((key) => updateOf(key, random));
      return () => {
        for (const [index, edit] of edits.entries()) commit(state, edit, index);
      };
    }),

  verify: () => {
    const { columns } = table();
    verify(columns.liveCount === options.count, `there are ${columns.liveCount} rows`);
    for (let index = 0; index < options.count; index++) {
      const record = recordAt(index, { short: true });
      const cells = cellsOf(record);
      const slot = columns.slotOf(record.id);
      verify(slot === index, `row ${index} stands in slot ${slot}`);
      const read = columns.row(slot);
      for (const [at, cell] of cells.entries()) {
        verify(Object.is(read[at], cell), `row ${index}, column ${at}: ${read[at]} is not ${cell}`);
      }
    }
    const all = state.scopes.matching(() => true);
    const { count } = state.scopes.totals(all, () => true);
    verify(all.length === 200 && count === options.count, `${count} rows in ${all.length} scopes`);
  },

  memory: async () => ({
    ...growth(before, await settledMemory()),
    estimate: state.memoryBytes,
  }),
};

serveParent(side);
