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

test('a turn can be waited for: it says what its step says, or throws', async () => {
  const { turns, done, plan } = workOf(10);
  plan('a', 1);
  expect(await turns.turn(() => done.join(''))).toBe('a');
  expect(await turns.turn(async () => 7)).toBe(7);
  const fail = () => {
    throw new RangeError('x');
  };
  await expect(turns.turn(fail)).rejects.toThrow(RangeError);
});

test('however many wait for a turn, their steps have as much of it as others', async () => {
  let nowMs = 0;
  let done = 0;
  const turns = new BulkTurns({ nowMs: () => nowMs });
  const reader = async () => {
    for (let batch = 0; batch < 2; batch++) {
      await turns.turn(() => {
        nowMs += 5;
        done++;
      });
    }
  };
  const readers = Array.from({ length: 10 }, reader);
  const seen: number[] = [];
  while (done < 20) {
    const before = done;
    await turnOfLoop();
    seen.push(done - before);
  }
  await Promise.all(readers);
  expect(seen).toEqual(Array(20).fill(1));
});

test('pages of generators are made in the turns of their readers', async () => {
  let nowMs = 0;
  let done = 0;
  const turns = new BulkTurns({ nowMs: () => nowMs });
  async function* inner() {
    for (let page = 0; page < 3; page++) {
      nowMs += 5;
      yield ++done;
    }
  }
  async function* pages() {
    yield 0;
    yield* inner();
  }
  const all = Array.from({ length: 4 }, pages);
  for (const each of all) await each.next();
  for (const each of all) void turns.turn(() => each.next());
  const seen: number[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await turnOfLoop();
    seen.push(done);
  }
  expect(seen).toEqual([1, 2, 3, 4]);
});
