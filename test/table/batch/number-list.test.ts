import { expect, test } from 'vitest';
import { NumberList } from '../../../src/table/batch/number-list.ts';

test('numbers are kept in order, also beyond the room that there was', () => {
  const list = new NumberList();
  for (let number = 0; number < 100; number++) list.push(number / 2);
  expect(list.length).toBe(100);
  expect([...list.peek()]).toEqual(Array.from({ length: 100 }, (_, number) => number / 2));
});

test('the last ones can be taken back', () => {
  const list = new NumberList();
  for (const number of [1, 2, 3]) list.push(number);
  list.truncate(1);
  list.push(-0);
  expect([...list.peek()]).toEqual([1, -0]);
});
