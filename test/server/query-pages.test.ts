import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowEffect } from '../../src/change/commit.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { Caches } from '../../src/replica/caches.ts';
import { createSchema } from '../../src/schema/schema.ts';
import {
  type QueryPage,
  type QueryPagesOptions,
  queryPages,
} from '../../src/server/query-pages.ts';
import { rowAt } from '../../src/server/state-rows.ts';
import { everything } from '../../src/table/filter.ts';
import type { Query } from '../../src/table/query.ts';
import { fieldSchema } from '../support/test-server.ts';

const schema = createSchema(fieldSchema);
const table = schema.tableByName.get('test.v1.Station')!;
const name = table.columnByName.get('name')!.index;
const startsWithA = { column: name, op: 'starts-with', cells: ['a'] } as const;
const byName = [{ column: name, descending: false }];

/** A home's rows, with keys of which the first come before all others. */
class Stations {
  readonly state = new CommittedState(schema, 'home');
  readonly columns = this.state.table(table).columns;

  put(key: string, text: string): void {
    const slot = this.columns.slotOf(key);
    const kind = slot >= 0 && this.columns.isLive(slot) ? 'update' : 'insert';
    const number = slot < 0 ? this.columns.slotEnd : slot;
    this.commit({ kind, table, key, number, mask: table.allColumns, cells: [key, text] });
  }

  delete(key: string): void {
    const number = this.columns.slotOf(key);
    if (number < 0 || !this.columns.isLive(number)) return;
    const mask = new Uint32Array(table.allColumns.length);
    this.commit({ kind: 'delete', table, key, number, mask, cells: [] });
  }

  nameOf(key: string): string | undefined {
    const slot = this.columns.slotOf(key);
    return slot >= 0 && this.columns.isLive(slot)
      ? (this.columns.cell(slot, name) as string)
      : undefined;
  }

  private commit(effect: RowEffect): void {
    const seq = this.state.head + 1;
    this.state.apply({ seq, atMs: 1, stamp: seq, replica: 'r', counter: seq, effects: [effect] });
  }
}

const keyAt = (index: number) => `k${String(index).padStart(3, '0')}`;

function stationsOf(names: readonly string[]): Stations {
  const stations = new Stations();
  for (const [index, text] of names.entries()) stations.put(keyAt(index), text);
  return stations;
}

const all: Query = { filter: everything, orderBy: [] };

function pagesOf(
  { state }: Stations,
  query: Query,
  rest: Partial<QueryPagesOptions> = {},
): AsyncGenerator<QueryPage> {
  const turn = async <T>(step: () => T) => step();
  const sizes = { rowsMax: 3, bytesMax: 1 << 20 };
  return queryPages({
    state,
    table,
    shows: undefined,
    query,
    ...sizes,
    turn,
    caches: new Caches(),
    ...rest,
  });
}

const keysOf = ({ rows }: QueryPage) => rows.map(({ key }) => key);

async function keysOfAll(pages: AsyncIterable<QueryPage>): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of pages) keys.push(...keysOf(page));
  return keys;
}

const names = fc.constantFrom('a', 'ab', 'b', 'ba', 'c');
const stored = fc.array(names, { maxLength: 80, size: 'max' });
const queries = fc.record({
  filter: fc.constantFrom(everything, startsWithA),
  orderBy: fc.constantFrom([], byName),
});

/** The keys that match, in order: the plain way. */
function expected(stations: Stations, keys: Iterable<string>, query: Query): string[] {
  const matching = [...keys].filter((key) => {
    const text = stations.nameOf(key);
    return text !== undefined && (query.filter === everything || text.startsWith('a'));
  });
  const place = (key: string) => (query.orderBy.length > 0 ? stations.nameOf(key)! : '') + key;
  const padded = (key: string) => `${place(key).slice(0, -4).padEnd(3)}${key}`;
  return matching.sort((left, right) => (padded(left) < padded(right) ? -1 : 1));
}

describe('a query by pages', () => {
  it('[I7] leaves out what the caller may not read, also of rows that change meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(stored, queries, async (texts, query) => {
        const stations = stationsOf(texts);
        const isHidden = (slot: number) => slot % 3 === 1;
        const hidden = new Set([...texts.keys()].filter(isHidden));
        const shows = (slot: number) => !hidden.has(slot);
        const readable = [...texts.keys()].filter(shows);
        const wanted = expected(stations, readable.map(keyAt), query);
        expect(await keysOfAll(pagesOf(stations, query, { shows }))).toEqual(wanted);
        // One of them leaves what the caller may read after the first page.
        const keys: string[] = [];
        const last = readable.at(-1);
        for await (const page of pagesOf(stations, query, { shows })) {
          keys.push(...keysOf(page));
          if (last === undefined || hidden.has(last)) continue;
          hidden.add(last);
          stations.put(keyAt(last), texts[last]!);
          if (!keys.includes(keyAt(last))) keys.push('gone');
        }
        const shown = keys.filter((key) => key !== 'gone');
        const isLost = keys.includes('gone');
        const left = wanted.filter((key) => !isLost || key !== keyAt(last!));
        expect(shown).toEqual(left);
      }),
    );
  });

  it('finds all rows that match, in order, in pages of so many rows', async () => {
    await fc.assert(
      fc.asyncProperty(stored, queries, async (texts, query) => {
        const stations = stationsOf(texts);
        const keys: string[] = [];
        for await (const page of pagesOf(stations, query)) {
          expect(page.rows.length).toBeLessThanOrEqual(3);
          expect(page.next === undefined || page.rows.length === 3).toBe(true);
          keys.push(...keysOf(page));
        }
        expect(keys).toEqual(expected(stations, [...texts.keys()].map(keyAt), query));
      }),
    );
  });

  it('[I5] finds what stays as it is once and in order, and the rest as it is then, while others write', async () => {
    const edits = fc.array(
      fc.record({ row: fc.nat({ max: 90 }), text: fc.option(names, { nil: undefined }) }),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(stored, queries, fc.array(edits, { maxLength: 30 }), async (...args) => {
        const [texts, query, rounds] = args;
        const stations = stationsOf(texts);
        const changed = new Set<string>();
        const write = () => {
          for (const { row, text } of rounds.pop() ?? []) {
            changed.add(keyAt(row));
            if (text === undefined) stations.delete(keyAt(row));
            else stations.put(keyAt(row), text);
          }
        };
        const keys: string[] = [];
        // Others write between pages, and while a page is being put in order.
        const turn = async <T>(step: () => T) => {
          write();
          return step();
        };
        for await (const page of pagesOf(stations, query, { turn })) {
          for (const row of page.rows) {
            const slot = stations.columns.slotOf(row.key);
            expect(row).toEqual(rowAt(stations.state, table, slot));
            expect(expected(stations, [row.key], query), 'it matches').toEqual([row.key]);
          }
          keys.push(...keysOf(page));
          write();
        }
        const kept = keys.filter((key) => !changed.has(key));
        const all = [...texts.keys()].map(keyAt).filter((key) => !changed.has(key));
        expect(kept).toEqual(expected(stations, all, query));
      }),
      { numRuns: 200 },
    );
  });

  it('ends at its limit, from where another goes on', async () => {
    const stations = stationsOf(Array(200).fill('a'));
    for (const limit of [1, 7, 48, 52, 70, 199]) {
      const keys: string[] = [];
      let after: Query['after'];
      do {
        let next: Query['after'];
        let count = 0;
        for await (const page of pagesOf(stations, { ...all, orderBy: byName, limit, after })) {
          keys.push(...keysOf(page));
          count += page.rows.length;
          next = page.next;
        }
        expect(count === limit || next === undefined).toBe(true);
        after = next;
      } while (after !== undefined);
      expect(keys).toEqual(Array.from({ length: 200 }, (_, index) => keyAt(index)));
    }
  });

  it('goes on behind the last row that stayed where it was, not behind one that has moved on', async () => {
    const stations = stationsOf(
      Array.from({ length: 100 }, (_, at) => `n${String(at).padStart(3, '0')}`),
    );
    const query = { ...all, orderBy: byName, limit: 60 };
    let last: QueryPage | undefined;
    let count = 0;
    for await (const page of pagesOf(stations, query)) {
      last = page;
      count += page.rows.length;
      // The row that will be the last one of all, and of which the place is not to be made.
      if (count === 57) stations.put(keyAt(59), 'z');
    }
    expect(keysOf(last!)).toEqual([keyAt(57), keyAt(58), keyAt(59)]);
    expect(last!.next).toEqual({ cells: ['n058'], key: keyAt(58) });
  });

  it('has pages of so many bytes: the row that reaches the bound is the last one', async () => {
    const stations = stationsOf(Array(20).fill('x'.repeat(90)));
    const rowBytes = rowAt(stations.state, table, 0).row!.value.length;
    const sizes = async (bytesMax: number) => {
      const lengths: number[] = [];
      const pages = pagesOf(stations, all, { rowsMax: 10, bytesMax });
      for await (const { rows } of pages) lengths.push(rows.length);
      return lengths;
    };
    expect(await sizes(5 * rowBytes)).toEqual([5, 5, 5, 5]);
    expect(await sizes(5 * rowBytes + 1)).toEqual([6, 6, 6, 2]);
  });

  it('[I13] keeps its order among the caches while it is read, and goes on where that is let go of', async () => {
    const stations = stationsOf(Array.from({ length: 200 }, (_, at) => `n${at % 7}`));
    const caches = new Caches();
    const query = { ...all, orderBy: byName };
    const keys: string[] = [];
    let most = 0;
    for await (const page of pagesOf(stations, query, { caches })) {
      keys.push(...keysOf(page));
      most = Math.max(most, caches.memoryBytes);
      caches.shrink();
    }
    expect(keys).toEqual(
      expected(
        stations,
        Array.from({ length: 200 }, (_, at) => keyAt(at)),
        query,
      ),
    );
    expect(most).toBeGreaterThan(0);
    expect(caches.memoryBytes).toBe(0);

    for await (const { rows } of pagesOf(stations, query, { caches })) {
      if (rows.length > 0 && caches.memoryBytes > 0) break;
    }
    expect(caches.memoryBytes, 'nobody reads on').toBe(0);
  });

  it('lets others have the thread while rows are put in order', async () => {
    const stations = stationsOf(Array(200).fill('a'));
    let turns = 0;
    const turn = async <T>(step: () => T) => {
      turns++;
      return step();
    };
    expect(await keysOfAll(pagesOf(stations, all, { turn }))).toHaveLength(200);
    expect(turns).toBeGreaterThan(0);
    turns = 0;
    expect(await keysOfAll(pagesOf(stations, { ...all, limit: 51 }, { turn }))).toHaveLength(51);
    expect(turns, 'few pages are looked for one by one').toBe(0);
  });
});
