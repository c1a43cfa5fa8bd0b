import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import type { Delta, Progress } from '../../src/session/messages.ts';
import {
  RowsFallback,
  unreadableDetailLengthMax,
  unreadableReasonLengthMax,
} from '../../src/session/rows-fallback.ts';

const wished = ['columns', 'packed'] as const;
const passed = { type: 'reencode', error: undefined };
const bad = new SyncError(Code.dataLoss, 'MALFORMED_BYTES', 'a block is damaged');

function deltaAt(progress: Progress | undefined, seq?: number): Delta {
  const checkpoint =
    seq === undefined ? undefined : { seq, rowCount: 0, digest: 0n, settled: new Map() };
  const cursor = new Uint8Array(0);
  return { type: 'delta', deltas: [], cursor, checkpoint, progress, answeredProbe: 0 };
}

const within = (rowsDone: number, rowsLeft = 1_000_000) => deltaAt({ rowsDone, rowsLeft });
const encodingsOf = (fallback: RowsFallback) => fallback.greets(wished).encodings;

test('nothing is otherwise than wished where nothing failed', () => {
  const fallback = new RowsFallback();
  expect(fallback.greets(wished)).toEqual({ encodings: wished, unreadable: undefined });
  expect(fallback.stored(within(1))).toBeUndefined();
  expect(fallback.stored(deltaAt(undefined, 1))).toBeUndefined();
});

describe('a delta that could not be read', () => {
  test('comes as rows, until it is passed', () => {
    const fallback = new RowsFallback();
    fallback.greets(wished);
    expect(fallback.failed(within(2_000), bad)).toEqual({ type: 'reencode', error: bad });
    expect(encodingsOf(fallback)).toEqual(['rows']);
    // It may be cut otherwise, and so may the stream.
    expect(fallback.stored(within(1_999))).toBeUndefined();
    expect(encodingsOf(fallback)).toEqual(['rows']);
    expect(fallback.stored(within(2_000))).toEqual(passed);
    expect(encodingsOf(fallback)).toEqual(wished);
  });

  test.each([
    { rowsLeft: 20_000, isWorthIt: true },
    { rowsLeft: 19_999, isWorthIt: false },
  ])(
    'is followed by another stream only where much is left: $rowsLeft rows',
    ({ rowsLeft, isWorthIt }) => {
      const fallback = new RowsFallback();
      fallback.greets(wished);
      fallback.failed(within(2_000), bad);
      fallback.greets(wished);
      expect(fallback.stored(within(2_000, rowsLeft)) !== undefined).toBe(isWorthIt);
      expect(encodingsOf(fallback)).toEqual(isWorthIt ? wished : ['rows']);
      // What is left comes on the stream that there is; the next one is as wished.
      fallback.stored(deltaAt(undefined, 9));
      expect(encodingsOf(fallback)).toEqual(wished);
    },
  );

  test.each<[string, Delta]>([
    ['at a checkpoint', deltaAt({ rowsDone: 5, rowsLeft: 0 }, 7)],
    ['of which nobody can say how far it goes', deltaAt(undefined)],
  ])('%s has rows come up to the next checkpoint', (_, delta) => {
    const fallback = new RowsFallback();
    fallback.greets(wished);
    fallback.failed(delta, bad);
    fallback.greets(wished);
    expect(fallback.stored(within(1_000_000))).toBeUndefined();
    expect(encodingsOf(fallback)).toEqual(['rows']);
    expect(fallback.stored(deltaAt(undefined, 8))).toBeUndefined();
    expect(encodingsOf(fallback)).toEqual(wished);
  });

  test('is an error where it came as rows, and they are asked for again', () => {
    const fallback = new RowsFallback();
    fallback.greets(wished);
    fallback.failed(within(2_000), bad);
    fallback.greets(wished);
    expect(() => fallback.failed(within(2_000), bad)).toThrow(bad);
    expect(encodingsOf(fallback)).toEqual(['rows']);
  });

  test('and another one before the next checkpoint: all up to there comes as rows', () => {
    const fallback = new RowsFallback();
    fallback.greets(wished);
    fallback.failed(within(2_000), bad);
    fallback.greets(wished);
    expect(fallback.stored(within(2_000))).toEqual(passed);
    fallback.greets(wished);
    fallback.failed(within(3_000), bad);
    fallback.greets(wished);
    expect(fallback.stored(within(3_000))).toBeUndefined();
    fallback.stored(deltaAt(undefined, 9));
    // It begins to count anew there.
    fallback.greets(wished);
    fallback.failed(within(10), bad);
    fallback.greets(wished);
    expect(fallback.stored(within(10))).toEqual(passed);
  });
});

describe('what a server is told', () => {
  test('is why, once it has taken the greeting no more', () => {
    const fallback = new RowsFallback();
    fallback.greets(wished);
    fallback.failed(within(1), bad);
    const unreadable = { reason: 'MALFORMED_BYTES', detail: 'a block is damaged' };
    expect(fallback.greets(wished).unreadable).toEqual(unreadable);
    // The stream broke before.
    expect(fallback.greets(wished).unreadable).toEqual(unreadable);
    fallback.welcomed();
    expect(fallback.greets(wished).unreadable).toBeUndefined();
  });

  test.each([0, 1])('is cut where it is %i too long', (over) => {
    const fallback = new RowsFallback();
    fallback.greets(wished);
    const [reason, detail] = [
      'R'.repeat(unreadableReasonLengthMax + over),
      'd'.repeat(unreadableDetailLengthMax + over),
    ];
    fallback.failed(within(1), new SyncError(Code.dataLoss, reason, detail));
    const { unreadable } = fallback.greets(wished);
    expect(unreadable?.reason).toHaveLength(unreadableReasonLengthMax);
    expect(unreadable?.detail).toHaveLength(unreadableDetailLengthMax);
    expect(unreadable?.detail === detail).toBe(over === 0);
  });
});
