import { expect, test } from 'vitest';
import { nothingSettled } from '../../src/change/commit.ts';
import { digestOf } from '../../src/change/transaction.ts';
import { SettledPositions } from '../../src/replica/settled-positions.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, put, transaction } from '../support/model-schema.ts';

const model = new ModelHome();
const first = transaction('ann', 1, [put(itemTable, 'i', {})]);
model.commit(first);
const held = { counter: 1, digest: digestOf(first) };
const later = { counter: 2, digest: Uint8Array.of(2) };

test('the later of what was told and what the copy says', () => {
  const positions = new SettledPositions();
  expect([positions.of('bob', model.state), positions.of('ann', model.state)]).toEqual([
    nothingSettled,
    held,
  ]);
  expect(positions.note('ann', later)).toBe(true);
  expect(positions.of('ann', model.state)).toBe(later);
});

test('an earlier position than the one before tells nothing', () => {
  const positions = new SettledPositions();
  positions.note('ann', later);
  expect(positions.note('ann', held)).toBe(false);
  expect(positions.of('ann', model.state)).toBe(later);
});

test('[I2] of a lost history nothing is settled, until there is another copy', () => {
  const positions = new SettledPositions();
  positions.note('ann', later);
  positions.forget();
  expect(positions.of('ann', model.state)).toEqual(nothingSettled);
  positions.renewed();
  expect(positions.of('ann', model.state)).toEqual(held);
});
