import { expect, test } from 'vitest';
import { atOnce, type Steps } from '../../src/base/steps.ts';
import { inTurns, nextTurn } from '../../src/server/in-turns.ts';

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
  expect(await inTurns(steps())).toBe('done');
  await nextTurn();
  expect(order).toEqual(['a', 'behind a', 'b', 'behind b', 'c', 'behind c']);
});

test('what a step raises is raised', async () => {
  // biome-ignore lint/correctness/useYield: work that needs no second step.
  function* failing(): Steps<void> {
    throw new Error('no');
  }
  await expect(inTurns(failing())).rejects.toThrow('no');
});

test('work of one step is done at once', () => {
  const order: string[] = [];
  void inTurns(atOnce(() => order.push('step')));
  expect(order).toEqual(['step']);
});
