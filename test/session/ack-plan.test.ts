import { expect, test } from 'vitest';
import { AckPlan } from '../../src/session/ack-plan.ts';

const cursor = (number: number) => Uint8Array.of(number);

test('the newest checkpoint is told, once, where nothing is said of storage', () => {
  const acks = new AckPlan();
  expect(acks.next()).toBeUndefined();
  acks.add(cursor(1));
  acks.add(cursor(2));
  expect(acks.next()).toEqual(cursor(2));
  expect(acks.next()).toBeUndefined();
});

test('[I8] no checkpoint is told before it is stored', () => {
  let stored = new Uint8Array(0);
  const acks = new AckPlan(() => stored);
  for (const number of [1, 2, 3]) acks.add(cursor(number));
  expect(acks.next()).toBeUndefined();
  stored = cursor(2);
  expect(acks.next()).toEqual(cursor(2));
  expect(acks.next()).toBeUndefined();
  stored = cursor(3);
  expect(acks.next()).toEqual(cursor(3));
});

test('a new stream acknowledges nothing of an earlier one', () => {
  const acks = new AckPlan();
  acks.add(cursor(1));
  acks.begin();
  expect(acks.next()).toBeUndefined();
});

test('of many that wait for storage the newest are kept in mind', () => {
  let stored = cursor(0);
  const acks = new AckPlan(() => stored);
  for (let number = 0; number <= 64; number++) acks.add(cursor(number));
  expect(acks.next()).toBeUndefined();
  stored = cursor(1);
  expect(acks.next()).toEqual(cursor(1));
});
