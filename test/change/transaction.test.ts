import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as pb from '../../gen/ts/syncdb/v1/data.ts';
import { ByteWriter, toHex } from '../../src/base/bytes.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import {
  type Change,
  decodeTransaction,
  digestBytes,
  digestOf,
  encodeTransaction,
  nameOf,
  type Transaction,
} from '../../src/change/transaction.ts';
import { itemTable, patch, put, remove, transaction } from '../support/model-schema.ts';

const texts = fc.string({ unit: 'grapheme', maxLength: 20 });
const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => new Uint8Array(value));
const numbers = fc.oneof(fc.constant(0), fc.nat({ max: 300 }), fc.maxSafeNat());

const changes: fc.Arbitrary<Change> = fc
  .record({
    operation: fc.constantFrom('put' as const, 'patch' as const, 'delete' as const),
    table: texts,
    key: texts,
    row: bytes,
    fields: fc.array(fc.nat({ max: 500 }), { maxLength: 200 }),
    base: fc.option(numbers, { nil: undefined }),
    baseCounter: numbers,
    ifMatch: texts,
    ifNoneMatch: fc.boolean(),
    baseAbsent: fc.boolean(),
  })
  .map((change) =>
    change.operation === 'delete' ? { ...change, row: new Uint8Array(0) } : change,
  );

const transactions: fc.Arbitrary<Transaction> = fc.record({
  replica: texts,
  counter: numbers,
  previousDigest: bytes,
  stamp: numbers,
  schemaVersion: fc.nat(),
  changes: fc.array(changes, { maxLength: 4 }),
});

function encoded(one: Transaction): Uint8Array {
  const out = new ByteWriter();
  encodeTransaction(one, out);
  return out.finish();
}

function isMalformed(source: Uint8Array): boolean {
  try {
    decodeTransaction(source);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    expect(error).toMatchObject({ code: Code.dataLoss, reason: 'MALFORMED_BYTES' });
    return true;
  }
}

test('a transaction is named by its writer and counter', () => {
  expect(nameOf(transaction('ann', 17, []))).toBe('ann/17');
});

describe('the canonical encoding of a transaction', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(transactions, (one) => {
        expect(decodeTransaction(encoded(one))).toEqual(one);
      }),
      { numRuns: 200 },
    );
  });

  test('is what the generated messages write', () => {
    const operations = {
      put: pb.Operation.PUT,
      patch: pb.Operation.PATCH,
      delete: pb.Operation.DELETE,
    };
    const optional = (value: number | undefined) =>
      value === undefined ? undefined : BigInt(value);
    fc.assert(
      fc.property(transactions, (one) => {
        const message: pb.Transaction = {
          replicaId: one.replica,
          counter: BigInt(one.counter),
          previousDigest: one.previousDigest,
          stamp: BigInt(one.stamp),
          schemaVersion: one.schemaVersion,
          changes: one.changes.map((change) => ({
            operation: operations[change.operation],
            table: change.table,
            key: change.key,
            content:
              change.operation === 'delete' ? undefined : { $case: 'rowBytes', value: change.row },
            fields: [...change.fields],
            baseVersion: optional(change.base),
            baseCounter: BigInt(change.baseCounter),
            ifMatch: change.ifMatch,
            ifNoneMatch: change.ifNoneMatch,
            baseAbsent: change.baseAbsent,
          })),
        };
        expect(toHex(encoded(one))).toBe(toHex(pb.Transaction.encode(message).finish()));
      }),
      { numRuns: 200 },
    );
  });

  test('is the only one that is read: other bytes of the same transaction have another digest', () => {
    const one = transaction('ann', 1, [remove(itemTable, 'i')]);
    const tail = encoded(transaction('', 0, one.changes));
    const head = (...parts: number[][]) => Uint8Array.from([...parts.flat(), ...tail]);
    const replica = [0x0a, 3, 0x61, 0x6e, 0x6e];
    expect(decodeTransaction(head(replica, [0x10, 1]))).toEqual(one);
    expect(isMalformed(head([0x10, 1], replica))).toBe(true);
    expect(isMalformed(head(replica, [0x10, 0x81, 0]))).toBe(true);
    expect(isMalformed(head(replica, [0x10, 1], [0x20, 0]))).toBe(true);
    expect(isMalformed(head(replica, [0x10, 2], [0x10, 1]))).toBe(true);
  });

  test.each([
    ['an unknown field', [0x78, 1]],
    ['a change without an operation', [0x32, 2, 0x12, 0]],
    ['an operation that is none', [0x32, 2, 0x08, 4]],
    ['a change with an unknown field', [0x32, 4, 0x08, 3, 0x78, 1]],
    ['an end within a field', [0x0a, 9]],
  ])('is not %s', (_what, source) => {
    expect(isMalformed(Uint8Array.from(source))).toBe(true);
  });

  test('is read or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(transactions, fc.nat(), fc.nat({ max: 255 }), (one, at, byte) => {
        const source = encoded(one);
        source[at % Math.max(1, source.length)] = byte;
        if (!isMalformed(source)) expect(encoded(decodeTransaction(source))).toEqual(source);
        isMalformed(source.subarray(0, at % (source.length + 1)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the digest of a transaction', () => {
  const base = transaction('ann', 3, [
    put(itemTable, 'i', { notes: 'a' }),
    patch(itemTable, 'j', { count: 2 }),
  ]);

  test('has 16 bytes, the same for equal transactions', () => {
    expect(digestOf(base)).toHaveLength(digestBytes);
    expect(digestOf({ ...base })).toEqual(digestOf(base));
  });

  test.each([
    ['writer', { replica: 'bob' }],
    ['counter', { counter: 4 }],
    ['digest of the one before', { previousDigest: new Uint8Array(16) }],
    ['stamp', { stamp: 1 }],
    ['schema version', { schemaVersion: 1 }],
    ['changes', { changes: base.changes.toReversed() }],
    ['rows not seen', { changes: base.changes.map((one) => ({ ...one, baseAbsent: true })) }],
  ])('is of the %s too', (_what, rest) => {
    expect(digestOf({ ...base, ...rest })).not.toEqual(digestOf(base));
  });
});
