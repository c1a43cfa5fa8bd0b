import { describe, expect, test } from 'vitest';
import { ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { cellText, cellValue } from '../../../src/cli/rows/csv-cells.ts';

const field = (name: string) => ShapesSchema.fields.find((each) => each.name === name)!;

describe('a value as a cell', () => {
  test.each([
    ['string_value', 'plain', 'plain'],
    ['string_value', 'a "b", c', '"a ""b"", c"'],
    ['string_value', 'two\nlines', '"two\nlines"'],
    ['string_maybe', '', '""'],
    ['string_maybe', ' ends with a space ', '" ends with a space "'],
    ['int64_value', '9007199254740993', '9007199254740993'],
    ['double_value', -0, '-0'],
    ['double_value', 'NaN', 'NaN'],
    ['bool_value', true, 'true'],
    ['color', 'COLOR_RED', 'COLOR_RED'],
    ['color', 7, '7'],
    ['bytes_value', '/w==', '/w=='],
    ['at', '2024-05-01T12:00:00Z', '2024-05-01T12:00:00Z'],
    ['wrapped', 'text', 'text'],
    ['place', { name: 'x' }, '"{""name"":""x""}"'],
    ['int32_list', [1, 2], '"[1,2]"'],
    ['anything', 'text', '"""text"""'],
    ['anything', null, 'null'],
  ])('%s: %j', (name, value, cell) => {
    expect(cellText(field(name), value)).toBe(cell);
  });

  test('that is absent is an empty one', () => {
    expect(cellText(field('string_maybe'), undefined)).toBe('');
  });
});

describe('a cell as a value', () => {
  test.each([
    ['string_maybe', '', true, ''],
    ['int64_value', '9007199254740993', false, '9007199254740993'],
    ['double_value', ' -0 ', false, '-0'],
    ['bool_value', 'TRUE', false, true],
    ['bool_value', 'false', false, false],
    ['color', '7', false, 7],
    ['color', 'COLOR_RED', false, 'COLOR_RED'],
    ['place', '{"name":"x"}', true, { name: 'x' }],
    ['anything', 'null', false, null],
  ])('%s: %j', (name, cell, isQuoted, value) => {
    expect(cellValue(field(name), cell, isQuoted)).toEqual(value);
  });

  test('that is empty is absent, and an empty text only in quotes', () => {
    expect(cellValue(field('string_maybe'), '', false)).toBeUndefined();
    expect(cellValue(field('int32_value'), '', false)).toBeUndefined();
  });

  test.each([
    ['bool_value', 'yes', 'must be true or false'],
    ['place', '{', 'must be JSON'],
  ])('says what is wrong with %s: %s', (name, cell, problem) => {
    expect(() => cellValue(field(name), cell, false)).toThrow(problem);
  });
});
