import { describe, expect, test } from 'vitest';
import { ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { ComparisonOperator as Op } from '../../../gen/ts/syncdb/v1/data_service.ts';
import { fieldsOf, filterOf, orderOf, whereFilter } from '../../../src/cli/rows/where.ts';

const compare = (field: string, operation: Op, values: unknown[]) => ({
  test: { $case: 'compare', value: { field, operation, values } },
});
const all = (...filters: unknown[]) => ({ test: { $case: 'allOf', value: { filters } } });

describe('a test', () => {
  test.each([
    ['site_id=a=b', compare('site_id', Op.EQUAL, ['a=b'])],
    ['siteId = a', compare('site_id', Op.EQUAL, ['a'])],
    ['site_id=', compare('site_id', Op.EQUAL, [''])],
    ['site_id!=a', compare('site_id', Op.NOT_EQUAL, ['a'])],
    ['int64_value<9007199254740993', compare('int64_value', Op.LESS, ['9007199254740993'])],
    ['int32_value<=-5', compare('int32_value', Op.LESS_OR_EQUAL, ['-5'])],
    ['double_value>1.5', compare('double_value', Op.GREATER, [1.5])],
    ['double_value=NaN', compare('double_value', Op.EQUAL, ['NaN'])],
    ['at>=2024-05-01T12:00:00Z', compare('at', Op.GREATER_OR_EQUAL, ['2024-05-01T12:00:00Z'])],
    ['string_value^=Bo', compare('string_value', Op.STARTS_WITH, ['Bo'])],
    ['bool_value=true', compare('bool_value', Op.EQUAL, [true])],
    ['color=COLOR_RED', compare('color', Op.EQUAL, ['COLOR_RED'])],
    ['color in COLOR_RED, 2', compare('color', Op.ONE_OF, ['COLOR_RED', 2])],
    ['not at', compare('at', Op.ABSENT, [])],
    ['at', { test: { $case: 'noneOf', value: compare('at', Op.ABSENT, []) } }],
  ])('%s', (text, filter) => {
    expect(whereFilter(ShapesSchema, [text])).toEqual(all(filter));
  });

  test.each([
    ['site_id~a', '--where: "site_id~a" is no test such as'],
    ['', '--where: "" is no test such as'],
    ['nothing=a', '--where: test.v1.Shapes has no field nothing'],
    ['bool_value=yes', '--where: bool_value: must be true or false'],
  ])('%j is none', (text, message) => {
    expect(() => whereFilter(ShapesSchema, [text])).toThrow(
      expect.objectContaining({ reason: 'BAD_OPTION', message: expect.stringContaining(message) }),
    );
  });
});

test('no tests are no filter, several must all hold, and so must one that is written out', () => {
  expect(filterOf(ShapesSchema, [], undefined)).toBeUndefined();
  const written =
    '{"compare":{"field":"site_id","operation":"COMPARISON_OPERATOR_EQUAL","values":["s"]}}';
  expect(filterOf(ShapesSchema, [], written)).toEqual(compare('site_id', Op.EQUAL, ['s']));
  const tests = ['site_id=a', 'color=1'];
  expect(filterOf(ShapesSchema, tests, written)).toEqual(
    all(
      all(compare('site_id', Op.EQUAL, ['a']), compare('color', Op.EQUAL, [1])),
      compare('site_id', Op.EQUAL, ['s']),
    ),
  );
  expect(() => filterOf(ShapesSchema, [], '{"field":1}')).toThrow(
    /^--filter: is no syncdb.v1.Filter: /,
  );
});

test('an order is by fields, up or down', () => {
  expect(orderOf(ShapesSchema, undefined)).toEqual([]);
  expect(orderOf(ShapesSchema, 'siteId:desc, id')).toEqual([
    { field: 'site_id', descending: true },
    { field: 'id', descending: false },
  ]);
  expect(() => orderOf(ShapesSchema, 'id:down')).toThrow(/^--order: "id:down" is not a field/);
});

test('fields are named', () => {
  expect(fieldsOf(ShapesSchema, undefined)).toBeUndefined();
  expect(fieldsOf(ShapesSchema, 'color,id')?.map(({ name }) => name)).toEqual(['color', 'id']);
  expect(() => fieldsOf(ShapesSchema, 'colour')).toThrow(/^--fields: /);
});
