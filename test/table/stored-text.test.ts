import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { compileRowCodec } from '../../src/schema/row-codec.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { createTable } from '../../src/table/table.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { testTable } from '../support/schema-tables.ts';

const shapes = testTable('Shapes');
const codec = compileRowCodec(shapes);
const titleIndex = shapes.columnByName.get('string_value')!.index;
const maybeIndex = shapes.columnByName.get('string_maybe')!.index;
/** Around the length from which on strings stay bytes, and with characters of one to four bytes. */
const text = fc.string({ unit: 'grapheme', maxLength: 80 });

function rowOf(key: string, title: string, maybe: string | null): Cell[] {
  const cells = codec.defaultCells();
  cells[shapes.key] = key;
  cells[titleIndex] = title;
  cells[maybeIndex] = maybe;
  return cells;
}

function encoded(cells: readonly Cell[]): Uint8Array {
  const out = new ByteWriter();
  codec.encode(cells, undefined, out);
  return out.finish();
}

function toStore(bytes: Uint8Array): Cell[] {
  return codec.decodeToStore(bytes, 0, bytes.length, defaultLimits).cells;
}

describe('a row that is decoded to be stored', () => {
  test('[P16] is the same row in a table, whatever strings came before it', () => {
    const rows = fc.array(fc.tuple(text, fc.option(text)), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(rows, (texts) => {
        const table = createTable(shapes, { dictionaryEntriesMin: 2, chunkBits: 5 });
        for (const [number, [title, maybe]] of texts.entries()) {
          const key = `a key of more than twenty-four bytes, number ${number}`;
          const cells = rowOf(key, title, maybe);
          const stored = toStore(encoded(cells));
          expect(stored[shapes.key]).toBe(key);
          const slot = table.add(key, stored);
          expect(table.row(slot)).toEqual(cells);
          const other = rowOf(key, `${title} and more of it`, null);
          table.setRow(slot, toStore(encoded(other)));
          expect(table.row(slot)).toEqual(other);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('is refused where a string is not UTF-8, long or short', () => {
    for (const length of [3, 24, 25, 200]) {
      const bytes = encoded(rowOf('k', 'x'.repeat(length), null));
      bytes[bytes.length - 1] = 0xff;
      expect(refusalOf(() => toStore(bytes))).toEqual({
        reason: 'INVALID_UTF8',
        fields: ['string_value'],
      });
    }
  });
});
