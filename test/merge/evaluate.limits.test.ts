/** What a transaction makes of what it meets is bounded, and so is a step of it. */
import { expect, test } from 'vitest';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { etagLengthMax } from '../../src/merge/etag.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { rowBytes } from '../../src/merge/row-check.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import {
  itemTable,
  modelSchema,
  patch,
  put,
  remove,
  transaction,
} from '../support/model-schema.ts';

const text = 'x'.repeat(10_000);

/** Bob has written rows that Ann has not seen. */
function homeWith(limits: Partial<Limits>): ModelHome {
  const model = new ModelHome({ limits: { ...defaultLimits, ...limits } });
  model.write(
    'bob',
    ['i', 'j'].map((key) => put(itemTable, key, { notes: 'first' })),
  );
  model.write(
    'bob',
    ['i', 'j'].map((key) => patch(itemTable, key, { notes: text })),
  );
  return model;
}

const unseen = ['i', 'j', 'i'].map((key) =>
  patch(itemTable, key, { notes: text + key }, { base: 1 }),
);

test('ledgerBytesMax: a small transaction that meets large rows again and again is refused, for ever', () => {
  const open = homeWith({});
  expect(open.write('ann', unseen).outcome).toMatchObject({ status: 'committed', conflicts: 3 });
  const met = open.state.cells(itemTable, 'i')!;
  const local = [...met];
  local[itemTable.columnByName.get('notes')!.index] = `${text}i`;
  const each = rowBytes(itemTable, met) + 10_003;
  const exact = homeWith({ ledgerBytesMax: 3 * each + 1_000 });
  expect(exact.write('ann', unseen).outcome).toMatchObject({ status: 'committed' });
  const less = homeWith({ ledgerBytesMax: 3 * each - 1_000 });
  const { outcome } = less.write('ann', unseen);
  expect(outcome).toMatchObject({
    status: 'refused',
    conflicts: 0,
    refusal: { reason: 'LEDGER_TOO_LARGE', changeIndex: 2 },
  });
  expect(less.home.settled('ann').counter).toBe(1);
});

test('ordering is in steps of stepBytesMax, of what is written and of what the ledger gets', () => {
  const stepsOf = (limits: Partial<Limits>) => {
    const model = homeWith(limits);
    const prepared = prepareTransaction(
      modelSchema,
      model.limits,
      transaction('ann', 1, unseen),
      'push',
    );
    const rights = { knowsOwnWrites: true, mayRead: () => true, mayWrite: () => true };
    const steps = model.home.orderSteps({ prepared, ...rights }, noonMs);
    // To say how much it takes is none.
    let count = 0;
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      if (step.value === undefined) count++;
    }
    return count;
  };
  expect(stepsOf({})).toBe(0);
  expect(stepsOf({ stepBytesMax: 1_000 })).toBeGreaterThanOrEqual(2 * 3);
});

test('what is refused for its condition quotes no more than an etag may have', () => {
  const model = homeWith({});
  const ifMatch = 'v'.repeat(etagLengthMax);
  const { refusal } = model.write('ann', [remove(itemTable, 'i', { ifMatch })]).outcome;
  expect(refusal?.message.length).toBeLessThan(200);
});
