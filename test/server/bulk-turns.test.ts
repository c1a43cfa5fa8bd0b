import { expect, test } from 'vitest';
import { BulkTurns } from '../../src/server/bulk-turns.ts';

const turnOfLoop = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Steps that take so long each, and a log of them and of the turns between. */
function workOf(stepMs: number) {
  let nowMs = 0;
  const done: string[] = [];
  const turns = new BulkTurns({ nowMs: () => nowMs });
  const plan = (name: string, count: number) => {
    if (count === 0) return;
    turns.plan(() => {
      nowMs += stepMs;
      done.push(name);
      plan(name, count - 1);
    });
  };
  return { turns, done, plan };
}

test('of long steps one is done in a turn, each in the order of arrival', async () => {
  const { done, plan } = workOf(10);
  for (const name of ['a', 'b', 'c']) plan(name, 2);
  const seen: string[] = [];
  for (let turn = 0; turn < 7; turn++) {
    await turnOfLoop();
    seen.push(done.splice(0).join(''));
  }
  expect(seen).toEqual(['a', 'b', 'c', 'a', 'b', 'c', '']);
});

test('of short ones as many as fit into four milliseconds', async () => {
  const { done, plan } = workOf(1);
  for (let index = 0; index < 10; index++) plan(`${index}`, 1);
  const seen: string[] = [];
  for (let turn = 0; turn < 3; turn++) {
    await turnOfLoop();
    seen.push(done.splice(0).join(''));
  }
  expect(seen).toEqual(['0123', '4567', '89']);
});

test('what a step leads to has its turn later, even where there is time', async () => {
  const { done, plan } = workOf(0);
  plan('a', 3);
  await turnOfLoop();
  expect(done).toEqual(['a']);
  await turnOfLoop();
  expect(done).toEqual(['a', 'a']);
});

test('a turn can be waited for', async () => {
  const { turns, done, plan } = workOf(10);
  plan('a', 1);
  await turns.turn();
  expect(done).toEqual(['a']);
});
