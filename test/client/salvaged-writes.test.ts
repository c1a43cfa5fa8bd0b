import { expect, test } from 'vitest';
import type { Change, Transaction } from '../../src/change/transaction.ts';
import { unionOf } from '../../src/client/salvaged-writes.ts';
import type { ParkedTransaction } from '../../src/replica/parked-transaction.ts';
import { outcomeOf } from '../../src/replica/system-rows.ts';

const change = (key: string): Change => ({
  ...{ operation: 'delete', table: 't.Task', key, row: new Uint8Array(0), fields: [], base: 1 },
  ...{ baseAbsent: false, baseCounter: 0, ifMatch: '', ifNoneMatch: false },
});

/** The edit that was made at that time. */
const at = (stamp: number, counter = stamp, replica = 'phone'): Transaction => ({
  ...{ replica, counter, previousDigest: new Uint8Array(0), stamp, schemaVersion: 1 },
  changes: [change(`k${stamp}`)],
});

const refused = (transaction: Transaction): ParkedTransaction => {
  const { replica, counter } = transaction;
  return { transaction, outcome: outcomeOf(replica, counter, undefined, 0) };
};

test('the edits of one journal stay as they are, and those of none are none', () => {
  const pending = [at(3), at(1)];
  expect(unionOf([{ pending, parked: [] }])).toEqual({ pending, parked: [] });
  expect(unionOf([])).toEqual({ pending: [], parked: [] });
});

test('[P37] an older journal brings what the newer ones lack, in its place', () => {
  const newest = { pending: [at(2), at(5)], parked: [refused(at(4))] };
  const older = { pending: [at(1), at(2), at(4)], parked: [refused(at(3)), refused(at(5))] };
  const oldest = { pending: [at(3), at(6)], parked: [refused(at(1))] };
  const { pending, parked } = unionOf([newest, older, oldest]);
  expect(pending.map(({ stamp }) => stamp)).toEqual([1, 2, 5, 6]);
  expect(parked.map(({ transaction }) => transaction.stamp)).toEqual([3, 4]);
});

test('[P37] an edit is the same one where it was sealed since, or has gone on under another id', () => {
  const sealed = { ...at(1), previousDigest: new Uint8Array(16).fill(1) };
  const moved = {
    ...at(3, 1, 'phone2'),
    changes: at(3).changes.map((each) => ({ ...each, baseCounter: 1 })),
  };
  const { pending } = unionOf([
    { pending: [sealed, moved, at(9, 2, 'phone2')], parked: [] },
    { pending: [at(1), at(2), at(3)], parked: [] },
  ]);
  const names = pending.map(({ replica, counter }) => `${replica}/${counter}`);
  expect(names).toEqual(['phone/1', 'phone/2', 'phone2/1', 'phone2/2']);
});
