import { expect, test } from 'vitest';
import { Signal } from '../../src/client/signal.ts';

test('tells listeners of each value at once, until they stop', () => {
  const signal = new Signal(1);
  const told: number[] = [];
  const stop = signal.on((value) => told.push(value));
  signal.set(2);
  signal.set(3);
  stop();
  signal.set(4);
  expect([told, signal.value]).toEqual([[2, 3], 4]);
});

test('who follows gets the value now, and then the newest whenever he is ready, and ends with it', async () => {
  const signal = new Signal('a');
  const followed = signal.follow()[Symbol.asyncIterator]();
  expect((await followed.next()).value).toBe('a');
  for (const value of ['b', 'c']) signal.set(value);
  expect((await followed.next()).value).toBe('c');
  const next = followed.next();
  signal.set('d');
  expect((await next).value).toBe('d');
  const last = followed.next();
  signal.close();
  signal.set('e');
  expect([await last, signal.value]).toEqual([{ done: true, value: undefined }, 'd']);
  for await (const value of new Signal(7).follow()) {
    expect(value).toBe(7);
    break;
  }
});

test('what a listener throws keeps nobody else from being told, and is an uncaught exception', async () => {
  const signal = new Signal(0);
  const errors: unknown[] = [];
  const handlers = process.listeners('uncaughtException');
  process
    .removeAllListeners('uncaughtException')
    .once('uncaughtException', (error) => errors.push(error));
  signal.on(() => {
    throw new Error('mine');
  });
  const told: number[] = [];
  signal.on((value) => told.push(value));
  signal.set(1);
  await new Promise<void>((resolve) => void setImmediate(resolve));
  for (const handler of handlers) process.on('uncaughtException', handler);
  expect([told, errors]).toEqual([[1], [new Error('mine')]]);
});

test('who sets another in a listener is not overtaken by what was before, and who was stopped is told nothing', () => {
  const signal = new Signal('a');
  const told: string[] = [];
  signal.on((value) => {
    if (value === 'b') signal.set('c');
    if (value === 'd') stop();
  });
  const stop = signal.on((value) => told.push(value));
  signal.set('b');
  signal.set('d');
  expect([told, signal.value]).toEqual([['c'], 'd']);
});
