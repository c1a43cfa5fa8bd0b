import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8 } from '../../src/base/utf8.ts';
import { hasBit } from '../../src/table/bitmap.ts';
import { orderHolds } from '../../src/table/filter.ts';
import { formatUuid, parseUuid } from '../../src/table/uuid.ts';
import { UuidChunk } from '../../src/table/uuid-chunk.ts';

// Some share their first digits, so that later words decide.
const uuids = fc.oneof(
  fc.uuid(),
  fc.nat({ max: 20 }).map((n) => `00000000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`),
);

function wordsOf(text: string): Uint32Array {
  const words = new Uint32Array(4);
  parseUuid(text, words, 0);
  return words;
}

test('UUIDs come back, are found, and compare as their text', () => {
  const lists = fc.array(uuids, { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(lists, uuids, (list, bound) => {
      const chunk = new UuidChunk(32);
      chunk.resize(64);
      for (const [row, uuid] of list.entries()) chunk.set(row, wordsOf(uuid));
      expect([chunk.length, chunk.end, chunk.memoryBytes]).toEqual([64, list.length, 1024]);
      for (const [row, uuid] of list.entries()) {
        expect(formatUuid(chunk.words, row * 4)).toBe(uuid);
        expect(chunk.has(row, wordsOf(bound))).toBe(uuid === bound);
        expect(Math.sign(chunk.compare(0, chunk, row))).toBe(
          Math.sign(compareUtf8(list[0]!, uuid)),
        );
      }
      for (const operator of ['eq', 'lt', 'le', 'gt', 'ge'] as const) {
        const selection = Uint32Array.of(0xfffffff7, 0xffffffff);
        chunk.keep(operator, wordsOf(bound), selection);
        for (const [row, uuid] of list.entries()) {
          const expected = row !== 3 && orderHolds(operator, compareUtf8(uuid, bound));
          expect(hasBit(selection, row)).toBe(expected);
        }
      }
    }),
  );
});

test('words without a selected row are passed over', () => {
  const chunk = new UuidChunk(64);
  const selection = Uint32Array.of(0, 1);
  chunk.keep('ge', wordsOf('00000000-0000-0000-0000-000000000000'), selection);
  expect([...selection]).toEqual([0, 1]);
});
