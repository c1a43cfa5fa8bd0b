import { expect, test } from 'vitest';
import { atOnce, type Steps } from '../../src/base/steps.ts';
import { inTurns, nextTurn, pauses } from '../../src/server/in-turns.ts';

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

test('long work that nobody wants any more ends with the reason', () => {
  const controller = new AbortController();
  const pause = pauses(controller.signal);
  expect(pause()).toBeUndefined();
  controller.abort(new Error('not now'));
  expect(pause).toThrow('not now');
});

test('long work is told to wait a turn when it has held others up for some milliseconds, and not before', async () => {
  const pause = pauses();
  expect(pause()).toBeUndefined();
  let hadTurn = false;
  setImmediate(() => {
    hadTurn = true;
  });
  const startMs = performance.now();
  while (performance.now() - startMs < 20);
  await pause();
  expect(hadTurn).toBe(true);
  expect(pause()).toBeUndefined();
});
