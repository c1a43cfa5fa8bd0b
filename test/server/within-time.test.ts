import { describe, expect, it } from 'vitest';
import { withinTime } from '../../src/server/within-time.ts';
import { ManualTimer, settled } from './support/faulty-medium.ts';

describe('work that may take so long', () => {
  it('ends in time, or is not waited for any longer', async () => {
    const time = new ManualTimer();
    const slow = Promise.withResolvers<void>();
    const ends: boolean[] = [];
    void withinTime(slow.promise, 100, time.timer).then((end) => ends.push(end));
    await time.pass(99);
    expect(ends).toEqual([]);
    await time.pass(1);
    expect(ends).toEqual([false]);
    slow.resolve();
    await settled();
    expect(ends).toEqual([false]);
    expect(await withinTime(Promise.resolve(), 100, time.timer)).toBe(true);
    expect(time.plannedCount).toBe(0);
  });

  it('throws what it fails with, but nothing once it is not waited for', async () => {
    const time = new ManualTimer();
    const error = new Error('it failed');
    await expect(withinTime(Promise.reject(error), 100, time.timer)).rejects.toBe(error);
    const slow = Promise.withResolvers<void>();
    const end = withinTime(slow.promise, 100, time.timer);
    await time.pass(100);
    slow.reject(error);
    await settled();
    expect(await end).toBe(false);
    expect(time.plannedCount).toBe(0);
  });
});
