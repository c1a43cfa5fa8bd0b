import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { JournalBacklog, type Mark } from '../../src/client/journal-backlog.ts';

const mark = (counter: number): Mark => ({ id: 'a', counter, cursor: new Uint8Array(0) });
const record = (number: number, length = 1) => new Uint8Array(length).fill(number);

function filled(...lengths: number[]): JournalBacklog {
  const backlog = new JournalBacklog(mark(0));
  for (const [index, length] of lengths.entries()) {
    backlog.add(record(index + 1, length), mark(index + 1), true);
  }
  return backlog;
}

describe('records that wait for storage', () => {
  test('are taken in order, up to the one that reaches the bytes of a group', () => {
    const backlog = filled(3, 3, 3, 3);
    expect(backlog.take(4).map(([number]) => number)).toEqual([1, 2]);
    expect(backlog.group).toHaveLength(2);
    backlog.storedAll();
    expect(backlog.stored.counter).toBe(2);
    expect(backlog.take(3).map(([number]) => number)).toEqual([3]);
    backlog.storedAll();
    expect([backlog.length, backlog.bytes]).toEqual([1, 3]);
  });

  test('are taken with those that are joined to them, however long the group becomes', () => {
    const backlog = new JournalBacklog(mark(0));
    backlog.add(record(1, 3), mark(1), true);
    backlog.add(record(2, 9), mark(1), true, true);
    backlog.add(record(3, 9), mark(1), true, true);
    backlog.add(record(4), mark(2), true);
    expect(backlog.take(2).map(([number]) => number)).toEqual([1, 2, 3]);
    backlog.storedAll();
    expect(backlog.take(2).map(([number]) => number)).toEqual([4]);
  });

  test('are taken again in the same order where they were put back', () => {
    const backlog = filled(1, 1, 1);
    backlog.take(2);
    backlog.add(record(4), mark(4), true);
    backlog.putBack();
    expect([backlog.stored.counter, backlog.length, backlog.bytes]).toEqual([0, 4, 4]);
    expect(backlog.take(Number.POSITIVE_INFINITY).map(([number]) => number)).toEqual([1, 2, 3, 4]);
  });

  test('count as not stored from a transaction on that has become another, until that is stored', () => {
    const backlog = filled(1, 1, 1, 1);
    backlog.take(2);
    backlog.storedAll();
    backlog.take(1);
    backlog.amend(2);
    backlog.add(record(5), mark(4), true);
    expect(backlog.stored.counter).toBe(1);
    backlog.storedAll();
    backlog.take(1);
    backlog.storedAll();
    expect(backlog.stored.counter).toBe(1);
    backlog.take(1);
    backlog.storedAll();
    expect(backlog.stored.counter).toBe(4);
  });

  test('are urgent while one of them is', () => {
    const backlog = new JournalBacklog(mark(0));
    backlog.add(record(1), mark(1), false);
    expect(backlog.urgent).toBe(false);
    backlog.add(record(2), mark(2), true);
    expect(backlog.urgent).toBe(true);
    backlog.take(10);
    expect(backlog.urgent).toBe(true);
    backlog.storedAll();
    expect(backlog.urgent).toBe(false);
  });

  test('are waited for up to the one that was the last then', async () => {
    const backlog = filled(1, 1);
    const order: string[] = [];
    const both = backlog.whenStored().then(() => order.push('both'));
    backlog.add(record(3), mark(3), true);
    const all = backlog.whenStored().then(() => order.push('all'));
    backlog.take(1);
    backlog.storedAll();
    await Promise.resolve();
    expect(order).toEqual([]);
    backlog.take(1);
    backlog.storedAll();
    await both;
    expect(order).toEqual(['both']);
    backlog.take(1);
    backlog.storedAll();
    await all;
    await backlog.whenStored();
  });

  test('are not waited for where they may wait for others, and none comes', async () => {
    const backlog = new JournalBacklog(mark(0));
    backlog.add(record(1), mark(1), false);
    await backlog.whenStored();
    backlog.add(record(2), mark(2), true);
    backlog.add(record(3), mark(2), false);
    const stored = backlog.whenStored();
    backlog.take(2);
    backlog.storedAll();
    await stored;
    expect(backlog.length).toBe(1);
  });

  test('are never stored once that is said', async () => {
    const backlog = filled(1);
    const waiting = backlog.whenStored();
    const error = new SyncError(Code.dataLoss, 'STORAGE_DAMAGED', 'no');
    backlog.fail(error);
    await expect(waiting).rejects.toBe(error);
    await expect(backlog.whenStored()).rejects.toBe(error);
  });
});
