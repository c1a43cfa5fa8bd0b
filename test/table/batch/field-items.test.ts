import { describe, expect, test } from 'vitest';
import { testTable } from '../../support/schema-tables.ts';
import { cellsBack, columnsFor } from './support/batch-scene.ts';

const shapes = testTable('Shapes');

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('[P16] what comes back is what went in, to the byte', () => {
  test.each([
    ['a packed list', 'int32_list', 'b204 0b 01 ffffffffffffffffff01', '70 list integers'],
    ['a list with a record for each', 'int32_list', 'b004 01 b004 02', '70/2 list integers'],
    ['a list that is packed in two parts', 'int32_list', 'b204 01 01 b204 01 02', '70/1 bytes'],
    ['a list that is packed in part', 'int32_list', 'b204 01 01 b004 02', '70/1 bytes'],
    ['another one', 'int32_list', 'b004 02 b204 01 01', '70/1 bytes'],
    ['a packed list of nothing', 'int32_list', 'b204 00', '70/1 bytes'],
    ['a number with a needless byte', 'int32_list', 'b204 02 8100', '70/1 bytes'],
    ['a number of more than 32 bits', 'int32_list', 'b204 05 8080808010', '70/1 bytes'],
    ['a tag with a needless byte', 'int32_list', 'b28400 01 01', '70/1 bytes'],
    ['a length with a needless byte', 'int32_list', 'b204 8100 01', '70/1 bytes'],
    ['the one NaN', 'double_list', 'c204 08 000000000000f87f', '72 list floats'],
    ['another NaN', 'double_list', 'c204 08 010000000000f87f', '72/1 bytes'],
    ['the one NaN of 32 bits', 'float_list', 'ca04 04 0000c07f', '73 list floats'],
    ['another NaN of 32 bits', 'float_list', 'ca04 04 0100c07f', '73/1 bytes'],
    ['-0', 'float_list', 'ca04 04 00000080', '73 list floats'],
    ['true', 'bool_list', 'd204 02 0001', '74 list integers'],
    ['a boolean that is 2', 'bool_list', 'd204 01 02', '74/1 bytes'],
    ['zigzag of 64 bits', 'sint64_list', 'ba04 0a ffffffffffffffffff01', '71 list longs'],
    ['numbers of 64 bits', 'unpacked_list', '8105 ffffffffffffffff', '80/2 list longs'],
    ['the same, packed', 'unpacked_list', '8205 08 ffffffffffffffff', '80 list longs'],
    ['texts', 'string_list', 'e204 00 e204 0161', '76 list texts'],
    ['a text whose length has a needless byte', 'string_list', 'e204 810061', '76/1 bytes'],
    ['byte strings', 'bytes_list', 'ea04 00 ea04 0161', '77 list bytes'],
    ['a map', 'string_map', 'd205 06 0a0161 120162', '90 list {1 texts, 2 texts}'],
    ['an entry without a value', 'string_map', 'd205 03 0a0161', '90 list {1 texts}'],
    ['an entry in the wrong order', 'string_map', 'd205 06 120162 0a0161', '90 list bytes'],
    ['an empty message', 'place', 'd202 00', '42 {}'],
    ['a default that is there', 'place', 'd202 02 1a00', '42 {3 texts}'],
    ['a message in two records', 'place', 'd202 00 d202 00', '42/1 bytes'],
    ['a field in two records', 'place', 'd202 06 1a0161 1a0162', '42 {3/1 bytes}'],
    ['an unknown field', 'place', 'd202 06 1a0161 980601', '42 {3 texts, 99/1 bytes}'],
    ['fields that do not ascend', 'place', 'd202 05 22001a0161', '42 bytes'],
    ['a wrapper', 'wrapped', 'ea02 03 0a0161', '45 {1 texts}'],
    ['negative zigzag', 'place', 'd202 03 2a0101', '42 {5 list integers}'],
  ])('%s', (_what, name, text, columns) => {
    const cell = hex(text);
    expect(columnsFor(shapes, name, [cell])).toEqual([columns]);
    // Beside others it is what it is alone.
    const cells = [cell, null, cell];
    expect(cellsBack(shapes, name, cells)).toEqual(cells);
  });
});

test('odd rows leave the others by their fields', () => {
  const plain = hex('d202 03 1a0161');
  const twice = hex('d202 00 d202 00');
  const turned = hex('d202 05 22001a0161');
  expect(columnsFor(shapes, 'place', [plain, twice, turned])).toEqual([
    '42 {3 texts, 0/1 bytes}',
    '42/1 bytes',
  ]);
  const cells = [plain, twice, turned, plain];
  expect(cellsBack(shapes, 'place', cells)).toEqual(cells);
});

test('what was taken of an odd list is given back', () => {
  const cells = [
    hex('b204 02 0102'),
    hex('b204 04 0102 8100'),
    hex('b004 01 b00481 00'),
    hex('b204 01 03'),
  ];
  expect(cellsBack(shapes, 'int32_list', cells)).toEqual(cells);
});
