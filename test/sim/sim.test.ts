/** Whole runs of the simulator: that it finds nothing, that a seed is a run, and that it can find something. */
import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { Replica } from '../../src/replica/replica.ts';
import { holdTransactions } from '../../src/session/hold.ts';
import { newsTable, putEdit, simSchema } from '../support/sim-schema.ts';
import { flaws } from './flaws.ts';
import { identity } from './server-line.ts';
import { simulate } from './simulation.ts';

const steps = 600;

test('[I1][I2][I3][I5][I8][I9][I11][I12] clients and a home keep their promises through chaos and healing', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { violation, commits } = await simulate({ seed, steps });
    expect(violation, `node test/sim/run.ts --seed ${seed} --steps ${steps}`).toBeUndefined();
    expect(commits).toBeGreaterThan(0);
  }
});

test('one seed is one run, and another seed another', async () => {
  const [first, again, other] = [
    await simulate({ seed: 7, steps }),
    await simulate({ seed: 7, steps }),
    await simulate({ seed: 8, steps }),
  ];
  expect(again).toEqual(first);
  expect(other.hash).not.toBe(first.hash);
});

test.each(flaws)('is noticed: %s', async (flaw) => {
  let violation: Error | undefined;
  for (let seed = 1; seed <= 60 && violation === undefined; seed++) {
    violation = (await simulate({ seed, steps, flaw })).violation;
  }
  expect(violation).toBeDefined();
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
