import { expect, test } from 'vitest';
import { epochMax, seqOf } from '../../src/base/seq.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import {
  epochAfter,
  epochCauses,
  epochsIn,
  forkBefore,
  nextEpoch,
  onHistory,
} from '../../src/replica/epochs.ts';
import { cellOf, systemTables } from '../../src/replica/system-rows.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { itemTable, modelSchema, patch, put, transaction } from '../support/model-schema.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const epochs = [
  { number: 1, forkedAt: 10, first: seqOf(1, 13) },
  { number: 2, forkedAt: seqOf(1, 20), first: seqOf(2, 25) },
];

test.each([
  [10, undefined],
  [11, 10],
  // Given a second time before the loss was noticed: only a chain hash can tell.
  [12, 10],
  [500, 10],
  [seqOf(1, 13), undefined],
  [seqOf(1, 20), undefined],
  [seqOf(1, 21), seqOf(1, 20)],
  [seqOf(2, 25), undefined],
])('[I8] commit %d is of a history that forked at %s', (seq, forkedAt) => {
  expect(forkBefore(epochs, seq)).toBe(forkedAt);
});

test('an epoch goes on at the next position, until there are none left', () => {
  expect(nextEpoch(seqOf(3, 7))).toBe(4);
  expect(epochAfter(seqOf(3, 7), 9, 5)).toEqual({ number: 9, forkedAt: 5, first: seqOf(9, 8) });
  expect(epochAfter(7, epochMax, 5).first).toBe(seqOf(epochMax, 8));
  expect(syncErrorOf(() => epochAfter(7, epochMax + 1, 5)).reason).toBe('EPOCHS_EXHAUSTED');
});

test('[I6] a base of the lost history is where the histories part', () => {
  const change = (base: number) => patch(itemTable, 'i', { notes: 'x' }, { base });
  const bases = [3, 11, seqOf(1, 14), seqOf(1, 22)];
  const prepared = prepareTransaction(
    modelSchema,
    new ModelHome().limits,
    transaction('ann', 1, bases.map(change)),
    't',
  );
  const onIt = onHistory(epochs, prepared);
  expect(onIt.changes.map(({ base }) => base)).toEqual([3, 10, seqOf(1, 14), seqOf(1, 20)]);
  expect(onIt.transaction).toBe(prepared.transaction);
  expect(onHistory([], prepared)).toBe(prepared);
});

test('a home begins one by a commit of its own, and one that reads its log is in it', () => {
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'i', {})]);
  model.records.push(model.home.beginEpoch('lostEnd', 0, noonMs));
  model.home.durable();
  const second = { number: 7, forkedAt: seqOf(1, 2), first: seqOf(7, 3) };
  model.records.push(model.home.beginEpoch('restored', second.forkedAt, noonMs, 7));
  model.home.durable();
  const expected = [{ number: 1, forkedAt: 0, first: seqOf(1, 2) }, second];
  expect(epochsIn(model.state)).toEqual(expected);
  const { epoch } = systemTables(modelSchema);
  const cells = model.state.cells(epoch, '7')!;
  expect(cellOf(epoch, cells, 'cause')).toBe(epochCauses.restored);
  model.write('ann', [put(itemTable, 'j', {})]);
  expect(model.state.head).toBe(seqOf(7, 4));
  const again = model.replayed();
  expect([again.state.head, epochsIn(again.state)]).toEqual([seqOf(7, 4), expected]);
});

test('[I6] what was written on what is not durable after all is not clamped', () => {
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'i', {})]);
  model.write('ann', [patch(itemTable, 'i', { notes: 'a' })]);
  model.home.beginEpoch('lostEnd', 1, noonMs);
  model.home.abandon();
  const change = patch(itemTable, 'i', { notes: 'b' }, { base: 2 });
  expect(model.write('bob', [change]).outcome.conflicts).toBe(0);
});

test('[I6] an edit that knew a lost commit conflicts with what came in its place', () => {
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'i', {})]);
  model.write('ann', [patch(itemTable, 'i', { notes: 'a' })]);
  model.records.push(model.home.beginEpoch('lostEnd', 1, noonMs));
  const change = patch(itemTable, 'i', { notes: 'b' }, { base: 2 });
  // Whether the epoch is durable yet makes no difference.
  const { outcome } = model.order(transaction('bob', 1, [change]));
  expect(outcome.conflicts).toBe(1);
});
