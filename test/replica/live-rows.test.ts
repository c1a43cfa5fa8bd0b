import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveRows } from '../../src/replica/live-rows.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { type LiveRow, RowChanges } from '../../src/replica/row-changes.ts';
import { everything, type Filter } from '../../src/table/filter.ts';
import { type Query, runQuery } from '../../src/table/query.ts';
import { sync } from '../session/support/conversation.ts';
import { TestHome, testReplica } from '../session/support/hosts.ts';
import { deleteEdit, type Edit, newsTable, patchEdit, putEdit } from '../support/sim-schema.ts';

const [, text, likes] = newsTable.columns.map(({ index }) => index);

/** A replica, and the keys that its view says have changed since they were taken. */
function watched() {
  const replica = testReplica('ann');
  let keys = new Set<string>();
  let isAny = false;
  replica.view.watcher = {
    row: (table, key) => void (table === newsTable && keys.add(key)),
    all: () => {
      isAny = true;
    },
  };
  const take = () => {
    const taken = isAny ? ('any' as const) : keys;
    keys = new Set();
    isAny = false;
    return taken;
  };
  return { replica, take };
}

function follow(live: LiveRows, keys: ReadonlySet<string> | 'any'): RowChanges {
  const changes = new RowChanges();
  if (keys === 'any') live.refresh(changes);
  else live.update(keys, changes);
  return changes;
}

/** The keys of the rows that a query finds, and whether each waits to be synced. */
function truth(replica: Replica, query: Query): [string, boolean][] {
  const { hits } = runQuery(replica.rows(newsTable), { ...query, withCells: true });
  return hits.map(({ key }) => [key, replica.row(newsTable, key)!.pending]);
}

const names = (rows: readonly LiveRow[]) => rows.map(({ key, pending }) => [key, pending]);

const keys = fc.constantFrom(...'abcdefghij');
const values = fc.record({ text: fc.constantFrom('x', 'y', ''), likes: fc.nat(3) });
const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(keys, values).map(([key, row]) => putEdit(newsTable, key, row)),
  fc.tuple(keys, values).map(([key, { likes: count }]) => {
    return patchEdit(newsTable, key, { likes: count });
  }),
  keys.map((key) => deleteEdit(newsTable, key)),
);
interface Step {
  readonly who: 'here' | 'elsewhere' | 'sync' | 'anew';
  readonly edit: Edit;
}

const steps = fc.array<Step>(
  fc.record({ who: fc.constantFrom('here', 'elsewhere', 'sync', 'anew'), edit: edits }),
  { minLength: 1, maxLength: 40 },
);
const filters: fc.Arbitrary<Filter> = fc.constantFrom<Filter>(
  everything,
  { column: likes!, op: 'gt', cells: [0] },
  { not: { column: text!, op: 'eq', cells: ['x'] } },
);
const orders = fc.constantFrom(
  [],
  [{ column: likes!, descending: true }],
  [
    { column: text!, descending: false },
    { column: likes!, descending: false },
  ],
);
const queries = fc
  .record({ filter: filters, orderBy: orders, limit: fc.option(fc.integer({ min: 1, max: 6 })) })
  .chain((query) => {
    const place = {
      cells: query.orderBy.map(({ column }) => (column === text ? 'x' : 1)),
      key: 'c',
    };
    const after = fc.constantFrom(undefined, place);
    return after.map((from): Query => ({ ...query, limit: query.limit ?? undefined, after: from }));
  });

/** Of two rows the one behind the limit goes, of which nothing is known there. */
const lastBehindGoes: [Step[], Query, number, number] = [
  [
    { who: 'here', edit: putEdit(newsTable, 'a', {}) },
    { who: 'here', edit: putEdit(newsTable, 'b', {}) },
    { who: 'here', edit: deleteEdit(newsTable, 'b') },
  ],
  { filter: everything, orderBy: [], limit: 1 },
  1,
  0,
];

test('[I5] whatever is written, synced or sent anew, it has the rows that the query finds, and tells what changed', () => {
  fc.assert(
    fc.property(
      steps,
      queries,
      fc.integer({ min: 1, max: 4 }),
      fc.nat(3),
      (list, query, every, spare) => {
        const home = new TestHome();
        const { replica, take } = watched();
        const live = new LiveRows(replica, newsTable, query, spare);
        const told = new Map<string, LiveRow>();
        for (const [index, { who, edit }] of list.entries()) {
          if (who === 'here') replica.write([edit], 1_700_000_000_000 + index);
          else if (who === 'elsewhere') home.write('bob', edit);
          else {
            if (who === 'anew') replica.restart();
            sync(replica, home);
          }
          if (index % every > 0) continue;
          const changes = follow(live, index === 0 ? 'any' : take());
          for (const { before, after } of changes.all()) {
            expect(told.get((before ?? after)!.key)).toBe(before);
            if (after === undefined) told.delete(before!.key);
            else told.set(after.key, after);
          }
          expect(names(live.rows)).toEqual(truth(replica, query));
          expect(new Set(told.values())).toEqual(new Set(live.rows));
          const { next } = runQuery(replica.rows(newsTable), query);
          expect(live.next).toEqual(next);
        }
      },
    ),
    { numRuns: 300, examples: [lastBehindGoes] },
  );
});

test('a row that is touched, and as it was, is the same object', () => {
  const { replica, take } = watched();
  replica.write([putEdit(newsTable, 'a', { text: 'x' })], 1);
  const live = new LiveRows(replica, newsTable, { filter: everything, orderBy: [] });
  follow(live, 'any');
  const [row] = live.rows;
  take();
  replica.write([patchEdit(newsTable, 'a', { text: 'x' })], 2);
  const keysTouched = take();
  expect(keysTouched).toEqual(new Set(['a']));
  expect(follow(live, keysTouched).size).toBe(0);
  expect(live.rows[0]).toBe(row);
});

test('asks the table anew only when the rows behind the limit are used up', () => {
  const { replica, take } = watched();
  for (let count = 0; count < 200; count++) {
    replica.write([putEdit(newsTable, String(count).padStart(3, '0'), {})], count + 1);
  }
  const live = new LiveRows(replica, newsTable, { filter: everything, orderBy: [], limit: 10 });
  follow(live, 'any');
  let asked = 0;
  const { rows } = replica;
  replica.rows = (table) => {
    asked++;
    return rows.call(replica, table);
  };
  for (let count = 0; count < 63; count++) {
    replica.write([deleteEdit(newsTable, String(count).padStart(3, '0'))], 1_000 + count);
    follow(live, take());
  }
  expect([asked, live.rows[0]!.key, live.rows.length]).toEqual([0, '063', 10]);
  replica.write([deleteEdit(newsTable, '063')], 2_000);
  follow(live, take());
  expect([asked, live.rows[0]!.key, live.rows.length]).toEqual([1, '064', 10]);
});
