import { expect, test } from 'vitest';
import { atTurnEnd } from '../../src/client/turn-end.ts';

test('is called once for a turn, and again for the next, also where that was asked for in the call', async () => {
  const told: string[] = [];
  let isFirst = true;
  const plan = atTurnEnd(() => {
    told.push('called');
    if (isFirst) plan();
    isFirst = false;
  });
  plan();
  plan();
  expect(told).toEqual([]);
  await new Promise<void>((resolve) => void setImmediate(resolve));
  expect(told).toEqual(['called', 'called']);
});
