/** In which steps rows go. Which ones, and what becomes of their numbers, is in device-registry.test.ts. */
import { expect, test } from 'vitest';
import { DeviceSurplus } from '../../src/server/device-surplus.ts';
import { ManualTimer } from './support/faulty-medium.ts';

function begin(count: number) {
  const time = new ManualTimer();
  const told = { removed: [] as number[][], failures: [] as unknown[], fails: 0 };
  const surplus = new DeviceSurplus({
    numbers: Array.from({ length: count }, (_, number) => number),
    timer: time.timer,
    remove: async (numbers) => {
      if (told.fails-- > 0) throw new Error('not now');
      told.removed.push([...numbers]);
    },
    onFailure: (error) => told.failures.push(error),
  });
  const lengths = () => told.removed.map(({ length }) => length);
  return { time, surplus, told, lengths };
}

test('a hundred rows go each second, each once', async () => {
  const { time, told, lengths } = begin(201);
  await time.pass(999);
  expect(lengths()).toEqual([]);
  await time.pass(1);
  expect(lengths()).toEqual([100]);
  await time.pass(60_000);
  expect(lengths()).toEqual([100, 100, 1]);
  expect(new Set(told.removed.flat()).size).toBe(201);
  expect(time.plannedCount).toBe(0);
});

test('what was not taken is tried again after a minute', async () => {
  const { time, told, lengths } = begin(2);
  told.fails = 1;
  await time.pass(60_999);
  expect(lengths()).toEqual([]);
  await time.pass(1);
  expect(lengths()).toEqual([2]);
  expect(told.failures).toMatchObject([{ message: 'not now' }]);
});

test('nothing is planned where there are none, nor behind the end', async () => {
  expect(begin(0).time.plannedCount).toBe(0);
  const { time, surplus, lengths } = begin(101);
  await time.pass(1_000);
  await surplus.close();
  await time.pass(60_000);
  expect([lengths(), time.plannedCount]).toEqual([[100], 0]);
});
