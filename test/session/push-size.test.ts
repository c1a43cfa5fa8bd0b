import { expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { type Outcome, unorderedOutcome } from '../../src/change/commit.ts';
import { PushSize } from '../../src/session/push-size.ts';

const unordered = (reason: string) => (_: unknown, index: number) =>
  unorderedOutcome(
    { replica: 'p', counter: index + 1 },
    new SyncError(Code.resourceExhausted, reason, 'none'),
  );
const heapFull = (count: number): Outcome[] =>
  Array.from({ length: count }, unordered('HEAP_FULL'));
const committed = [{ status: 'committed' } as Outcome];

test('[I13] what the server has no room for goes in halves, down to a single one', () => {
  const size = new PushSize(100);
  expect(size.transactionsMax).toBe(100);
  size.answered(heapFull(100));
  expect(size.transactionsMax).toBe(50);
  // Several were on their way.
  size.answered(heapFull(100));
  expect(size.transactionsMax).toBe(50);
  for (const count of [50, 25, 12, 6, 3]) size.answered(heapFull(count));
  expect(size.transactionsMax).toBe(1);
  size.answered(heapFull(2));
  expect(size.transactionsMax).toBe(1);
});

test('a single one that is too much says nothing of how many go at once', () => {
  const size = new PushSize(100);
  size.answered(heapFull(1));
  size.answered(Array.from({ length: 2 }, unordered('MEMORY_FULL')));
  expect(size.transactionsMax).toBe(100);
});

test('grows slowly with what goes well, up to what a push may have', () => {
  const size = new PushSize(100);
  size.answered(heapFull(4));
  const sizes: number[] = [];
  for (let push = 0; push < 40; push++) {
    size.answered(committed);
    sizes.push(size.transactionsMax);
  }
  expect(sizes.slice(0, 3)).toEqual([3, 4, 5]);
  expect(sizes[20]).toBeLessThan(100);
  expect(sizes.at(-1)).toBe(100);
});
