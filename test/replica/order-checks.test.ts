import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { checkNext, withCounter } from '../../src/replica/order-checks.ts';
import { modelSchema, noteTable, put, transaction } from '../support/model-schema.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const known = { counter: 4, digest: new Uint8Array(16).fill(4) };
const prepared = (counter: number, rest: Partial<Transaction> = {}, base?: number) => {
  const changes = [put(noteTable, 'n1', {}), put(noteTable, 'n2', {}, { base })];
  const made = transaction('ann', counter, changes, rest);
  return prepareTransaction(modelSchema, defaultLimits, made, 'transaction');
};

describe('the next transaction of a writer', () => {
  test('follows the last one, says so by its digest or not at all, and was made at a commit that is here', () => {
    for (const rest of [{}, { previousDigest: known.digest }]) {
      expect(() => checkNext(prepared(5, rest, 9), known, 9)).not.toThrow();
    }
  });

  test.each([
    ['skips one', prepared(6), 'COUNTER_GAP'],
    ['comes again', prepared(4), 'COUNTER_GAP'],
    ['follows another', prepared(5, { previousDigest: new Uint8Array(16) }), 'REPLICA_FORKED'],
    ['knows what is not here', prepared(5, {}, 10), 'BASE_AHEAD'],
  ])('is none where it %s', (_what, next, reason) => {
    expect(syncErrorOf(() => checkNext(next, known, 9)).reason).toBe(reason);
  });
});

test('a submission takes the counter that it is given, and is the same otherwise', () => {
  const submission = {
    prepared: prepared(1),
    mayRead: () => true,
    mayWrite: () => true,
    knowsOwnWrites: false,
  };
  const numbered = withCounter(submission, 7);
  expect(numbered.prepared.transaction.counter).toBe(7);
  expect(withCounter(numbered, 1)).toEqual(submission);
});
