import { expect, test } from 'vitest';
import { CommittedState } from '../../src/change/committed-state.ts';
import { applyDelta } from '../../src/change/delta-apply.ts';
import { wholeRows } from '../../src/change/whole-rows.ts';
import { editsFor } from '../session/support/camp.ts';
import { TestHome } from '../session/support/hosts.ts';
import { wholeState } from '../support/journaled-phone.ts';
import { simSchema } from '../support/sim-schema.ts';

function filledHome(): CommittedState {
  const home = new TestHome();
  for (let index = 1; index <= 60; index++) home.write('desk', ...editsFor(index * 29));
  return home.home.state;
}

test.each([
  [1, 1 << 20],
  [3, 1 << 20],
  [1_000, 40],
  [1_000, 1 << 20],
])(
  'all live rows, in batches of %d rows and %d bytes, make a state with the same ones',
  (rowsMax, bytesMax) => {
    const state = filledHome();
    const copy = new CommittedState(simSchema, 'leaf');
    for (const batch of wholeRows(state, rowsMax, bytesMax)) {
      expect(batch.length).toBeGreaterThan(0);
      expect(batch.length).toBeLessThanOrEqual(rowsMax);
      // The row that reaches the limit is the last.
      const before = batch.slice(0, -1).reduce((sum, { row }) => sum + row.length, 0);
      expect(before).toBeLessThan(bytesMax);
      for (const delta of batch) applyDelta(copy, delta);
    }
    const withoutNumbers = (rows: string[]) => rows.filter((row) => row.startsWith('t.'));
    expect(withoutNumbers(wholeState(copy))).toEqual(withoutNumbers(wholeState(state)));
    expect(withoutNumbers(wholeState(copy)).length).toBeGreaterThan(5);
    expect(copy.scopes.everything).toEqual(state.scopes.everything);
  },
);

test('a state without rows has no batches', () => {
  expect([...wholeRows(new CommittedState(simSchema, 'leaf'), 10, 10)]).toEqual([]);
});
