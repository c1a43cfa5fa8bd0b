import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullMask, intersection, maskIndexes, maskIsEmpty, maskOf } from '../../src/base/mask.ts';
import {
  type ChangeEntry,
  ChangeIndex,
  withChange,
  withRewrite,
} from '../../src/change/change-index.ts';

const columnCount = 40;
const all = [...Array(columnCount).keys()];

function entry(seq: number, columns: readonly number[], writer = seq): ChangeEntry {
  return { seq, stamp: seq * 10, writer, mask: maskOf(columnCount, columns) };
}

/** What tests compare: seq to columns. */
function shape(entries: readonly ChangeEntry[]): [number, number[]][] {
  return entries.map(({ seq, mask }) => [seq, maskIndexes(mask)]);
}

describe('the entries of a row after a change', () => {
  const inserted = [entry(1, [0, 1, 2])];

  test('are disjoint: the change takes its columns out of the older ones', () => {
    expect(shape(withChange(inserted, entry(2, [1])))).toEqual([
      [2, [1]],
      [1, [0, 2]],
    ]);
  });

  test('lose what has no columns left, but the insertion', () => {
    const changed = withChange(inserted, entry(2, [0]));
    expect(shape(withChange(changed, entry(3, [0])))).toEqual([
      [3, [0]],
      [1, [1, 2]],
    ]);
    expect(shape(withChange(changed, entry(3, [0, 1, 2])))).toEqual([
      [3, [0, 1, 2]],
      [1, []],
    ]);
  });

  test('join a second change of the same commit to the first', () => {
    const changed = withChange(inserted, entry(2, [0]));
    expect(shape(withChange(changed, entry(2, [1])))).toEqual([
      [2, [0, 1]],
      [1, [2]],
    ]);
    expect(shape(withChange(inserted, entry(1, [1])))).toEqual([[1, [0, 1, 2]]]);
  });

  test('keep of a rewritten row only that and the insertion', () => {
    const changed = withChange(inserted, entry(2, [0]));
    const deleted = withRewrite(changed, entry(3, [0, 1, 2]));
    expect(shape(deleted)).toEqual([
      [3, [0, 1, 2]],
      [1, []],
    ]);
    expect(shape(withRewrite(deleted, entry(5, [0, 1, 2])))).toEqual([
      [5, [0, 1, 2]],
      [1, []],
    ]);
  });
});

/** For each column the seq that changed it last, and since when the row is there. */
interface NaiveRow {
  last: number[];
  inserted: number;
}

const steps = fc.array(
  fc.record({
    slot: fc.nat({ max: 3 }),
    kind: fc.constantFrom('change', 'change', 'change', 'rewrite', 'forget'),
    columns: fc.uniqueArray(fc.nat({ max: columnCount - 1 }), { minLength: 1 }),
    gap: fc.nat({ max: 2 }),
  }),
  { maxLength: 80, size: 'max' },
);

describe('the change index', () => {
  test('[P4] tells exactly and for ever which columns changed since any seq, in disjoint masks', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const index = new ChangeIndex(columnCount);
        const rows = new Map<number, NaiveRow>();
        let seq = 1;
        for (const { slot, kind, columns, gap } of history) {
          seq += gap;
          const row = rows.get(slot);
          if (row === undefined || kind === 'forget') {
            index.replace(slot, [entry(seq, all)]);
            rows.set(slot, { last: all.map(() => seq), inserted: seq });
          } else {
            const changed = kind === 'rewrite' ? all : columns;
            const change = entry(seq, changed);
            const entries = index.entries(slot);
            index.replace(
              slot,
              kind === 'rewrite' ? withRewrite(entries, change) : withChange(entries, change),
            );
            for (const column of changed) row.last[column] = seq;
          }
        }
        for (const [slot, row] of rows) {
          for (let since = 0; since <= seq; since++) {
            const naive = all.filter((column) => row.last[column]! > since);
            expect(maskIndexes(index.changedSince(slot, since))).toEqual(naive);
          }
          expect(index.insertedAt(slot)).toBe(row.inserted);
          checkEntries(index.entries(slot));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('has no chain for a row that it was not told of, or that was cleared', () => {
    const index = new ChangeIndex(3);
    expect([index.hasChain(5), index.entries(5)]).toEqual([false, []]);
    index.replace(5, [entry(1, [])]);
    expect(index.hasChain(5)).toBe(true);
    index.clear(5);
    index.clear(5);
    expect([index.hasChain(5), index.entries(5)]).toEqual([false, []]);
  });

  test('keeps stamp and writer of each entry', () => {
    const index = new ChangeIndex(columnCount);
    const entries = [entry(9, [1], 7), entry(4, [0, 39], 3)];
    index.replace(0, entries);
    expect(index.entries(0)).toEqual(entries);
  });

  test('uses its memory again', () => {
    const index = new ChangeIndex(columnCount);
    const fill = (seq: number) => {
      for (let slot = 0; slot < 200; slot++)
        index.replace(slot, [entry(seq + 1, [1]), entry(seq, all)]);
    };
    fill(1);
    const { memoryBytes } = index;
    expect(memoryBytes).toBeGreaterThan(400 * 24);
    for (let seq = 2; seq < 20; seq++) fill(seq);
    expect(index.memoryBytes).toBe(memoryBytes);
  });
});

function checkEntries(entries: readonly ChangeEntry[]): void {
  const seen = maskOf(columnCount, []);
  for (const [at, { seq, mask }] of entries.entries()) {
    if (at > 0) expect(seq).toBeLessThanOrEqual(entries[at - 1]!.seq);
    expect(maskIsEmpty(intersection(seen, mask))).toBe(true);
    for (const index of maskIndexes(mask)) seen[index >>> 5]! |= 1 << (index & 31);
  }
  expect(seen).toEqual(fullMask(columnCount));
}
