/** The rows as a program without a database has them: objects in a Map, each with its bookkeeping. */
import { serveParent } from '../support/child.ts';
import { growth, type MemoryUse, settledMemory, touchYoungGeneration } from '../support/memory.ts';
import { editOf, recordAt, type SiteRecord } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { type EngineSide, freshKeys, type RowsOptions, timedInSlices, writers } from './side.ts';

/** The fields of a short record and who changed it last, when. No list per scope and no digest, unlike SyncDB. */
type MapRow = {
  -readonly [Name in keyof Omit<SiteRecord, 'title' | 'notes'>]: SiteRecord[Name];
} & { version: number; stamp: number; writer: string };

type Rows = Map<string, MapRow>;

let rows: Rows;
let before: MemoryUse;
let seq = 0;
let options: RowsOptions;

function insert(target: Rows, index: number): void {
  const { title: _title, notes: _notes, ...record } = recordAt(index, { short: true });
  const row = { ...record, version: 0, stamp: 0, writer: '' };
  mark(row, index);
  target.set(row.id, row);
}

function mark(row: MapRow, index: number): void {
  seq++;
  row.version = seq;
  row.stamp = (1_767_225_600_000 + seq * 7) * 1024;
  row.writer = writers[index % writers.length]!;
}

const side: EngineSide = {
  build: async (wanted) => {
    options = wanted;
    const warm: Rows = new Map();
    for (let index = 0; index < wanted.warmUp; index++) insert(warm, index);
    rows = new Map();
    touchYoungGeneration();
    before = await settledMemory();
    const startedMs = performance.now();
    for (let index = 0; index < wanted.count; index++) insert(rows, index);
    const seconds = (performance.now() - startedMs) / 1_000;
    const grown = growth(before, await settledMemory());
    // What warmed up stays until here: room that it gave back would be taken for nothing.
    verify(warm.size === wanted.warmUp, 'the warm-up is gone');
    return { ...grown, seconds, estimate: 0 };
  },

  count: ({ status, above }) => {
    const startedMs = performance.now();
    let count = 0;
    for (const row of rows.values()) {
      if (row.status === status && row.temperature > above) count++;
    }
    return { count, ms: performance.now() - startedMs };
  },

  read: ({ round, reads }) => {
    const keys = freshKeys(round, reads, options.count);
    let found = 0;
    const startedMs = performance.now();
    for (const key of keys) {
      const row = rows.get(key);
      if (row !== undefined && row.priority > 0) found++;
    }
    const ms = performance.now() - startedMs;
    verify(found === keys.length, `${keys.length - found} rows were not found`);
    return ms;
  },

  write: ({ round, writes }) =>
    timedInSlices(round, writes, options.count, (keys, random) => {
      const edits = keys.map((key) => {
        const row = rows.get(key);
        verify(row !== undefined, `row ${key} is missing`);
        return { key, edit: editOf({ ...row, title: '', notes: '' }, random) };
      });
      return () => {
        for (const [index, { key, edit }] of edits.entries()) {
          const row = rows.get(key)!;
          Object.assign(row, edit);
          mark(row, index);
        }
      };
    }),

  verify: () => {
    verify(rows.size === options.count, `there are ${rows.size} rows`);
    for (let index = 0; index < options.count; index++) {
      const record = recordAt(index, { short: true });
      const row = rows.get(record.id);
      verify(row?.latitude === record.latitude, `row ${index} is not what was put in`);
    }
  },

  memory: async () => ({ ...growth(before, await settledMemory()), estimate: 0 }),
};

serveParent(side);
