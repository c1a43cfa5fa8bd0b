import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import type { Limits } from '../../src/base/limits.ts';
import type { PreparedTransaction } from '../../src/merge/prepared.ts';
import type { TransactionPart } from '../../src/session/messages.ts';
import {
  checkPushSize,
  outcomeOfSettled,
  PushIntake,
  type SettledTransaction,
} from '../../src/session/push-intake.ts';
import { checkWriter } from '../../src/session/pusher.ts';
import { WholeTransaction } from '../../src/session/whole-transaction.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { TestHome } from './support/hosts.ts';
import { partsOf, pushOf, transactionOf } from './support/messages.ts';

const edits = Array.from({ length: 5 }, (_, index) => putEdit(newsTable, `n${index}`, {}));
const large = transactionOf('p', 1, ...edits);
const parts = partsOf(large, 60);

test('what came in parts leaves when it is whole, before what came behind it', () => {
  const { intake, taken } = intakeFor();
  expect(parts.map((part) => intake.part(part, 0).whole)).toEqual([
    ...parts.slice(1).map(() => false),
    true,
  ]);
  intake.push(pushOf(transactionOf('p', 2)));
  expect(taken).toEqual([1, 2]);
  expect(names(intake)).toEqual([['p/1'], ['p/2']]);
  expect(names(intake)).toEqual([]);
});

test('says how much is there, and takes the whole once, and again when it is asked', () => {
  const { intake } = intakeFor();
  const results = parts.map((part) => intake.part(part, 0).result);
  const [first] = parts;
  expect(results[0]).toEqual({
    type: 'part-result',
    replica: 'p',
    counter: 1,
    receivedBytes: 60,
  });
  expect(names(intake)).toEqual([['p/1']]);
  expect(intake.part(parts.at(-1)!, 0)).toMatchObject({
    whole: false,
    result: { receivedBytes: first!.totalBytes },
  });
  expect(names(intake)).toEqual([]);
  expect(intake.part({ ...first!, bytes: new Uint8Array(0) }, 0).whole).toBe(true);
  expect(names(intake)).toEqual([['p/1']]);
});

test('a whole one that another session brought is taken by the first part that finds it', () => {
  const home = new TestHome();
  const { intake: before } = intakeFor({}, home);
  for (const part of parts) before.part(part, 0);
  const { intake } = intakeFor({}, home);
  expect(parts.slice(2).map((part) => intake.part(part, 0).whole)).toEqual([
    true,
    ...parts.slice(3).map(() => false),
  ]);
  expect(names(intake)).toEqual([['p/1']]);
});

// Found by seed 51 of 1,000 steps: it could not be ordered, another one took its place, and it was never pushed again.
test('one that was taken, and is not there any more, is taken again when all of it has come anew', () => {
  const { intake } = intakeFor({ partTransactionsMax: 1, partsIdleMsMax: 10 });
  for (const part of parts) intake.part(part, 0);
  expect(names(intake)).toEqual([['p/1']]);
  intake.part(partsOf({ ...large, counter: 6 }, 60)[0]!, 11);
  expect(parts.map((part) => intake.part(part, 22).whole)).toEqual([
    ...parts.slice(1).map(() => false),
    true,
  ]);
  expect(names(intake)).toEqual([['p/1']]);
});

describe('only a relay pushes for others', () => {
  test('a part of another writer is refused', () => {
    const { intake } = intakeFor();
    expect(fault(() => intake.part({ ...parts[0]!, replica: 'q' }, 0))).toEqual(
      foreignWriter('part'),
    );
    expect(fault(() => intake.push(pushOf(transactionOf('q', 1))))).toEqual(
      foreignWriter('push.transactions[0]'),
    );
    expect(names(intake)).toEqual([]);
  });

  test('a relay may', () => {
    const home = new TestHome();
    const intake = new PushIntake(home.source, { replicas: ['r'], relay: true }, () => {});
    const transaction = { ...large, replica: 'q' };
    for (const part of partsOf(transaction, 60)) intake.part(part, 0);
    expect(names(intake)).toEqual([['q/1']]);
  });
});

test('a part that cannot be is INVALID_ARGUMENT', () => {
  const { intake } = intakeFor();
  const bad: TransactionPart = { ...parts[0]!, offset: 1 << 20 };
  expect(fault(() => intake.part(bad, 0))).toMatchObject({ code: 3, reason: 'BAD_OFFSET' });
});

test('[I3] a settled one is handed out with what became of it, and nothing of it is taken', () => {
  const home = new TestHome();
  home.write('p', ...edits);
  const { intake } = intakeFor({}, home);
  const other = { ...parts[0]!, bytes: new Uint8Array(0) };
  expect(intake.part(other, 0)).toMatchObject({
    whole: false,
    result: { receivedBytes: other.totalBytes },
  });
  const [settled] = intake.take() as [SettledTransaction];
  expect(outcomeOfSettled(settled)).toMatchObject({
    status: 'unordered',
    refusal: { reason: 'REPLICA_FORKED' },
  });
  const defect = (function* (): Generator<undefined, never> {
    yield undefined;
    throw new Error('a defect');
  })();
  expect(() => outcomeOfSettled({ part: other, outcome: defect })).toThrow('a defect');
});

test('checkPushSize: none is too few', () => {
  expect(fault(() => checkPushSize(0, 2))).toMatchObject({
    reason: 'NO_TRANSACTIONS',
  });
  expect(checkPushSize(2, 2)).toBeUndefined();
  expect(fault(() => checkPushSize(3, 2))).toMatchObject({
    reason: 'TOO_MANY_TRANSACTIONS',
  });
});

function intakeFor(limits: Partial<Limits> = {}, home = new TestHome(limits)) {
  const taken: number[] = [];
  const intake = new PushIntake(home.source, { replicas: ['p'], relay: false }, ({ counter }) =>
    taken.push(counter),
  );
  return { intake, taken };
}

const foreignWriter = (path: string) =>
  fault(() => checkWriter({ replicas: ['p'], relay: false }, 'q', path));

function names(intake: PushIntake): string[][] {
  return intake
    .take()
    .map((push) => (push instanceof WholeTransaction ? [push.take()] : push))
    .map((push) =>
      (push as PreparedTransaction[]).map(
        ({ transaction: { replica, counter } }) => `${replica}/${counter}`,
      ),
    );
}

function fault(work: () => unknown): SyncError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}
