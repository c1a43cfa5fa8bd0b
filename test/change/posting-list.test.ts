import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  comparePositions,
  type Posting,
  PostingList,
  type ScanPosition,
  scanAfter,
  scanStart,
} from '../../src/change/posting-list.ts';

/** Numbers that differ from slots, as on a replica. */
const numberOf = (_table: number, slot: number) => slot * 3 + 1;

function posting(seq: number, table: number, slot: number): Posting {
  return { seq, table, slot, number: numberOf(table, slot) };
}

const entries = fc.array(
  fc.record({
    /** Some commits are many rows, some lie an epoch apart, and some come out of order. */
    step: fc.oneof(fc.constantFrom(0, 0, 1), fc.constantFrom(2 ** 33, -3)),
    table: fc.nat({ max: 2 }),
    slot: fc.nat({ max: 30 }),
    copies: fc.oneof(
      { weight: 9, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.constant(300) },
    ),
  }),
  { maxLength: 25, size: 'max' },
);

type Entries = typeof entries extends fc.Arbitrary<infer E> ? E : never;

/** The list, and the same in an array. */
function filled(history: Entries): { list: PostingList; naive: Posting[]; seqs: number[] } {
  const list = new PostingList(numberOf);
  const naive: Posting[] = [];
  let seq = 10;
  for (const { step, table, slot, copies } of history) {
    seq = Math.max(1, seq + step);
    for (let copy = 0; copy < copies; copy++) {
      list.add(seq, table, slot + copy);
      naive.push(posting(seq, table, slot + copy));
    }
  }
  const seqs = [0, ...new Set(naive.map((entry) => entry.seq))];
  return { list, naive, seqs };
}

function behind(naive: readonly Posting[], after: ScanPosition): Posting[] {
  return naive.filter((entry) => comparePositions(entry, after) > 0).sort(comparePositions);
}

describe('a posting list', () => {
  test('gives its entries in the order of seq, table and number, from any position on', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (history, choice) => {
        const { list, naive, seqs } = filled(history);
        const some = naive[choice % Math.max(1, naive.length)] ?? scanStart;
        const seq = seqs[choice % seqs.length]!;
        for (const after of [scanStart, some, scanAfter(seq), scanAfter(seq - 1)]) {
          const expected = behind(naive, after);
          expect([...list.from(after)]).toEqual(expected);
          if (expected.length > 0) expect(list.endsBefore(after)).toBe(false);
        }
        expect(list.length).toBe(naive.length);
      }),
      { numRuns: 150 },
    );
  });

  test('counts what lies behind a seq', () => {
    fc.assert(
      fc.property(entries, (history) => {
        const { list, naive, seqs } = filled(history);
        for (const seq of seqs.slice(0, 8)) {
          expect(list.countAfter(seq)).toBe(naive.filter((entry) => entry.seq > seq).length);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('keeps on compaction what it is told to, and takes more afterwards', () => {
    fc.assert(
      fc.property(entries, entries, (history, more) => {
        const { list, naive } = filled(history);
        const keeps = (entry: Posting) => (entry.slot + entry.seq) % 3 === 0;
        list.compact((table, slot, seq) => keeps(posting(seq, table, slot)));
        const kept = naive.filter(keeps);
        expect([...list.from(scanStart)]).toEqual(behind(kept, scanStart));
        let seq = naive.at(-1)?.seq ?? 1;
        for (const { step, table, slot } of more) {
          seq = Math.max(1, seq + step);
          list.add(seq, table, slot);
          kept.push(posting(seq, table, slot));
        }
        expect([...list.from(scanStart)]).toEqual(behind(kept, scanStart));
      }),
      { numRuns: 150 },
    );
  });

  test('knows cheaply that nothing lies behind a position', () => {
    const list = new PostingList(numberOf);
    expect(list.endsBefore(scanStart)).toBe(true);
    list.add(5, 1, 2);
    expect(list.endsBefore(scanStart)).toBe(false);
    expect(list.endsBefore({ seq: 5, table: 1, number: 6 })).toBe(false);
    expect(list.endsBefore({ seq: 5, table: 1, number: 7 })).toBe(true);
    expect(list.endsBefore(scanAfter(5))).toBe(true);
  });

  test('costs ten bytes an entry, and little where it is small', () => {
    const held = { bytes: 0 };
    const list = new PostingList(numberOf, held);
    list.add(1, 0, 0);
    expect(held.bytes).toBeLessThan(500);
    for (let slot = 1; slot < 10_000; slot++) list.add(slot, 0, slot);
    expect(held.bytes / 10_000).toBeLessThan(11.5);
  });

  test('lets its bytes go from the sum that it shares when it is compacted, and keeps them when it is sorted', () => {
    const held = { bytes: 0 };
    const alone = { bytes: 0 };
    const list = new PostingList(numberOf, held);
    const other = new PostingList(numberOf, held);
    new PostingList(numberOf, alone).add(1, 0, 0);
    other.add(1, 0, 0);
    for (let slot = 1; slot < 10_000; slot++) list.add(slot, 0, slot);
    const full = held.bytes;
    list.add(1, 0, 0);
    expect(list.countAfter(0)).toBe(10_000);
    expect(held.bytes).toBe(full);
    list.compact(() => false);
    expect(held).toEqual(alone);
  });
});

test('the position after a seq is behind all entries of it and before all later ones', () => {
  const last = { seq: 5, table: 65_535, number: Number.MAX_SAFE_INTEGER - 1 };
  expect(comparePositions(last, scanAfter(5))).toBeLessThan(0);
  expect(comparePositions({ seq: 6, table: 0, number: 0 }, scanAfter(5))).toBeGreaterThan(0);
  expect(comparePositions(scanAfter(5), scanAfter(5))).toBe(0);
});
