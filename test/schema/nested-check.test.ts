import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { ShapesSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { checkRecord, checkRecords, nestedOf } from '../../src/schema/nested-check.ts';
import { WireCursor } from '../../src/schema/wire-cursor.ts';
import { refusalOf, syncErrorOf } from '../support/schema-errors.ts';
import { shapesColumn } from '../support/schema-tables.ts';

const place = shapesColumn('place');
const records = toBinary(
  ShapesSchema,
  create(ShapesSchema, {
    place: { name: 'naïve', marks: [1, -1], labels: { a: 'b' }, parts: [{ parent: {} }] },
  }),
);

describe('checkRecords', () => {
  test('accepts the records of its own field', () => {
    expect(() => checkRecords(place, records, defaultLimits)).not.toThrow();
    expect(() => checkRecords(place, new Uint8Array(0), defaultLimits)).not.toThrow();
  });

  test('refuses the record of another field', () => {
    const refusal = refusalOf(() => checkRecords(shapesColumn('extra'), records, defaultLimits));
    expect(refusal).toEqual({ reason: 'WRONG_TYPE', fields: ['extra'] });
  });

  test('refuses every cut but the whole', () => {
    for (let length = 1; length < records.length; length++) {
      const cut = records.subarray(0, length);
      expect(refusalOf(() => checkRecords(place, cut, defaultLimits)).reason).toBe('MALFORMED_ROW');
    }
  });

  test('counts the messages within each other', () => {
    const limits = { ...defaultLimits, nestingDepthMax: 3 };
    expect(() => checkRecords(place, records, limits)).not.toThrow();
    const tooFew = { ...defaultLimits, nestingDepthMax: 2 };
    expect(refusalOf(() => checkRecords(place, records, tooFew))).toEqual({
      reason: 'NESTING_TOO_DEEP',
      fields: ['place'],
    });
  });
});

test('checkRecord stops behind the value', () => {
  const cursor = new WireCursor(Uint8Array.of(2, 1, 2, 99));
  checkRecord(cursor, nestedOf(shapesColumn('int32_list')), 2, 1);
  expect(cursor.position).toBe(3);
  expect(cursor.end).toBe(4);
});

test('nestedOf is for wire columns only', () => {
  expect(syncErrorOf(() => nestedOf(shapesColumn('id'))).reason).toBe('ASSERTION_FAILED');
});
