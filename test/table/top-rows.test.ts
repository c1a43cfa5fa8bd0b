import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTopRows } from '../../src/table/top-rows.ts';

const ascending = (left: number, right: number) => left - right;

test('keeps the first of all that are offered, in order', () => {
  const offers = fc.uniqueArray(fc.integer(), { maxLength: 60 });
  fc.assert(
    fc.property(offers, fc.option(fc.nat({ max: 70 })), (rows, count) => {
      const top = createTopRows(count ?? Infinity, ascending);
      for (const row of rows) top.offer(row);
      const expected = rows.toSorted(ascending).slice(0, count ?? rows.length);
      const isFull = count !== null && count > 0 && rows.length >= count;
      expect(top.worst).toBe(isFull ? expected.at(-1) : undefined);
      expect(top.finish()).toEqual(expected);
    }),
  );
});
