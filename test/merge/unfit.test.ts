import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { finish } from '../../src/base/steps.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { type PreparedTransaction, preparationSteps } from '../../src/merge/prepared.ts';
import type { RowRules } from '../../src/merge/row-check.ts';
import { preparedOrUnfit } from '../../src/merge/unfit.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { itemTable, modelSchema, put } from '../support/model-schema.ts';

const few = { ...defaultLimits, rowBytesMax: 100, transactionChangesMax: 3 };

function transactionOf(changes: Transaction['changes'], more: Partial<Transaction> = {}) {
  const head = { replica: 'ann', counter: 1, previousDigest: new Uint8Array(0), stamp: 0 };
  return { ...head, schemaVersion: modelSchema.version, changes, ...more };
}

function prepared(transaction: Transaction): PreparedTransaction {
  const steps = preparationSteps(modelSchema, few, transaction, 'transaction');
  return finish(preparedOrUnfit(transaction, steps));
}

const fine = put(itemTable, 'i', { notes: 'a' });
const tooLarge = put(itemTable, 'j', { notes: 'x'.repeat(200) });

describe('a transaction', () => {
  test('that can be is prepared, as the last try of its writer', () => {
    const transaction = transactionOf([fine]);
    const expected = finish(preparationSteps(modelSchema, few, transaction, 'transaction'));
    expect(prepared(transaction)).toEqual({ ...expected, isLastTry: true });
  });

  test('whose changes can never be has none, and says which of them is wrong', () => {
    const transaction = transactionOf([fine, tooLarge]);
    expect(prepared(transaction)).toMatchObject({
      ...{ transaction, changes: [], isLastTry: true },
      unfit: { reason: 'ROW_TOO_LARGE', changeIndex: 1, currentEtag: '' },
    });
    const unknown = { ...fine, table: 't.None' };
    expect(prepared(transactionOf([unknown])).unfit).toEqual({
      reason: 'UNKNOWN_TABLE',
      message: 'transaction.changes[0].table: there is no table "t.None"',
      changeIndex: 0,
      currentEtag: '',
      violations: [
        { field: 'transaction.changes[0].table', description: 'there is no table "t.None"' },
      ],
    });
    const many = transactionOf([fine, fine, fine, fine]);
    expect(prepared(many).unfit).toMatchObject({ reason: 'TOO_MANY_CHANGES', changeIndex: 0 });
  });

  test('has a message of a thousand characters at the most, and sixteen fields', () => {
    const fields = Array.from({ length: 17 }, () => ({
      field: 'changes[7].row.a',
      description: '',
    }));
    const error = new SyncError(Code.invalidArgument, 'BAD', 'x'.repeat(1_001), { fields });
    const { unfit } = finish(preparedOrUnfit(transactionOf([fine]), failing(error)));
    expect(unfit?.message).toHaveLength(1_000);
    expect(unfit?.violations).toHaveLength(16);
    expect(unfit?.changeIndex).toBe(7);
  });

  test.each<[string, Partial<Transaction>]>([
    ['BAD_REPLICA_ID', { replica: 'a b' }],
    ['BAD_COUNTER', { counter: 0 }],
    ['BAD_STAMP', { stamp: -1 }],
    ['BAD_DIGEST', { previousDigest: Uint8Array.of(1) }],
    ['SCHEMA_MISMATCH', { schemaVersion: 99 }],
  ])('that cannot be one of its writer (%s) is none', (reason, more) => {
    expect(() => prepared(transactionOf([tooLarge], more))).toThrow(
      expect.objectContaining({ reason }),
    );
  });

  test('is not refused for a defect of the code that prepares it', () => {
    const error = new TypeError('a defect');
    expect(() => finish(preparedOrUnfit(transactionOf([fine]), failing(error)))).toThrow(error);
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

  test('at which the code fails is refused on the last try, and on no other', () => {
    const model = new ModelHome({ validate: broken(new TypeError('a defect')) });
    const last = prepared(transactionOf([patched(), fine]));
    const { isLastTry: _, ...other } = last;
    expect(() => model.home.order(submission(other), noonMs)).toThrow('a defect');
    expect(model.home.order(submission(last), noonMs).outcome).toMatchObject({
      status: 'refused',
      refusal: {
        reason: 'ORDERING_FAILED',
        message: 'the server could not order it: TypeError: a defect',
        changeIndex: 0,
      },
    });
    const long = new ModelHome({ validate: broken(new Error('x'.repeat(2_000))) });
    const { refusal } = long.home.order(submission(last), noonMs).outcome;
    expect(refusal?.message).toHaveLength(1_000);
  });

  test('that has no room just now is not refused for it', () => {
    const error = new SyncError(Code.resourceExhausted, 'HEAP_FULL', 'no room');
    const model = new ModelHome({ validate: broken(error) });
    const last = prepared(transactionOf([fine]));
    expect(() => model.home.order(submission(last), noonMs)).toThrow(error);
  });
});

const patched = () => put(itemTable, 'k', {});

function broken(error: Error): RowRules {
  return () => {
    throw error;
  };
}

// biome-ignore lint/correctness/useYield: it fails before
function* failing(error: Error): Generator<undefined, PreparedTransaction> {
  throw error;
}

const anyone = { mayRead: () => true, mayWrite: () => true, knowsOwnWrites: true };
const submission = (transaction: PreparedTransaction) => ({ prepared: transaction, ...anyone });
