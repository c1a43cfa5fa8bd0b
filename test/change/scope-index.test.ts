import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  comparePositions,
  type ScanPosition,
  scanAfter,
  scanStart,
} from '../../src/change/posting-list.ts';
import { addDigest, rowDigest } from '../../src/change/row-digest.ts';
import { type RowScopes, ScopeIndex } from '../../src/change/scope-index.ts';
import { TouchLog } from '../../src/change/touch-log.ts';

const names = ['a', 'b', 'c'];

interface NaiveRow {
  readonly table: number;
  readonly slot: number;
  readonly key: string;
  scopes: readonly string[];
  live: boolean;
  version: number;
  inserted: number;
  /** By scope: since when a live row is in it, without a break. */
  entered: Map<string, number>;
  /** By scope that it is in no more: when it left. */
  left: Map<string, number>;
}

/** The index and the same rows in a map. Slots and numbers differ. */
class Twin {
  readonly index: ScopeIndex;
  readonly rows = new Map<string, NaiveRow>();
  seq = 0;

  constructor(history = true) {
    const rowAt = (table: number, slot: number) =>
      [...this.rows.values()].find((row) => row.table === table && row.slot === slot)!;
    this.index = new ScopeIndex(
      {
        numberOf: (_table, slot) => 100 - slot,
        versionOf: (table, slot) => rowAt(table, slot).version,
      },
      history,
      new TouchLog(256),
    );
  }

  /** Writes a row live into these scopes; `undefined` deletes it. Never two writes of one row in one commit. */
  write(table: number, slot: number, scopes: readonly string[] | undefined): void {
    const key = `k${slot}`;
    const name = `${table}/${key}`;
    const row = this.rows.get(name);
    if (row?.version === this.seq) this.seq++;
    if (scopes === undefined && !row?.live) return;
    const after = scopes ?? row!.scopes;
    const before = this.scopesOf(row);
    const next = this.next(row, { table, slot, key }, after, scopes !== undefined);
    this.rows.set(name, next);
    const named = { table, tableName: `t${table}`, slot, key };
    this.index.record(named, before, this.scopesOf(next), row === undefined);
  }

  private next(
    row: NaiveRow | undefined,
    place: { table: number; slot: number; key: string },
    scopes: readonly string[],
    live: boolean,
  ): NaiveRow {
    const { seq } = this;
    const entered = new Map<string, number>();
    const left = new Map(row?.left);
    for (const name of scopes) {
      const since = row?.live ? row.entered.get(name) : undefined;
      if (live) entered.set(name, since ?? seq);
      left.delete(name);
    }
    for (const name of row?.scopes ?? []) {
      if (!scopes.includes(name)) left.set(name, row!.live ? seq : row!.version);
    }
    return { ...place, scopes, live, version: seq, inserted: row?.inserted ?? seq, entered, left };
  }

  private scopesOf(row: NaiveRow | undefined): RowScopes {
    if (row === undefined) return { set: 0, version: 0, live: false };
    return { set: this.index.setOf(row.scopes), version: row.version, live: row.live };
  }

  /** What a scan is to give: for each row the newest thing that these scopes must learn of it. */
  expectedScan(scopes: readonly string[], after: ScanPosition) {
    const changes = [...this.rows.values()].flatMap((row) => {
      const { table, slot } = row;
      const at = (seq: number, left: boolean) => ({ seq, table, slot, number: 100 - slot, left });
      const within = row.scopes.some((name) => scopes.includes(name));
      const seqs = new Set(scopes.flatMap((name) => row.left.get(name) ?? []));
      if (within) seqs.delete(row.version);
      return [
        ...(within ? [at(row.version, false)] : []),
        ...[...seqs].map((seq) => at(seq, true)),
      ];
    });
    return changes.filter((change) => comparePositions(change, after) > 0).sort(comparePositions);
  }

  expectedTotals(scopes: readonly string[], tables: readonly number[]) {
    const sum = { count: 0, high: 0, low: 0 };
    for (const row of this.rows.values()) {
      if (!row.live || !tables.includes(row.table)) continue;
      for (const name of row.scopes) {
        if (!scopes.includes(name)) continue;
        sum.count++;
        addDigest(sum, rowDigest(`t${row.table}`, row.key, row.version), 1);
      }
    }
    return sum;
  }

  idsOf(scopes: readonly string[]): number[] {
    return this.index.matching((name) => scopes.includes(name));
  }
}

const writes = fc.record({
  table: fc.nat({ max: 1 }),
  slot: fc.nat({ max: 4 }),
  scopes: fc.option(fc.subarray(names), { nil: undefined }),
  gap: fc.constantFrom(0, 1, 1),
});

/** Sometimes so many writes that lists are compacted. */
const histories = fc.tuple(
  fc.array(writes, { minLength: 1, maxLength: 60, size: 'max' }),
  fc.constantFrom(1, 1, 1, 40),
);

describe('the scope index', () => {
  test('[P8][I7] tells each choice of scopes what changed in them and what left them, in order and once', () => {
    fc.assert(
      fc.property(histories, fc.subarray(names), fc.nat(), ([history, repeats], scopes, choice) => {
        const twin = new Twin();
        twin.seq = 1;
        for (let round = 0; round < repeats; round++) {
          for (const { table, slot, scopes: into, gap } of history) {
            twin.seq += gap;
            twin.write(table, slot, into);
          }
        }
        const all = twin.expectedScan(scopes, scanStart);
        const some = all[choice % Math.max(1, all.length)] ?? scanStart;
        for (const after of [scanStart, some, scanAfter(Math.floor(twin.seq / 2))]) {
          const found = [...twin.index.scan(twin.idsOf(scopes), after)];
          expect(found).toEqual(twin.expectedScan(scopes, after));
        }
        const ids = twin.idsOf(scopes);
        const upperBound = twin.index.countAfter(ids, 0);
        expect(upperBound).toBeGreaterThanOrEqual(all.length);
        if (repeats > 1) expect(upperBound).toBeLessThanOrEqual(ids.length * (2 * 1024 + 600));
      }),
      { numRuns: 150 },
    );
  });

  test.each([true, false])(
    'keeps counts and digests that a recount agrees with (history: %s)',
    (history) => {
      fc.assert(
        fc.property(histories, fc.subarray(names), fc.subarray([0, 1]), ([all], scopes, tables) => {
          const twin = new Twin(history);
          twin.seq = 1;
          for (const { table, slot, scopes: into, gap } of all) {
            twin.seq += gap;
            twin.write(table, slot, into);
            const totals = twin.index.totals(twin.idsOf(scopes), (index) => tables.includes(index));
            expect(totals).toEqual(twin.expectedTotals(scopes, tables));
            expect(twin.index.everything).toEqual(twin.expectedTotals(names, [0, 1]));
          }
        }),
        { numRuns: 150 },
      );
    },
  );

  test('knows since when a live row is in a scope without a break', () => {
    fc.assert(
      fc.property(histories, ([history]) => {
        const twin = new Twin();
        twin.seq = 1;
        for (const { table, slot, scopes, gap } of history) {
          twin.seq += gap;
          twin.write(table, slot, scopes);
        }
        for (const row of twin.rows.values()) {
          for (const [name, seq] of row.entered) {
            const [id] = twin.idsOf([name]);
            expect(twin.index.enteredAt(id!, row.table, row.slot, row.inserted)).toBe(seq);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('says of a row that moved from one of the scopes to another that it has not left them', () => {
    const twin = new Twin();
    twin.seq = 1;
    twin.write(0, 0, ['a']);
    twin.seq = 2;
    twin.write(0, 0, ['b']);
    const scan = (scopes: string[]) =>
      [...twin.index.scan(twin.idsOf(scopes), scanStart)].map(({ seq, left }) => [seq, left]);
    expect(scan(['a'])).toEqual([[2, true]]);
    expect(scan(['b'])).toEqual([[2, false]]);
    expect(scan(['a', 'b'])).toEqual([[2, false]]);
  });

  test('[I7] says of a deleted row that came back elsewhere only that it left when it was deleted', () => {
    const twin = new Twin();
    for (const scopes of [['a'], undefined, ['b']]) {
      twin.seq++;
      twin.write(0, 0, scopes);
    }
    const scan = (after: number) => [...twin.index.scan(twin.idsOf(['a']), scanAfter(after))];
    expect(scan(1)).toEqual([{ seq: 2, table: 0, slot: 0, number: 100, left: true }]);
    expect(scan(2)).toEqual([]);
  });

  test('gives a set of names one number, in whatever order', () => {
    const { index } = new Twin();
    const set = index.setOf(['b', 'a']);
    expect(index.setOf(['a', 'b'])).toBe(set);
    expect(index.setOf(['a'])).not.toBe(set);
    expect(index.setOf([])).toBe(0);
    expect(index.setMembers(0)).toEqual([]);
    expect(index.setNames(set).sort()).toEqual(['a', 'b']);
    expect(
      index
        .setMembers(set)
        .map((id) => index.nameOf(id))
        .sort(),
    ).toEqual(['a', 'b']);
    expect(index.size).toBe(2);
    expect(['a', 'b', 'c'].map((name) => index.find(name)).sort()).toEqual([0, 1, undefined]);
  });

  test('[P8] still tells of what left, and of what was deleted, when it has dropped what newer entries supersede', () => {
    const twin = new Twin();
    for (const [slot, scopes] of [
      [0, ['a']],
      [1, ['a']],
      [0, ['b']],
      [1, undefined],
      [0, ['b']],
    ] as const) {
      twin.seq++;
      twin.write(0, slot, scopes);
    }
    for (let round = 0; round < 3_000; round++) {
      twin.seq++;
      twin.write(0, 2, ['a']);
    }
    const ids = twin.idsOf(['a']);
    expect(twin.index.countAfter(ids, 0)).toBeLessThan(1_100);
    expect([...twin.index.scan(ids, scanStart)]).toEqual(twin.expectedScan(['a'], scanStart));
    expect(twin.expectedScan(['a'], scanStart).map(({ seq }) => seq)).toEqual([3, 4, 3_005]);
  });

  test('keeps its memory in bounds while rows change for ever', () => {
    const twin = new Twin();
    let most = 0;
    for (let round = 0; round < 5_000; round++) {
      twin.seq++;
      twin.write(0, round % 7, round % 3 === 0 ? ['a'] : ['a', 'b']);
      most = Math.max(most, twin.index.memoryBytes);
    }
    expect(most).toBeLessThan(80_000);
  });

  test('shrunk says the same, with less', () => {
    const twin = new Twin();
    for (let round = 0; round < 900; round++) {
      twin.seq++;
      const scopes = round % 11 === 0 ? undefined : round % 3 === 0 ? ['a'] : ['a', 'b'];
      twin.write(0, round % 70, scopes);
    }
    const before = twin.index.memoryBytes;
    twin.index.shrink();
    expect(twin.index.memoryBytes).toBeLessThan(before / 1.5);
    for (const scopes of [['a'], ['b'], ['a', 'b']]) {
      for (const after of [scanStart, scanAfter(500)]) {
        const found = [...twin.index.scan(twin.idsOf(scopes), after)];
        expect(found).toEqual(twin.expectedScan(scopes, after));
      }
    }
    const shrunk = twin.index.memoryBytes;
    twin.index.shrink();
    expect(twin.index.memoryBytes).toBe(shrunk);
  });

  test('has no scan where it keeps no history', () => {
    const { index } = new Twin(false);
    expect(() => [...index.scan([], scanStart)]).toThrow('serves nobody');
    expect(index.countAfter([], 0)).toBe(0);
  });
});
