import { expect, test } from 'vitest';
import { runSeeds } from './pool.ts';
import { simulate } from './simulation.ts';
import { addResult, noTotals } from './totals.ts';

const steps = 100;
/** More than one job has. */
const seeds = 15;
/** Threads load the sources once more, which takes a busy machine long. */
const timeoutMs = 60_000;

test('threads run every seed once, as it runs here', { timeout: timeoutMs }, async () => {
  const expected = noTotals();
  for (let seed = 3; seed < 3 + seeds; seed++) {
    addResult(expected, seed, steps, await simulate({ seed, steps }));
  }
  const seedsLeft = (_: unknown, planned: number) => seeds - planned;
  expect(await runSeeds({ jobs: 2, first: 3, steps, seedsLeft })).toEqual(expected);
});
