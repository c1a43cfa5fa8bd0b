import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePositions, type Posting } from '../../src/change/posting-list.ts';
import { PostingMerge } from '../../src/change/posting-merge.ts';

const postings = fc
  .array(
    fc
      .record({ seq: fc.nat({ max: 9 }), table: fc.nat({ max: 2 }), number: fc.nat({ max: 3 }) })
      .map((position) => ({ ...position, slot: position.number })),
    { maxLength: 12 },
  )
  .map((list) => list.sort(comparePositions));

test('merges lists in order, each entry with the scope that it is from', () => {
  fc.assert(
    fc.property(fc.array(postings, { maxLength: 9 }), (lists) => {
      const merge = new PostingMerge();
      for (const [scope, list] of lists.entries()) merge.add(scope, list.values());
      const merged: { scope: number; posting: Posting }[] = [];
      for (let next = merge.next(); next !== undefined; next = merge.next()) merged.push(next);
      const expected = lists.flatMap((list, scope) => list.map((posting) => ({ scope, posting })));
      const order = (left: (typeof merged)[0], right: (typeof merged)[0]) =>
        comparePositions(left.posting, right.posting) || left.scope - right.scope;
      expect(merged.map(({ posting }) => posting)).toEqual(
        expected.sort(order).map(({ posting }) => posting),
      );
      expect([...merged].sort(order)).toEqual(expected);
      expect(merge.next()).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});
