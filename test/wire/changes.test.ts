import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Change as ChangeMessage } from '../../gen/ts/syncdb/v1/data.ts';
import { changeFromWire, changesFromWire, changeToWire } from '../../src/wire/changes.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { changes } from './support/messages.ts';

const row = Uint8Array.of(10, 1, 65);
const rowBytes = { $case: 'rowBytes' as const, value: row };
const put = { ...ChangeMessage.create(), operation: 1 as const, table: 'a.v1.Site' };

function anyRow(typeUrl: string) {
  return { $case: 'row' as const, value: { typeUrl, value: row } };
}

test('any change comes out as it went in', () => {
  fc.assert(
    fc.property(changes, (change) => {
      const bytes = ChangeMessage.encode(changeToWire(change)).finish();
      expect(changeFromWire(ChangeMessage.decode(bytes), 'change')).toEqual(change);
    }),
  );
});

test('a row may come as an Any or as its bytes, and means the same', () => {
  const asAny = { ...put, content: anyRow('type.googleapis.com/a.v1.Site') };
  const asBytes = { ...put, content: rowBytes };
  expect(changeFromWire(asAny, 'change')).toEqual(changeFromWire(asBytes, 'change'));
});

test('an Any says which table it is of, where the change does not', () => {
  const change = { ...put, table: '', content: anyRow('type.googleapis.com/a.v1.Site') };
  expect(changeFromWire(change, 'change').table).toBe('a.v1.Site');
});

test('a row that sets nothing is a row', () => {
  const empty = { ...put, content: { ...rowBytes, value: new Uint8Array(0) } };
  expect(changeFromWire(empty, 'change').row).toHaveLength(0);
});

test('the row is a copy, also of what gRPC hands out', () => {
  const message = { ...put, content: { ...rowBytes, value: Buffer.from(row) } };
  const change = changeFromWire(message, 'change');
  message.content.value.fill(0);
  expect(change.row).toEqual(row);
});

test('no base differs from base 0', () => {
  const base = (baseVersion?: bigint) =>
    changeFromWire({ ...put, content: rowBytes, baseVersion }, 'change').base;
  expect(base()).toBeUndefined();
  expect(base(0n)).toBe(0);
});

describe('a change is refused', () => {
  const otherAny = anyRow('type.googleapis.com/a.v1.Other');
  const tooLarge = 2n ** 53n;
  const cases: [string, object, string, string][] = [
    ['without an operation', { operation: 0 }, 'UNKNOWN_ENUM_VALUE', 'operation'],
    ['with an unknown operation', { operation: 4 }, 'UNKNOWN_ENUM_VALUE', 'operation'],
    ['with an operation below all', { operation: -1 }, 'UNKNOWN_ENUM_VALUE', 'operation'],
    ['as a put without a row', { content: undefined }, 'MISSING_FIELD', 'row'],
    ['as a patch without a row', { operation: 2, content: undefined }, 'MISSING_FIELD', 'row'],
    ['as a delete with row bytes', { operation: 3 }, 'UNEXPECTED_ROW', 'row_bytes'],
    ['as a delete with a row', { operation: 3, content: otherAny }, 'UNEXPECTED_ROW', 'row'],
    ['with a row of another table', { content: otherAny }, 'WRONG_ROW_TYPE', 'row'],
    ['with row bytes of no table', { table: '' }, 'MISSING_FIELD', 'table'],
    [
      'as a delete of no table',
      { operation: 3, table: '', content: undefined },
      'MISSING_FIELD',
      'table',
    ],
    ['with too large a base', { baseVersion: tooLarge }, 'NUMBER_TOO_LARGE', 'base_version'],
    ['with too large a counter', { baseCounter: tooLarge }, 'NUMBER_TOO_LARGE', 'base_counter'],
  ];
  test.each(cases)('%s', (_what, replaced, reason, field) => {
    const message = { ...put, content: rowBytes, ...replaced } as ChangeMessage;
    expect(refusalOf(() => changesFromWire([message], 'changes'))).toEqual({
      reason,
      fields: [`changes[0].${field}`],
    });
  });
});
