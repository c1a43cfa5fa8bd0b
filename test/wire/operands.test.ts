import { describe, expect, test } from 'vitest';
import { operandFromWire } from '../../src/wire/operands.ts';
import { refusalOf, syncErrorOf } from '../support/schema-errors.ts';
import { shapesColumn } from '../support/schema-tables.ts';

const read = (column: string, value: unknown) =>
  operandFromWire(shapesColumn(column), value, 'filter.compare.values[0]');
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('a value is read as the type of its column', () => {
  test.each<[string, unknown, unknown]>([
    ['bool_value', true, true],
    ['int32_value', -7, -7],
    ['int32_value', '-7', -7],
    ['uint32_value', 4_294_967_295, 4_294_967_295],
    ['int64_value', '-9223372036854775808', -(2n ** 63n)],
    ['int64_value', 12, 12n],
    ['uint64_value', '18446744073709551615', 2n ** 64n - 1n],
    ['sfixed64_value', '5', 5n],
    ['double_value', 0.5, 0.5],
    ['double_value', 'NaN', Number.NaN],
    ['float_value', '-Infinity', -Infinity],
    ['double_maybe', 'Infinity', Infinity],
    ['string_value', 'a text', 'a text'],
    ['string_value', '12', '12'],
    ['bytes_value', 'AP8=', bytes(0, 255)],
    ['bytes_value', 'AP8', bytes(0, 255)],
    ['bytes_value', '-_8', bytes(251, 255)],
    ['bytes_value', '+/8=', bytes(251, 255)],
    ['bytes_value', '', bytes()],
    ['color', 'COLOR_GREEN', 2],
    ['color', 1_000_000, 1_000_000],
    ['color', 77, 77],
    ['at', '1970-01-01T00:00:01.5Z', 1_500_000_000n],
    ['lasts', '-1.5s', -1_500_000_000n],
    ['choice_time', '1970-01-01T00:00:00Z', 0n],
  ])('%s: %j', (column, value, cell) => {
    expect(read(column, value)).toEqual(cell);
  });
});

describe('a value of another type is refused by its path', () => {
  test.each<[string, unknown]>([
    ['bool_value', 'true'],
    ['bool_value', 1],
    ['int32_value', true],
    ['int32_value', '0x7'],
    ['int32_value', '1.5'],
    ['int64_value', 1.5],
    ['int64_value', 2 ** 53],
    ['int64_value', ''],
    ['int64_value', '9'.repeat(1_000_000)],
    ['double_value', '0.5'],
    ['double_value', 'nan'],
    ['string_value', 12],
    ['bytes_value', 'A'],
    ['bytes_value', 'A==='],
    ['bytes_value', 'AP8=AP8='],
    ['bytes_value', 'A P8'],
    ['color', true],
    ['at', 12],
    ['at', '1.5s'],
    ['lasts', '1970-01-01T00:00:00Z'],
    ['string_value', null],
    ['string_value', undefined],
    ['string_value', { a: 1 }],
    ['string_value', ['a']],
  ])('%s: %j', (column, value) => {
    expect(refusalOf(() => read(column, value))).toEqual({
      reason: 'WRONG_TYPE',
      fields: ['filter.compare.values[0]'],
    });
  });

  test('with what it must be instead', () => {
    const messageOf = (column: string) => syncErrorOf(() => read(column, {})).message;
    expect(messageOf('int64_value')).toContain('an integer, as a string of decimal digits');
    expect(messageOf('at')).toContain('"2024-05-01T12:00:00Z" for google.protobuf.Timestamp');
    expect(messageOf('lasts')).toContain('"1.5s" for google.protobuf.Duration');
    expect(messageOf('bool_value')).toContain('true or false for bool');
    expect(messageOf('uint32_value')).toContain('an integer for uint32');
    expect(messageOf('float_value')).toContain('a number for float');
    expect(messageOf('string_value')).toContain('a string for string');
    expect(messageOf('bytes_value')).toContain('a string in Base64 for bytes');
    expect(messageOf('color')).toContain('the name or number of an enum value');
  });

  test('where it names no value of the enum', () => {
    expect(refusalOf(() => read('color', 'COLOR_MAUVE')).reason).toBe('UNKNOWN_ENUM_VALUE');
  });
});
