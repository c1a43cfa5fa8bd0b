import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { finish } from '../../src/base/steps.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { type PreparedTransaction, preparationSteps } from '../../src/merge/prepared.ts';
import { preparedOrUnfit } from '../../src/merge/unfit.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { itemTable, modelSchema, put } from '../support/model-schema.ts';

const few = { ...defaultLimits, rowBytesMax: 100, transactionChangesMax: 3 };

function transactionOf(changes: Transaction['changes'], more: Partial<Transaction> = {}) {
  const head = { replica: 'ann', counter: 1, previousDigest: new Uint8Array(0), stamp: 0 };
  return { ...head, schemaVersion: modelSchema.version, changes, ...more };
}

const path = 'push.transactions[3]';

function prepared(transaction: Transaction): PreparedTransaction {
  return finish(preparedOrUnfit(modelSchema, few, transaction, path));
}

const fine = put(itemTable, 'i', { notes: 'a' });
const tooLarge = put(itemTable, 'j', { notes: 'x'.repeat(200) });

describe('a transaction', () => {
  test('that can be is prepared', () => {
    const transaction = transactionOf([fine]);
    const expected = finish(preparationSteps(modelSchema, few, transaction, path));
    expect(prepared(transaction)).toEqual(expected);
  });

  test('whose changes can never be has none, and says which of them is wrong', () => {
    const transaction = transactionOf([fine, tooLarge, tooLarge]);
    expect(prepared(transaction)).toMatchObject({
      ...{ transaction, changes: [] },
      unfit: { reason: 'ROW_TOO_LARGE', changeIndex: 1, currentEtag: '' },
    });
  });

  test('names what is wrong by its path within it, and not where it came', () => {
    const unknown = { ...fine, table: 't.None' };
    expect(prepared(transactionOf([fine, unknown])).unfit).toEqual({
      reason: 'UNKNOWN_TABLE',
      message: 'changes[1].table: there is no table "t.None"',
      changeIndex: 1,
      currentEtag: '',
      violations: [{ field: 'changes[1].table', description: 'there is no table "t.None"' }],
    });
    const many = transactionOf([fine, fine, fine, fine]);
    expect(prepared(many).unfit).toMatchObject({
      ...{ reason: 'TOO_MANY_CHANGES', changeIndex: 0 },
      message: 'changes: has 4 changes, 3 at most',
    });
    const bytes = { ...few, transactionBytesMax: 10 };
    const unfit = finish(preparedOrUnfit(modelSchema, bytes, transactionOf([fine]), path)).unfit;
    expect(unfit).toMatchObject({
      ...{ reason: 'TRANSACTION_TOO_LARGE', changeIndex: 0 },
      violations: [{ field: 'changes' }],
    });
    const counted = { counted: true };
    const steps = preparedOrUnfit(modelSchema, bytes, transactionOf([fine]), path, counted);
    expect(finish(steps).unfit).toBeUndefined();
  });

  test('[I13] quotes no more of what was written than a bounded refusal has', () => {
    const limits = { ...few, refusalTextLengthMax: 40 };
    for (const name of ['t'.repeat(1 << 20), '😀'.repeat(1 << 19), '\u0001'.repeat(1 << 20)]) {
      const transaction = transactionOf([{ ...fine, table: name }]);
      const { unfit } = finish(preparedOrUnfit(modelSchema, limits, transaction, path));
      const texts = [unfit!.message, ...unfit!.violations.map(({ description }) => description)];
      expect(texts).toHaveLength(2);
      for (const text of texts) {
        expect(text.length).toBeLessThanOrEqual(40);
        expect(text.isWellFormed()).toBe(true);
      }
    }
  });

  test.each<[string, Partial<Transaction>]>([
    ['BAD_REPLICA_ID', { replica: 'a b' }],
    ['BAD_COUNTER', { counter: 0 }],
    ['BAD_STAMP', { stamp: -1 }],
    ['BAD_DIGEST', { previousDigest: Uint8Array.of(1) }],
    ['SCHEMA_MISMATCH', { schemaVersion: 99 }],
  ])('that cannot be one of its writer (%s) is none', (reason, more) => {
    expect(() => prepared(transactionOf([tooLarge], more))).toThrow(
      expect.objectContaining({ reason, message: expect.stringContaining(`${path}.`) }),
    );
  });

  test.each([
    new TypeError('a defect'),
    new SyncError(Code.internal, 'INTERNAL', 'another one'),
    new SyncError(Code.resourceExhausted, 'HEAP_FULL', 'no room'),
  ])('is not refused for what passes: %s', (error) => {
    const broken = {
      ...fine,
      get table(): string {
        throw error;
      },
    };
    const counted = { counted: true };
    const steps = preparedOrUnfit(modelSchema, few, transactionOf([broken]), path, counted);
    expect(() => finish(steps)).toThrow(error);
  });
});

describe('ordering one', () => {
  test('[I2] that is unfit refuses it, changes nothing, and its writer goes on behind it', () => {
    const model = new ModelHome();
    const unfit = prepared(transactionOf([fine, tooLarge]));
    const { outcome, record } = model.home.order(submission(unfit), noonMs);
    expect(outcome).toMatchObject({ status: 'refused', refusal: unfit.unfit });
    expect(record).toBeDefined();
    expect(model.home.durable().effects.map(({ table }) => table.name)).toEqual([
      'syncdb.v1.Outcome',
      'syncdb.v1.Writer',
    ]);
    // It is the same each time it comes, also where it can be by now.
    expect(model.home.order(submission(unfit), noonMs)).toMatchObject({
      ...{ outcome, record: undefined },
    });
    const { digest } = model.home.settled('ann');
    const next = transactionOf([fine], { counter: 2, previousDigest: digest });
    expect(model.home.order(submission(prepared(next)), noonMs).outcome.status).toBe('committed');
  });

  test.each([
    new TypeError('a defect'),
    new SyncError(Code.resourceExhausted, 'HEAP_FULL', 'no room'),
  ])('at which the code fails is no more refused than without: %s', (error) => {
    const validate = () => {
      throw error;
    };
    const model = new ModelHome({ validate });
    const sound = prepared(transactionOf([fine]));
    expect(() => model.home.order(submission(sound), noonMs)).toThrow(error);
    expect(model.home.settled('ann').counter).toBe(0);
  });
});

const anyone = { mayRead: () => true, mayWrite: () => true, knowsOwnWrites: true };
const submission = (transaction: PreparedTransaction) => ({ prepared: transaction, ...anyone });
