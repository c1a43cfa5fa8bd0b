import { describe, expect, test } from 'vitest';
import { isLong } from '../../../src/table/batch/time-items.ts';
import { tableOf, testTable } from '../../support/schema-tables.ts';
import { cellsBack, columnsFor } from './support/batch-scene.ts';

const shapes = testTable('Shapes');
const lasting = tableOf({
  1: 'id: string',
  2: { name: 'lasts', type: 'google.protobuf.Duration', label: 'repeated' },
});

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('[P16] a list of times', () => {
  test.each([
    ['the epoch', '00', 'longs'],
    ['seconds', '02 0801', 'longs'],
    ['nanoseconds', '02 1001', 'longs'],
    ['both', '04 0801 1001', 'longs'],
    ['seconds before 1970', '0b 08ffffffffffffffffff01', 'longs'],
    ['seconds that are 0', '02 0800', '{1 longs}'],
    ['seconds with a needless byte', '03 088100', '{1/1 bytes}'],
    ['nanoseconds first', '04 1001 0801', 'bytes'],
    ['too many nanoseconds', '06 10 8094ebdc03', '{2 integers}'],
    ['a field that Google does not know', '02 1801', '{3/1 bytes}'],
    ['the year 9999', '07 08fff1fdffaf07', '{1 longs}'],
  ])('of %s', (_what, text, items) => {
    const cell = hex(`fa04 ${text}`);
    expect(columnsFor(shapes, 'time_list', [cell])).toEqual([`79 list ${items}`]);
    const cells = [hex('fa04 00'), cell, hex('fa04 02 0801')];
    expect(cellsBack(shapes, 'time_list', cells)).toEqual(cells);
  });

  test('of lengths of time', () => {
    const cells = [hex('12 00'), hex('12 16 08ffffffffffffffffff01 10ffffffffffffffffff01')];
    expect(columnsFor(lasting, 'lasts', cells)).toEqual(['2 list longs']);
    expect(cellsBack(lasting, 'lasts', cells)).toEqual(cells);
    // Seconds and nanoseconds of another sign are none.
    const mixed = hex('12 0d 0801 10ffffffffffffffffff01');
    expect(columnsFor(lasting, 'lasts', [mixed])).toEqual(['2 list {1 longs, 2 integers}']);
    expect(cellsBack(lasting, 'lasts', [mixed])).toEqual([mixed]);
  });
});

test('64 bits hold the years from 1677 to 2262', () => {
  const max = 2n ** 63n - 1n;
  expect([max, max + 1n, -max - 1n, -max - 2n].map(isLong)).toEqual([true, false, true, false]);
});
