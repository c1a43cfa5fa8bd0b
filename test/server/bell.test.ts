import { expect, test } from 'vitest';
import { Bell } from '../../src/server/bell.ts';

test('wakes who sleeps, and does not let one sleep that was rung for', async () => {
  const bell = new Bell();
  bell.ring();
  await bell.rung();
  let isAwake = false;
  const sleeping = bell.rung().then(() => {
    isAwake = true;
  });
  await Promise.resolve();
  expect(isAwake).toBe(false);
  bell.ring();
  await sleeping;
});
