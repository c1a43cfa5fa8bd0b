import { expect, test } from 'vitest';
import { allEnded } from '../../src/server/all-ended.ts';

test('what all give is given in their order', async () => {
  const slow = Promise.resolve().then(() => 1);
  expect(await allEnded([slow, Promise.resolve(2)])).toEqual([1, 2]);
  expect(await allEnded([])).toEqual([]);
});

test('[I13] the first failure is not said before the last has ended', async () => {
  const { promise: slow, resolve: end } = Promise.withResolvers<number>();
  let said: unknown;
  const all = allEnded([Promise.reject(new Error('first')), slow, Promise.reject(new Error('x'))]);
  const saying = all.catch((error: unknown) => {
    said = error;
  });
  await new Promise(setImmediate);
  expect(said).toBeUndefined();
  end(1);
  await saying;
  expect(said).toMatchObject({ message: 'first' });
});
