import { expect, test } from 'vitest';
import { bytesAbout } from '../../src/change/transaction.ts';
import { KeptTransactions } from '../../src/replica/kept-transactions.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, put, transaction } from '../support/model-schema.ts';

const kept = (counter: number, seq = counter) => ({
  transaction: transaction('ann', counter, [put(itemTable, `i${counter}`, {})]),
  seq,
});
const room = { keptTransactionsMax: 100, keptBytesMax: 1 << 20 };
const countersOf = (all: KeptTransactions) =>
  all.all.map(({ transaction: { counter } }) => counter);

test('[I2] they stay until they are safe', () => {
  const all = new KeptTransactions(room, [kept(1, 5), kept(2, 5), kept(3, 9)]);
  all.trim(4);
  expect(countersOf(all)).toEqual([1, 2, 3]);
  all.trim(5);
  expect(countersOf(all)).toEqual([3]);
  all.trim(9);
  expect(countersOf(all)).toEqual([]);
});

// Found by seed 63 of 1,000 steps: a safe point of the new history took what the home had lost for safe.
test('[I2] what was settled in a history that was lost stays, however high the safe seq is', () => {
  const all = new KeptTransactions(room, [kept(1, 5), kept(2, 7), kept(3, 8)]);
  all.trim(100, (seq) => seq > 6);
  expect(countersOf(all)).toEqual([2, 3]);
});

test('what was lost and is settled again is as safe as what is settled then', () => {
  const isLost = (seq: number) => seq > 6 && seq < 50;
  const all = new KeptTransactions(room, [kept(1, 7), kept(2, 8), kept(3, 9)]);
  all.resettle({ replica: 'ann', counter: 2 }, 60, isLost);
  all.trim(59, isLost);
  expect(countersOf(all)).toEqual([1, 2, 3]);
  all.trim(60, isLost);
  expect(countersOf(all)).toEqual([3]);
});

// Found by seed 63 of 1,000 steps: by way of a relay a replica comes to a new history without being told.
test('[I2] what a copy does not settle is not safe, though its safe seq is higher', () => {
  const { home } = new ModelHome();
  home.coverBy('backup', 1, 0);
  home.durable();
  const all = new KeptTransactions(room, [kept(1, 1), kept(2, 1)]);
  const settled = (counter: number) => new Map([['ann', { counter, digest: new Uint8Array(0) }]]);
  all.follow(home.state, 'ann', settled(1));
  expect(countersOf(all)).toEqual([2]);
  all.follow(home.state, 'ann', new Map());
  expect(countersOf(all)).toEqual([2]);
  all.follow(home.state, 'ann', settled(2));
  expect(countersOf(all)).toEqual([]);
});

test('[I2] of another copy nothing is safe that it does not settle, under whichever id', () => {
  const { home } = new ModelHome();
  home.coverBy('backup', 1, 0);
  home.durable();
  const former = { transaction: { ...kept(1).transaction, replica: 'ann.f' }, seq: 1 };
  const all = new KeptTransactions(room, [former, kept(1, 1)]);
  const settled = new Map([['ann', { counter: 1, digest: new Uint8Array(0) }]]);
  // It may be of another history, whose seqs say nothing of these.
  expect(all.follow(home.state, 'ann', settled, true)).toHaveLength(1);
  expect([...all.settledTo]).toEqual([
    ['ann.f', 0],
    ['ann', 1],
  ]);
  all.follow(home.state, 'ann', settled);
  expect(all.all.map(({ transaction }) => transaction.replica)).toContain('ann.f');
  // What is settled once more is in that copy.
  all.takeBehind('ann.f', 0);
  all.add(former);
  expect(all.settledTo.get('ann.f')).toBe(1);
  all.follow(home.state, 'ann', settled);
  expect(all.settledTo.has('ann.f')).toBe(all.of('ann.f').length > 0);
});

test('those behind a counter are taken out, in order', () => {
  const all = new KeptTransactions(room, [kept(1), kept(2), kept(3)]);
  expect(all.takeBehind('ann', 3)).toEqual([]);
  expect(all.takeBehind('ann', 1).map(({ counter }) => counter)).toEqual([2, 3]);
  expect(countersOf(all)).toEqual([1]);
});

test('[I2] those of an identity that was given up are not taken for those of the present one', () => {
  const former = { transaction: transaction('bob', 9, [put(itemTable, 'i9', {})]), seq: 1 };
  const all = new KeptTransactions(room, [former, kept(1), kept(2)]);
  expect(all.takeBehind('ann', 0).map(({ replica }) => replica)).toEqual(['ann', 'ann']);
  expect(countersOf(all)).toEqual([9]);
});

test('[I2] those of an identity that was given up are found among those of the present one', () => {
  const former = { transaction: transaction('bob', 9, [put(itemTable, 'i9', {})]), seq: 3 };
  const all = new KeptTransactions(room, [kept(1), former, kept(2)]);
  expect(all.of('bob')).toEqual([former]);
  expect([8, 9].map((counter) => all.firstBehind('bob', counter))).toEqual([9, 0]);
  expect(all.takeBehind('bob', 0)).toEqual([former.transaction]);
  expect(countersOf(all)).toEqual([1, 2]);
});

test('the oldest go where there are more than the limit', () => {
  const all = new KeptTransactions({ ...room, keptTransactionsMax: 2 });
  for (const counter of [1, 2]) all.add(kept(counter));
  all.limit();
  expect(countersOf(all)).toEqual([1, 2]);
  all.add(kept(3));
  all.limit();
  expect(countersOf(all)).toEqual([2, 3]);
});

test('the oldest go where they have more bytes than the limit', () => {
  const size = bytesAbout(kept(1).transaction.changes);
  const at = new KeptTransactions({ ...room, keptBytesMax: 2 * size });
  for (const counter of [1, 2]) at.add(kept(counter));
  at.limit();
  expect(countersOf(at)).toEqual([1, 2]);
  const below = new KeptTransactions({ ...room, keptBytesMax: 2 * size - 1 });
  for (const counter of [1, 2]) below.add(kept(counter));
  below.limit();
  expect(countersOf(below)).toEqual([2]);
  below.trim(2);
  for (const counter of [3, 4]) below.add(kept(counter));
  below.limit();
  expect(countersOf(below)).toEqual([4]);
});
