import { expect, test } from 'vitest';
import { finish } from '../../src/base/steps.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { metRowsHeapSteps } from '../../src/replica/met-rows.ts';
import { TestHome } from '../session/support/hosts.ts';
import { transactionOf } from '../session/support/messages.ts';
import { deleteEdit, newsTable, patchEdit, putEdit, simSchema } from '../support/sim-schema.ts';

const home = new TestHome();
const keys = Array.from({ length: 5 }, (_, index) => `n${index}`);

function met(...edits: Parameters<typeof transactionOf>[2][]) {
  const { limits } = home;
  const prepared = prepareTransaction(simSchema, limits, transactionOf('q', 1, ...edits), 'push');
  return metRowsHeapSteps(home.home.state, prepared.changes, 2);
}

test('[I13] what is foreseen of rows that are met is what each of them has', () => {
  const puts = keys.map((key) => putEdit(newsTable, key, {}));
  expect(finish(met(...puts))).toBe(0);
  home.write('p', putEdit(newsTable, 'n0', { text: 'x'.repeat(100_000) }));
  for (const key of keys.slice(1)) home.write('p', putEdit(newsTable, key, { text: 'short' }));
  const [long, short] = keys.map((key) => finish(met(patchEdit(newsTable, key, { text: '' }))));
  expect(long! - short!).toBe(2 * (100_000 - 5));
  expect(short).toBeGreaterThan(1_200);
  expect(short).toBeLessThan(2_400);
  expect(finish(met(...puts))).toBe(long! + 4 * short!);
  // However often a row is changed, it is read once.
  const twice = finish(met(patchEdit(newsTable, 'n0', { text: '' }), deleteEdit(newsTable, 'n0')));
  expect(twice - long!).toBeGreaterThan(1_000);
  expect(twice - long!).toBeLessThan(2_000);
  home.write('p', deleteEdit(newsTable, 'n0'));
  expect(finish(met(...puts))).toBe(4 * short!);
});

test('many are looked at in steps', () => {
  const steps = (count: number) =>
    [...met(...keys.slice(0, count).map((key) => deleteEdit(newsTable, key)))].length;
  expect([1, 2, 3, 4, 5].map(steps)).toEqual([0, 0, 1, 1, 2]);
});
