import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { keep } from '../../src/codec/kept.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('what is kept is not collected, and other things are', async () => {
  const make = (isKept: boolean) => {
    const one = { isKept };
    if (isKept) keep(one);
    return new WeakRef(one);
  };
  const [kept, other] = [make(true), make(false)];
  // A reference that was just made holds its object until the end of the turn.
  await new Promise((resolve) => setTimeout(resolve));
  collect();
  expect(kept.deref()).toBeDefined();
  expect(other.deref()).toBeUndefined();
});
