import { describe, expect, test } from 'vitest';
import { ContextRanks, ranksMax } from '../../src/codec/context-ranks.ts';

describe('ranks', () => {
  test('are smaller for what has come more often, and then for what came last', () => {
    const ranks = new ContextRanks(1);
    const noted = [7, 7, 8, 9, 9, 8, 7, 9, 9].map((value) => ranks.note(0, value));
    // The first 9 goes before the 8, the second one before the 7, which has come twice as well.
    expect(noted).toEqual([0, 0, 1, 2, 1, 2, 2, 2, 0]);
  });

  test('are of each context by itself', () => {
    const ranks = new ContextRanks(2);
    ranks.note(0, 7);
    expect(ranks.sizeOf(0)).toBe(1);
    expect(ranks.sizeOf(1)).toBe(0);
    expect(ranks.note(1, 7)).toBe(0);
    expect(ranks.noteRank(1, 0)).toBe(7);
    expect(ranks.noteRank(1, 1)).toBeUndefined();
  });

  test('are the same to who knows values and to who knows ranks', () => {
    const [writer, reader] = [new ContextRanks(3), new ContextRanks(3)];
    for (let at = 0; at < 2_000; at++) {
      const context = at % 3;
      const value = (at * at) % (context === 0 ? 5 : 90);
      const size = writer.sizeOf(context);
      const rank = writer.note(context, value);
      expect(rank).toBeLessThanOrEqual(size);
      const known = reader.noteRank(context, rank);
      if (rank < size) expect(known).toBe(value);
      else {
        expect(known).toBeUndefined();
        reader.note(context, value);
      }
    }
  });

  test('are of so many values, and of no more', () => {
    const ranks = new ContextRanks(1);
    for (let value = 0; value < ranksMax; value++) expect(ranks.note(0, value)).toBe(value);
    expect(ranks.note(0, 1_000)).toBe(ranksMax);
    expect(ranks.note(0, 1_000)).toBe(ranksMax);
    expect(ranks.sizeOf(0)).toBe(ranksMax);
  });
});
