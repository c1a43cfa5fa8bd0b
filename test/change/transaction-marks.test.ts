import { describe, expect, test } from 'vitest';
import { digestOf, type Operation } from '../../src/change/transaction.ts';
import {
  changeFlags,
  countOfRuns,
  flagsMax,
  flagsOf,
  operationOf,
  RunningSummary,
  runsOf,
} from '../../src/change/transaction-marks.ts';
import { transactionOf } from '../session/support/messages.ts';

const [change] = transactionOf('p', 1).changes;
const form = { hasKey: false, isBytes: false, hasNumber: false };
const plain = { ...change!, base: undefined };

describe('flags of a change', () => {
  test('are the operation and a bit for each thing that there is', () => {
    const operations: Operation[] = ['put', 'patch', 'delete'];
    expect(operations.map((operation) => flagsOf({ ...plain, operation }, form))).toEqual([
      0, 1, 2,
    ]);
    expect([0, 1, 2, 3].map(operationOf)).toEqual([...operations, undefined]);
    const each = [
      flagsOf({ ...plain, base: 0 }, form),
      flagsOf({ ...plain, baseAbsent: true }, form),
      flagsOf({ ...plain, baseCounter: 1 }, form),
      flagsOf({ ...plain, ifMatch: 'e' }, form),
      flagsOf({ ...plain, ifNoneMatch: true }, form),
      flagsOf(plain, { ...form, hasKey: true }),
      flagsOf(plain, { ...form, isBytes: true }),
      flagsOf(plain, { ...form, hasNumber: true }),
    ];
    expect(each).toEqual(Object.values(changeFlags));
    expect(each.reduce((sum, flag) => sum + flag, 3)).toBe(flagsMax);
  });
});

describe('a running summary', () => {
  test('has runs of consecutive counters, and the last digest of each writer', () => {
    const summary = new RunningSummary();
    const names = [
      ['p', 1],
      ['p', 2],
      ['q', 3],
      ['p', 3],
      ['p', 5],
    ] as const;
    for (const [replica, counter] of names) summary.add(transactionOf(replica, counter));
    expect(summary.lastDigest('p')).toEqual(digestOf(transactionOf('p', 5)));
    expect(summary.lastDigest('q')).toEqual(digestOf(transactionOf('q', 3)));
    expect(summary.lastDigest('r')).toBeUndefined();
    const { runs, changes } = summary.finish();
    expect(runs).toEqual([
      { replica: 'p', first: 1, count: 2 },
      { replica: 'q', first: 3, count: 1 },
      { replica: 'p', first: 3, count: 1 },
      { replica: 'p', first: 5, count: 1 },
    ]);
    expect([countOfRuns(runs), changes]).toEqual([5, 5]);
    expect(runsOf(names.map(([replica, counter]) => ({ replica, counter })))).toEqual(runs);
  });
});
