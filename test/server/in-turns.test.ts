import { expect, test } from 'vitest';
import type { Steps } from '../../src/base/steps.ts';
import { nextTurn, restInTurns } from '../../src/server/in-turns.ts';

test('others get their turn between two steps', async () => {
  const order: string[] = [];
  function* steps(): Steps<string> {
    for (const step of ['a', 'b', 'c']) {
      order.push(step);
      setImmediate(() => order.push(`behind ${step}`));
      yield;
    }
    return 'done';
  }
  expect(await restInTurns(steps())).toBe('done');
  await nextTurn();
  expect(order).toEqual(['a', 'behind a', 'b', 'behind b', 'c', 'behind c']);
});

test('what a step raises is raised', async () => {
  // biome-ignore lint/correctness/useYield: work that needs no second step.
  function* failing(): Steps<void> {
    throw new Error('no');
  }
  await expect(restInTurns(failing())).rejects.toThrow('no');
});
