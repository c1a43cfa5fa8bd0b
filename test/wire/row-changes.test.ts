import { createRegistry } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { file_test_v1_shapes } from '../../gen/es/test/v1/shapes_pb.ts';
import { RowChange } from '../../gen/ts/syncdb/v1/data.ts';
import { stampOf } from '../../src/base/stamp.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { etagOf } from '../../src/merge/etag.ts';
import { rowChangeFromWire, rowChangeToWire } from '../../src/wire/row-changes.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { rowDeltas } from './support/messages.ts';
import { readByOther } from './support/reflection.ts';

const patch: RowDelta = {
  kind: 'patch',
  table: 'test.v1.Site',
  number: 3,
  key: 'HAM',
  version: 42,
  stamp: stampOf(1_700_000_000_123, 7),
  writer: 'phone-1',
  fields: [1],
  scopes: ['site/HAM'],
  row: Uint8Array.from(Buffer.from('0a0748616d62757267', 'hex')),
};

test('[P16] any row change comes out as it went in', () => {
  fc.assert(
    fc.property(rowDeltas('rows'), (delta) => {
      const bytes = RowChange.encode(rowChangeToWire(delta)).finish();
      expect(rowChangeFromWire(RowChange.decode(bytes), 'change')).toEqual(delta);
    }),
  );
});

test('[P5] a row change is readable by any tool', () => {
  const bytes = RowChange.encode(rowChangeToWire(patch)).finish();
  expect(readByOther('RowChange', bytes, createRegistry(file_test_v1_shapes))).toEqual({
    type: 'ROW_CHANGE_TYPE_PATCH',
    table: 'test.v1.Site',
    key: 'HAM',
    rowNumber: '3',
    rowVersion: '42',
    etag: etagOf(42),
    row: { '@type': 'type.googleapis.com/test.v1.Site', name: 'Hamburg' },
    fields: [1],
    scopes: ['site/HAM'],
    modifiedAt: '2023-11-14T22:13:20.123Z',
    modifiedBy: 'phone-1',
  });
});

test('a row that is gone has no etag and no content', () => {
  for (const kind of ['deleted', 'evicted'] as const) {
    expect(rowChangeToWire({ ...patch, kind })).toMatchObject({ etag: '', row: undefined });
  }
});

test('the row is not copied either way', () => {
  expect(rowChangeToWire(patch).row?.value).toBe(patch.row);
  const message = RowChange.decode(RowChange.encode(rowChangeToWire(patch)).finish());
  expect(rowChangeFromWire(message, 'change').row.buffer).toBe(message.row?.value.buffer);
});

describe('a row change is refused', () => {
  const other = { typeUrl: 'type.googleapis.com/test.v1.Other', value: patch.row };
  const cases: [string, object, string, string][] = [
    ['without a type', { type: 0 }, 'UNKNOWN_ENUM_VALUE', 'type'],
    ['of an unknown type', { type: 5 }, 'UNKNOWN_ENUM_VALUE', 'type'],
    ['of no table', { table: '' }, 'MISSING_FIELD', 'table'],
    ['without a row', { row: undefined }, 'MISSING_FIELD', 'row'],
    ['with a row of another table', { row: other }, 'WRONG_ROW_TYPE', 'row'],
    ['with the row of a deleted one', { type: 3 }, 'UNEXPECTED_ROW', 'row'],
    ['with the row of an evicted one', { type: 4 }, 'UNEXPECTED_ROW', 'row'],
    ['with too large a number', { rowNumber: 2n ** 53n }, 'NUMBER_TOO_LARGE', 'row_number'],
    ['with too large a version', { rowVersion: 2n ** 60n }, 'NUMBER_TOO_LARGE', 'row_version'],
    [
      'of a time without stamps',
      { modifiedAt: { seconds: -5n, nanos: 0 } },
      'BAD_TIMESTAMP',
      'modified_at',
    ],
  ];
  test.each(cases)('%s', (_what, replaced, reason, field) => {
    const message = { ...rowChangeToWire(patch), ...replaced } as RowChange;
    expect(refusalOf(() => rowChangeFromWire(message, 'delta.changes[2]'))).toEqual({
      reason,
      fields: [`delta.changes[2].${field}`],
    });
  });
});
