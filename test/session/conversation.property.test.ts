/** Conversations that are cut anywhere, any number of times, while everybody writes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Action, actionKinds, Camp } from './support/camp.ts';

const weights: Readonly<Record<Action['kind'], number>> = {
  steps: 10,
  run: 1,
  write: 3,
  desk: 3,
  connect: 3,
  cut: 1,
  resubscribe: 1,
  replay: 1,
};

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      ...actionKinds.map((kind) => ({ weight: weights[kind], arbitrary: fc.constant(kind) })),
    ),
    a: fc.nat(2),
    b: fc.nat(100_000),
  }),
  { maxLength: 120, size: 'max' },
);

/** Small, so that catch-ups take many messages and a cut can fall within a commit. */
const limits = { deltaRowsMax: 2, pushTransactionsMax: 2 };

test('[I1][I2][I3][I5][I7][I8][P2][P6][P24] phones and a home agree however their streams are cut and replayed', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const camp = new Camp({ phones: 2, relay: false, limits });
      for (const action of list) camp.act(action);
      camp.heal();
      camp.prove();
      // The proof is for what cannot be: a home's own position never makes a copy that differs.
      expect(camp.rebuilds).toBe(0);
    }),
    { numRuns: 400 },
  );
});

test('[I1][I2][I3][I5][I7][I8][P2][P6] phones that go between a relay and the home agree', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const camp = new Camp({ phones: 2, relay: true, limits });
      camp.syncRelay();
      for (const action of list) camp.act(action);
      camp.heal();
      camp.prove();
    }),
    { numRuns: 400 },
  );
});
