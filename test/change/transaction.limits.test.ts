/** Every limit of reading a transaction that somebody sent, at the limit and one over it: little may not become much. */
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { finish } from '../../src/base/steps.ts';
import {
  type Change,
  encodeTransaction,
  type ReadingLimits,
  transactionSteps,
} from '../../src/change/transaction.ts';
import { itemTable, patch, put, remove, transaction } from '../support/model-schema.ts';
import { refusalOf } from '../support/schema-errors.ts';

function encoded(changes: readonly Change[]): Uint8Array {
  const out = new ByteWriter();
  encodeTransaction(transaction('ann', 1, changes), out);
  return out.finish();
}

function read(changes: readonly Change[], limits: Partial<ReadingLimits>) {
  return finish(transactionSteps(encoded(changes), { ...defaultLimits, ...limits }));
}

const three = ['i', 'j', 'k'].map((key) => remove(itemTable, key));

test('transactionChangesMax: nothing behind that is read', () => {
  expect(read(three, { transactionChangesMax: 3 }).changes).toHaveLength(3);
  expect(refusalOf(() => read(three, { transactionChangesMax: 2 }))).toEqual({
    reason: 'TOO_MANY_CHANGES',
    fields: ['changes'],
  });
  const broken = new Uint8Array([...encoded(three), 255]);
  const steps = transactionSteps(broken, { ...defaultLimits, transactionChangesMax: 2 });
  expect(refusalOf(() => finish(steps)).reason).toBe('TOO_MANY_CHANGES');
});

test('tableColumnsMax: of the fields that a change names', () => {
  const changes = [three[0]!, { ...patch(itemTable, 'i', {}), fields: [2, 3, 2] }];
  expect(read(changes, { tableColumnsMax: 3 }).changes[1]!.fields).toEqual([2, 3, 2]);
  expect(refusalOf(() => read(changes, { tableColumnsMax: 2 }))).toEqual({
    reason: 'TOO_MANY_FIELDS',
    fields: ['changes[1].fields'],
  });
});

test('rowBytesMax, and 64 KiB for what is beside a row', () => {
  const change = { ...put(itemTable, 'i', {}), row: new Uint8Array(100_000) };
  const exact = { rowBytesMax: itemBytes(change) - (64 << 10) };
  expect(read([change], exact).changes[0]!.row).toHaveLength(100_000);
  const less = { rowBytesMax: exact.rowBytesMax - 1 };
  expect(refusalOf(() => read([three[0]!, change], less))).toEqual({
    reason: 'CHANGE_TOO_LARGE',
    fields: ['changes[1]'],
  });
});

describe('a step ends', () => {
  test.each<[string, Partial<ReadingLimits>, number]>([
    ['with stepChangesMax changes', { stepChangesMax: 2 }, 2],
    ['with the change that reaches stepBytesMax', { stepBytesMax: itemBytes(three[0]!) + 1 }, 2],
    ['nowhere else', {}, 1],
  ])('%s', (_, limits, expected) => {
    const steps = transactionSteps(encoded(three), { ...defaultLimits, ...limits });
    let count = 1;
    while (steps.next().done !== true) count++;
    expect(count).toBe(expected);
  });
});

/** Of a change, without its tag and length. */
function itemBytes(change: Change): number {
  const bytes = encoded([change]).length - encoded([]).length;
  return bytes - (bytes > 16_384 + 3 ? 4 : bytes > 130 ? 3 : 2);
}
