/** Whole runs of the simulator: that it finds nothing, and that a seed is a run. That it can find something, the mutants show. */
import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { Replica } from '../../src/replica/replica.ts';
import { holdTransactions } from '../../src/session/hold.ts';
import { newsTable, putEdit, simSchema } from '../support/sim-schema.ts';
import { identity } from './server-line.ts';
import { simulate } from './simulation.ts';

const steps = 500;

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

test.each(seeds)(
  '[I1][I2][I3][I4][I5][I6][I8][I9][I11][I12][I13] promises are kept through chaos and healing: seed %i',
  async (seed) => {
    const { violation, commits } = await simulate({ seed, steps });
    expect(violation, `node test/sim/run.ts --seed ${seed} --steps ${steps}`).toBeUndefined();
    expect(commits).toBeGreaterThan(0);
  },
);

test('one seed is one run, and another seed another', async () => {
  const [first, again, other] = [
    await simulate({ seed: 7, steps }),
    await simulate({ seed: 7, steps }),
    await simulate({ seed: 8, steps }),
  ];
  expect(again).toEqual(first);
  expect(other.hash).not.toBe(first.hash);
});

test('acts that are left out do not happen, and the others are what they were', async () => {
  const lines = async (leftOut: readonly number[]) => {
    const said: string[] = [];
    const print = (line: string) => said.push(line);
    const { acts } = await simulate({ seed: 7, steps, leftOut, print });
    return { acts, said };
  };
  const whole = await lines([]);
  // Of some acts nothing is said.
  let last = whole.acts - 1;
  let without = await lines([last]);
  while (without.said.join() === whole.said.join() && last > whole.acts - 10) {
    without = await lines([--last]);
  }
  // Up to that act the two are one run.
  const common = whole.said.findIndex((line, index) => line !== without.said[index]);
  expect(without.said).not.toEqual(whole.said);
  expect(common).toBeGreaterThan(whole.said.findIndex((line) => line.includes('heals')) / 2);
  const none = await lines(Array.from({ length: 1_000 }, (_, index) => index));
  expect(none.said.filter((line) => line.includes(' writes '))).toEqual([]);
});

// Found by seed 5131 of 1,000 steps: the transactions in between never reached the home.
test('[I2] a relay says held only of what it carries', () => {
  const options = { schema: simSchema, limits: defaultLimits };
  const phone = new Replica({ ...options, id: 'phone', relay: false });
  const relay = new Replica({ ...options, id: 'relay', relay: true });
  for (const text of ['1', '2', '3']) phone.write([putEdit(newsTable, 'n', { text })], 0);
  const [first, , third] = phone
    .outgoing(new Map())
    .map((transaction) => prepareTransaction(simSchema, defaultLimits, transaction, 't'));
  holdTransactions(relay, [third!], identity);
  const [outcome] = holdTransactions(relay, [first!], identity);
  const carried = relay.queue.of('phone').map(({ transaction }) => transaction.counter);
  expect(outcome!.status === 'held').toBe(carried.includes(1));
});
