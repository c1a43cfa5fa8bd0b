import { expect, test } from 'vitest';
import { pulled } from '../../src/client/pulled.ts';

function source() {
  const values: number[] = [];
  let wake = () => {};
  const state = { isOver: false, attached: 0, left: 0 };
  const iterator = pulled<number>((wakes) => {
    state.attached++;
    wake = wakes;
    return {
      take: () => values.shift(),
      get isOver() {
        return state.isOver;
      },
      leave: () => void state.left++,
    };
  });
  const give = (...more: number[]) => {
    values.push(...more);
    wake();
  };
  return { iterator, give, state, wake: () => wake() };
}

test('begins with the first that is taken, gives what there is, waits for more, and ends', async () => {
  const { iterator, give, state, wake } = source();
  expect(state.attached).toBe(0);
  const [first, second] = [iterator.next(), iterator.next()];
  expect(state.attached).toBe(1);
  give(1);
  expect(await first).toEqual({ done: false, value: 1 });
  give(2, 3);
  expect(await second).toEqual({ done: false, value: 2 });
  expect(await iterator.next()).toEqual({ done: false, value: 3 });
  const last = iterator.next();
  state.isOver = true;
  wake();
  expect(await last).toEqual({ done: true, value: undefined });
  expect(state).toMatchObject({ attached: 1, left: 0 });
});

test('is left at once, also by one who waits, and by one who never began', async () => {
  const { iterator, state } = source();
  const waiting = iterator.next();
  expect(await iterator.return!()).toEqual({ done: true, value: undefined });
  expect((await waiting).done).toBe(true);
  expect((await iterator.next()).done).toBe(true);
  expect(state).toMatchObject({ attached: 1, left: 1 });
  const other = source();
  await other.iterator.return!();
  expect((await other.iterator.next()).done).toBe(true);
  expect(other.state.attached).toBe(0);
});
