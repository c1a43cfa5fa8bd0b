import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { type Batch, CatchUp } from '../../src/session/catch-up.ts';
import { groupAt } from '../../src/session/cursor.ts';
import type { SharedBlock } from '../../src/session/shared-blocks.ts';
import type { Served } from '../../src/session/subscription.ts';
import { deleteEdit, newsTable, patchEdit, putEdit, taskTable } from '../support/sim-schema.ts';
import { TestHome } from './support/hosts.ts';

/** Who begins with nothing, as replica `p`, and holds this. */
function begin(home: TestHome, scopes: string[] = ['site/a'], form = 'columns'): CatchUp {
  const served: Served = { scopes: ['', '$replica/p', ...scopes], tables: [] };
  const groups = [groupAt(0, served.scopes, [])];
  return new CatchUp(home.source, served, { groups, check: 0, progress: undefined }, form);
}

function drained(catchUp: CatchUp, bytesMax?: number): Batch[] {
  const batches: Batch[] = [];
  for (let next = catchUp.next(bytesMax); next !== undefined; next = catchUp.next(bytesMax)) {
    batches.push(next);
  }
  return batches;
}

const blocksOf = (batches: readonly Batch[]) => batches.flatMap(({ block }) => block ?? []);

function homeWith(count: number, limits = {}): TestHome {
  const home = new TestHome({ deltaRowsMax: 2, ...limits });
  for (let row = 0; row < count; row++)
    home.write('d', putEdit(taskTable, `t${row}`, { site: 'a' }));
  return home;
}

describe('blocks of a first sync', () => {
  test('are made once for all who hold the same, and the last rows are not part of any', () => {
    const home = homeWith(5);
    const first = drained(begin(home));
    expect(first.map(({ deltas }) => deltas.length)).toEqual([2, 2, 1]);
    const made = blocksOf(first);
    expect(made.map(({ rowCount }) => rowCount)).toEqual([2, 2]);
    const second = drained(begin(home));
    expect(second.map(({ deltas }) => deltas.length)).toEqual([0, 0, 1]);
    expect(blocksOf(second)).toEqual(made);
    expect(second.map(({ cursor, progress, boundary }) => [cursor, progress, boundary])).toEqual(
      first.map(({ cursor, progress, boundary }) => [cursor, progress, boundary]),
    );
  });

  test('[I7] are not for who holds other scopes, or is sent another form', () => {
    const home = homeWith(4);
    const made = blocksOf(drained(begin(home)));
    expect(made).toHaveLength(1);
    for (const other of [begin(home, ['site/a', 'site/b']), begin(home, ['site/a'], 'rows')]) {
      expect(blocksOf(drained(other)).filter((block) => made.includes(block))).toEqual([]);
    }
    expect(blocksOf(drained(begin(home, ['site/b'])))).toEqual([]);
  });

  test('[I7] are not for a replica that has rows of its own', () => {
    const home = homeWith(4);
    drained(begin(home));
    home.write('p', patchEdit(taskTable, 'none', { site: 'a' }));
    const batches = drained(begin(home));
    expect(blocksOf(batches)).toEqual([]);
    expect(batches.flatMap(({ deltas }) => deltas).map(({ table }) => table)).toContain(
      'syncdb.v1.Outcome',
    );
  });

  test('begin where the one before ended, and are found again behind smaller ones', () => {
    const home = homeWith(7, { deltaRowsMax: 3 });
    const made = blocksOf(drained(begin(home)));
    expect(made.map(({ rowCount }) => rowCount)).toEqual([3, 3]);
    const slow = begin(home);
    expect(slow.next(1)).toMatchObject({ deltas: [{ kind: 'full' }], block: undefined });
    expect(slow.next()).toMatchObject({ deltas: [{}, {}], block: undefined });
    expect(slow.next()).toMatchObject({ deltas: [], block: made[1] });
  });

  test.each<[string, (home: TestHome) => void]>([
    ['deleted', (home) => home.write('d', deleteEdit(taskTable, 't0'))],
    ['in another scope', (home) => home.write('d', patchEdit(taskTable, 't0', { site: 'b' }))],
  ])('[I4][I7] go as soon as a row of theirs is %s', (_what, change) => {
    const home = homeWith(5);
    const [first, other] = blocksOf(drained(begin(home)));
    change(home);
    const batches = drained(begin(home));
    expect(blocksOf(batches)).not.toContain(first);
    expect(keysOf(batches)).not.toContain('t0');
    home.write('d', patchEdit(taskTable, 't2', { title: 'x' }));
    expect(other).toBeDefined();
  });

  test('stay while few of their rows have changed: these come again behind', () => {
    const home = homeWith(9, { deltaRowsMax: 4 });
    const [first] = blocksOf(drained(begin(home)));
    home.write('d', patchEdit(taskTable, 't0', { title: 'new' }));
    const batches = drained(begin(home));
    expect(blocksOf(batches)[0]).toBe(first);
    expect(keysOf(batches)).toContain('t0');
    home.write('d', patchEdit(taskTable, 't1', { title: 'new' }));
    expect(blocksOf(drained(begin(home)))[0]).not.toBe(first);
  });

  test('take no more room than there is: those that were of no use for the longest go', () => {
    const home = homeWith(9, { sharedBlocksBytesMax: 4 * 2 * 24 });
    const { blocks } = home.source;
    const made = blocksOf(drained(begin(home)));
    expect(made).toHaveLength(4);
    expect(blocks.bytes).toBe(4 * 2 * 24);
    begin(home).next();
    blocks.grew(made[3]!, 1);
    expect(blocks.bytes).toBe(3 * 2 * 24 + 1);
    const left = () => made.filter((block) => !isGone(home, block)).length;
    expect([left(), isGone(home, made[1]!), isGone(home, made[0]!)]).toEqual([3, true, false]);
  });

  test('are gone with what they were gathered from', () => {
    const home = homeWith(5);
    const { blocks } = home.source;
    const [first] = blocksOf(drained(begin(home)));
    const other = homeWith(5);
    expect(blocks.find('any', first!.start, other.source.state, new Set())).toBeUndefined();
    expect(blocks.bytes).toBe(0);
    blocks.drop(first!);
    blocks.grew(first!, 100);
    expect(blocks.bytes).toBe(0);
  });
});

test('[I1][I4][I7] whoever is sent blocks of others holds what the source has, whatever is written between', () => {
  const edits = fc.record({
    key: fc.integer({ min: 0, max: 8 }).map((key) => `t${key}`),
    what: fc.constantFrom('a', 'b', 'title', 'gone'),
  });
  const steps = fc.array(
    fc.oneof(
      { weight: 2, arbitrary: fc.array(edits, { minLength: 1, maxLength: 3 }) },
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) },
    ),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 2, max: 4 }), (list, deltaRowsMax) => {
      const home = homeWith(8, { deltaRowsMax });
      const rowsOf = new Map<SharedBlock, readonly RowDelta[]>();
      let catchUp = begin(home);
      let held = new Map<string, number>();
      const take = () => {
        const batch = catchUp.next();
        if (batch === undefined) return;
        const { block, deltas, boundary } = batch;
        if (block && deltas.length > 0) rowsOf.set(block, deltas);
        for (const delta of block ? rowsOf.get(block)! : deltas) apply(held, delta);
        if (boundary === undefined) return;
        expect(held).toEqual(rowsIn(home));
        catchUp = begin(home);
        held = new Map();
      };
      for (const step of list) {
        if (typeof step === 'number') for (let left = step; left > 0; left--) take();
        else for (const { key, what } of step) write(home, key, what);
      }
      for (let left = 20; left > 0; left--) take();
    }),
    { numRuns: 300 },
  );
});

/** A block that is gone takes nothing more. */
function isGone(home: TestHome, block: SharedBlock): boolean {
  const { blocks } = home.source;
  const before = blocks.bytes;
  blocks.grew(block, -1);
  const gone = blocks.bytes === before;
  if (!gone) blocks.grew(block, 1);
  return gone;
}

function write(home: TestHome, key: string, what: string): void {
  if (what === 'gone') home.write('d', deleteEdit(taskTable, key));
  else if (what === 'title') home.write('d', patchEdit(taskTable, key, { title: 'x' }));
  else home.write('d', putEdit(taskTable, key, { site: what }));
}

function apply(held: Map<string, number>, { kind, number, version }: RowDelta): void {
  if (kind === 'deleted' || kind === 'evicted') held.delete(String(number));
  else held.set(String(number), version);
}

/** The rows of site a by their numbers, with their versions. */
function rowsIn(home: TestHome): Map<string, number> {
  const table = home.source.state.table(taskTable);
  const rows = new Map<string, number>();
  for (let slot = 0; slot < table.columns.slotEnd; slot++) {
    if (!table.columns.isLive(slot)) continue;
    const names = home.source.state.scopes.setNames(table.scopeSetOf(slot));
    if (names.includes('site/a')) rows.set(String(table.numberOf(slot)), table.versionOf(slot));
  }
  return rows;
}

function keysOf(batches: readonly Batch[]): string[] {
  return batches.flatMap(({ deltas }) => deltas.map(({ key }) => key));
}

test('news are for all, and their blocks too', () => {
  const home = new TestHome({ deltaRowsMax: 1 });
  home.write('d', putEdit(newsTable, 'n0', {}), putEdit(newsTable, 'n1', {}));
  const made = blocksOf(drained(begin(home)));
  expect(made).toHaveLength(1);
  expect(blocksOf(drained(begin(home)))).toEqual(made);
});
