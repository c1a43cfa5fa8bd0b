import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommittedState } from '../../src/change/committed-state.ts';
import { applyDelta } from '../../src/change/delta-apply.ts';
import { ExpectedTotals } from '../../src/change/expected-totals.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { modelSchema } from '../support/model-schema.ts';

const scopes = fc.subarray(['site/a', 'site/b', 'tag/x'], { minLength: 1 });
/** Rows of one table by number; what is sent of one may or may not be in the state. */
const anyDelta: fc.Arbitrary<RowDelta> = fc
  .record({
    kind: fc.constantFrom('full', 'patch', 'deleted', 'evicted'),
    number: fc.integer({ min: 1, max: 4 }),
    version: fc.integer({ min: 1, max: 2 ** 41 }),
    isKeyed: fc.boolean(),
    scopes,
  } as const)
  .map(({ kind, number, version, isKeyed, scopes: members }) => {
    const key = `k${number}`;
    const row = kind === 'full' ? Uint8Array.of(10, key.length, ...Buffer.from(key)) : [];
    return {
      ...{ kind, table: 't.Item', number, version, scopes: members, fields: [], writer: 'ann' },
      ...{ stamp: 1, key: isKeyed || kind !== 'full' ? key : '', row: Uint8Array.from(row) },
    };
  });

function isApplied(state: CommittedState, delta: RowDelta): boolean {
  try {
    applyDelta(state, delta);
    return true;
  } catch {
    return false;
  }
}

describe('the totals that are expected of a state', () => {
  test.each(['leaf', 'relay'] as const)(
    '[I8] are those that it has when the deltas were applied, and a delta that does not fit is known (%s)',
    (role) => {
      fc.assert(
        fc.property(
          fc.array(anyDelta, { maxLength: 8 }),
          fc.array(anyDelta, { maxLength: 8 }),
          (first, second) => {
            const state = new CommittedState(modelSchema, role);
            for (const delta of first) isApplied(state, delta);
            const expected = new ExpectedTotals(state);
            const fits = second.map((delta) => expected.add(delta));
            expect(second.map((delta) => isApplied(state, delta))).toEqual(fits);
            expect(expected.totals).toEqual(state.scopes.everything);
          },
        ),
        { numRuns: 500 },
      );
    },
  );
});
