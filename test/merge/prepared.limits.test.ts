/** Every limit of preparing, at the limit and one over it, and what people are told. */
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { type Change, encodeTransaction, type Transaction } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import {
  itemTable,
  meterTable,
  modelSchema,
  patch,
  put,
  remove,
  rowBytes,
  transaction,
} from '../support/model-schema.ts';
import { refusalOf, syncErrorOf } from '../support/schema-errors.ts';

type Case = [changes: readonly Change[], rest?: Partial<Transaction>, limits?: Partial<Limits>];

function prepare(...[changes, rest, limits]: Case) {
  const ordered = transaction('ann', 1, changes, rest);
  return prepareTransaction(modelSchema, { ...defaultLimits, ...limits }, ordered, 'push');
}

const item = put(itemTable, 'i', {});

describe('keyBytesMax', () => {
  const limits = { keyBytesMax: 6 };

  test.each([
    ['of a put', 'key', (key: string) => put(itemTable, key, {})],
    ['of a patch', 'key', (key: string) => patch(itemTable, key, { notes: 'n' })],
    ['of a delete', 'key', (key: string) => remove(itemTable, key)],
    ['in a row', 'row.id', (key: string) => put(itemTable, '', { id: key })],
  ])('holds for the key %s, in bytes of UTF-8', (_where, field, changeOf) => {
    for (const key of ['123456', '€€', 'aé€']) {
      expect(prepare([changeOf(key)], {}, limits).changes[0]!.key).toBe(key);
    }
    for (const key of ['1234567', '€€1', '€€€']) {
      expect(refusalOf(() => prepare([item, changeOf(key)], {}, limits))).toEqual({
        reason: 'BAD_KEY',
        fields: [`push.changes[1].${field}`],
      });
    }
  });

  test('holds for numbers as they are written', () => {
    expect(prepare([remove(meterTable, '-12345')], {}, limits).changes[0]!.key).toBe('-12345');
    expect(refusalOf(() => prepare([remove(meterTable, '-123456')], {}, limits)).reason).toBe(
      'BAD_KEY',
    );
  });
});

test('tableColumnsMax: a change names no more fields than a table may have', () => {
  const changes = [{ ...patch(itemTable, 'i', {}), fields: [2, 3, 2] }];
  expect(prepare(changes, {}, { tableColumnsMax: 3 }).changes).toHaveLength(1);
  expect(refusalOf(() => prepare(changes, {}, { tableColumnsMax: 2 }))).toEqual({
    reason: 'TOO_MANY_FIELDS',
    fields: ['push.changes[0].fields'],
  });
});

test('an etag has 64 characters at the most: a refusal quotes it for ever', () => {
  const named = (length: number) => [remove(itemTable, 'i', { ifMatch: 'v'.repeat(length) })];
  expect(prepare(named(64)).changes).toHaveLength(1);
  expect(refusalOf(() => prepare(named(65)))).toEqual({
    reason: 'BAD_ETAG',
    fields: ['push.changes[0].if_match'],
  });
});

test('only a service writes under a name that no replica can have', () => {
  const ordered = transaction('$service/billing', 1, [item]);
  const prepared = prepareTransaction(modelSchema, defaultLimits, ordered, 'push', 'service');
  expect(prepared.transaction.replica).toBe('$service/billing');
  expect(refusalOf(() => prepareTransaction(modelSchema, defaultLimits, ordered, 'push'))).toEqual({
    reason: 'BAD_REPLICA_ID',
    fields: ['push.replica_id'],
  });
});

test('counters and stamps go up to 2^53 - 1', () => {
  const highest = { counter: Number.MAX_SAFE_INTEGER, stamp: Number.MAX_SAFE_INTEGER };
  expect(prepare([item], highest).transaction).toMatchObject(highest);
  const beyond = 2 ** 53;
  expect(refusalOf(() => prepare([item], { counter: beyond })).reason).toBe('BAD_COUNTER');
  expect(refusalOf(() => prepare([item], { stamp: beyond })).reason).toBe('BAD_STAMP');
});

test.each([
  [1, 'BAD_DIGEST'],
  [15, 'BAD_DIGEST'],
  [17, 'BAD_DIGEST'],
])('a digest does not have %i bytes', (length, reason) => {
  const previousDigest = new Uint8Array(length);
  expect(refusalOf(() => prepare([item], { previousDigest })).reason).toBe(reason);
});

test('transactionChangesMax comes before all else: nothing of too many changes is looked at', () => {
  const looked = new Proxy(item, {
    get: () => {
      throw new RangeError('was looked at');
    },
  });
  const limits = { transactionChangesMax: 3 };
  const refused = refusalOf(() => prepare([looked, looked, looked, looked], {}, limits));
  expect(refused).toEqual({ reason: 'TOO_MANY_CHANGES', fields: ['push.changes'] });
  expect(prepare([item, item, item], {}, limits).changes).toHaveLength(3);
});

describe('transactionBytesMax holds to the byte, whatever the bytes are of', () => {
  const wide = '€'.repeat(100);
  const longest = 2 ** 53 - 1;
  const numbers = Array.from({ length: 100 }, () => 2 ** 29 - 1);
  const flags = { ifNoneMatch: true, baseAbsent: true };
  const whole: Partial<Change> = { base: longest, baseCounter: longest, ...flags };

  test.each<[what: string, change: Change]>([
    ['keys', remove(itemTable, wide)],
    ['names of tables', { ...remove(itemTable, 'i'), table: wide }],
    ['conditions', remove(itemTable, 'i', { ifMatch: wide })],
    ['field numbers', { ...patch(itemTable, 'i', {}), fields: numbers }],
    ['rows', put(itemTable, 'i', { notes: wide })],
    ['bases', put(itemTable, 'i', {}, whole)],
    ['changes that say next to nothing', remove(itemTable, '')],
    ['a little of everything', put(itemTable, '€', { notes: '€' }, { ...whole, ifMatch: '€' })],
  ])('%s', (_what, change) => {
    const changes = Array.from({ length: 500 }, () => change);
    const out = new ByteWriter();
    const rest = { stamp: longest, counter: longest, schemaVersion: 1 };
    encodeTransaction(transaction('ann', 1, changes, rest), out);
    const reasonAt = (transactionBytesMax: number) => {
      try {
        prepare(changes, rest, { transactionBytesMax });
        return undefined;
      } catch (error) {
        return (error as { reason: string }).reason;
      }
    };
    expect(reasonAt(out.length - 1)).toBe('TRANSACTION_TOO_LARGE');
    expect(reasonAt(out.length)).not.toBe('TRANSACTION_TOO_LARGE');
  });
});

describe('people are told what is wrong, and what would be right', () => {
  test.each<[message: string, ...Case]>([
    ['push.counter: must be 1 or more, and below 2^53', [item], { counter: -1 }],
    ['push.stamp: must be 0 or more, and below 2^53', [item], { stamp: 0.5 }],
    [
      'push.previous_digest: must be empty or have 16 bytes',
      [item],
      { previousDigest: new Uint8Array(1) },
    ],
    ['push.schema_version: must be 1', [item], { schemaVersion: 7 }],
    ['push.replica_id: must be 1 to 64 characters of A-Z a-z 0-9 . _ -', [item], { replica: '' }],
    ['push.changes: must not be empty', []],
    ['push.changes: has 2 changes, 1 at most', [item, item], {}, { transactionChangesMax: 1 }],
    ['push: has 24 bytes, 23 at most', [item], {}, { transactionBytesMax: 23 }],
    ['push.changes[0].table: there is no table "t.\\"None"', [{ ...item, table: 't."None' }]],
    [
      'push.changes[0].table: syncdb.v1.Outcome is kept by SyncDB and cannot be written',
      [{ ...item, table: 'syncdb.v1.Outcome' }],
    ],
    [
      'push.changes[1].fields[2]: t.Item has no field 70',
      [item, { ...patch(itemTable, 'i', {}), fields: [3, 3, 70] }],
    ],
    [
      'push.changes[0].key: is not the key that the row has in id',
      [{ ...item, row: rowBytes(itemTable, { id: 'j' }) }],
    ],
    ['push.changes[0].key: is the key and must not be empty', [remove(itemTable, '')]],
    [
      'push.changes[0].row: a row of t.Item takes 3 bytes; 2 are allowed',
      [put(itemTable, 'i', { notes: 'n' })],
      {},
      { rowBytesMax: 2 },
    ],
  ])('%s', (message, ...args) => {
    expect(syncErrorOf(() => prepare(...args)).message).toBe(message);
  });
});
