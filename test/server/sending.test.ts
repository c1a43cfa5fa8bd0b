import { expect, test } from 'vitest';
import { Sending } from '../../src/server/sending.ts';

test('[I13] what waits for readers is bounded: those are given up that took nothing for the longest', () => {
  const sending = new Sending(1_000);
  const dropped: string[] = [];
  const begin = (name: string, bytes: number) => sending.begin(bytes, () => dropped.push(name));
  const first = begin('first', 400);
  begin('second', 400);
  const third = begin('third', 200);
  expect([sending.usedBytes, dropped]).toEqual([1_000, []]);
  // Whoever takes what is sent to him is not the stalest any more.
  first();
  begin('first again', 401);
  expect([sending.usedBytes, dropped]).toEqual([601, ['second']]);
  third();
  third();
  expect(sending.usedBytes).toBe(401);
});

test('a message that is larger than all of the room goes alone', () => {
  const sending = new Sending(1_000);
  const dropped: string[] = [];
  const small = sending.begin(10, () => dropped.push('small'));
  const large = sending.begin(5_000, () => dropped.push('large'));
  expect([sending.usedBytes, dropped]).toEqual([5_000, ['small']]);
  large();
  small();
  expect(sending.usedBytes).toBe(0);
});
