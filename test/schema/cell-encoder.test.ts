import { expect, test } from 'vitest';
import { ByteWriter, toHex } from '../../src/base/bytes.ts';
import { encodeCell, encodeValue } from '../../src/schema/cell-encoder.ts';
import { columnCodecs } from '../../src/schema/column-codec.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';

const { codecs } = columnCodecs(testTable('Shapes').columns);

function hexOf(name: string, cell: Exclude<Cell, null>): string {
  const out = new ByteWriter();
  encodeCell(codecs[shapesColumn(name).index]!, cell, out);
  return toHex(out.finish());
}

test.each<[string, Exclude<Cell, null>, string]>([
  ['bool_value', true, '1801'],
  ['int32_value', 300, '20ac02'],
  ['int32_value', -1, '20ffffffffffffffffff01'],
  ['int32_value', -0x80000000, '2080808080f8ffffffff01'],
  ['sint32_value', -0x80000000, '28ffffffff0f'],
  ['sfixed32_value', -2, '35feffffff'],
  ['uint32_value', 0xffffffff, '38ffffffff0f'],
  ['fixed32_value', 0xffffffff, '45ffffffff'],
  ['int64_value', -1n, '48ffffffffffffffffff01'],
  ['sint64_value', -(2n ** 63n), '50ffffffffffffffffff01'],
  ['sfixed64_value', -2n, '59feffffffffffffff'],
  ['uint64_value', 2n ** 64n - 1n, '60ffffffffffffffffff01'],
  ['fixed64_value', 1n, '690100000000000000'],
  ['float_value', 1.5, '750000c03f'],
  ['float_value', Number.NaN, '750000c07f'],
  ['double_value', -0, '790000000000000080'],
  ['double_value', Number.NaN, '79000000000000f87f'],
  ['string_value', 'é', '820102c3a9'],
  ['bytes_value', Uint8Array.of(1, 2), '8a01020102'],
  ['color', -1, '9001ffffffffffffffffff01'],
  ['at', 0n, 'c20200'],
  ['at', 1_000_000_002n, 'c2020408011002'],
  ['at', -1n, 'c2021108ffffffffffffffffff0110ff93ebdc03'],
  ['lasts', -1n, 'ca020b10ffffffffffffffffff01'],
  ['place', Uint8Array.of(9, 9, 9), '090909'],
])('%s of %s', (name, cell, hex) => {
  expect(hexOf(name, cell)).toBe(hex);
});

test.each<[string, Exclude<Cell, null>]>([
  ['bool', false],
  ['int32', 0],
  ['sfixed64', 0n],
  ['double', 0],
  ['string', ''],
  ['bytes', new Uint8Array(0)],
])('the default of %s is written only with presence', (type, cell) => {
  expect(hexOf(`${type}_value`, cell)).toBe('');
  expect(hexOf(`${type}_maybe`, cell)).not.toBe('');
});

test('a value is what stands behind the tag, also where it is the default', () => {
  const valueHexOf = (name: string, cell: Exclude<Cell, null>) => {
    const out = new ByteWriter();
    encodeValue(codecs[shapesColumn(name).index]!.form, cell, out);
    return toHex(out.finish());
  };
  expect(valueHexOf('bool_value', false)).toBe('00');
  expect(valueHexOf('bool_value', true)).toBe('01');
  expect(valueHexOf('int32_value', 0)).toBe('00');
  expect(valueHexOf('sint32_value', -1)).toBe('01');
  expect(valueHexOf('float_value', 1.5)).toBe('0000c03f');
  expect(valueHexOf('fixed64_value', 1n)).toBe('0100000000000000');
  expect(valueHexOf('string_value', 'é')).toBe('02c3a9');
  expect(valueHexOf('bytes_value', Uint8Array.of(1))).toBe('0101');
  expect(valueHexOf('at', 1_000_000_002n)).toBe('0408011002');
  expect(valueHexOf('lasts', -1n)).toBe('0b10ffffffffffffffffff01');
  expect(valueHexOf('place', Uint8Array.of(0xd2, 2, 0))).toBe('d20200');
});
