import { expect, test } from 'vitest';
import type { Delta } from '../../src/session/messages.ts';
import { ToldDeltas } from '../../src/session/told-deltas.ts';
import { syncErrorOf } from '../support/schema-errors.ts';
import { patchEdit, taskTable } from '../support/sim-schema.ts';
import { testReplica } from './support/hosts.ts';

const rest = { checkpoint: undefined, progress: undefined, answeredProbe: 0 };
const own: Delta = {
  type: 'delta',
  deltas: [
    {
      ...{ kind: 'own', table: taskTable.name, number: 0, key: '', version: 9, stamp: 1 },
      ...{ writer: 'p', fields: [], scopes: [], row: new Uint8Array(0) },
      own: { counter: 1, change: 0 },
    },
  ],
  cursor: Uint8Array.of(1, 2, 3),
  ...rest,
};

test('cursors go on from those that were not taken up, and own rows are looked for in what is', () => {
  const replica = testReplica('p');
  let takes = false;
  const told = new ToldDeltas(replica, () => takes);
  expect(told.whole(own)).toBe(own);
  takes = true;
  const next: Delta = { ...own, deltas: [], cursor: Uint8Array.of(9), cursorKept: 2 };
  expect(told.whole(next).cursor).toEqual(Uint8Array.of(1, 2, 9));
  expect(syncErrorOf(() => told.whole(own)).reason).toBe('OWN_ROW_UNKNOWN');
  replica.write([patchEdit(taskTable, 't', { title: 'x' })], 0);
  expect(told.whole(own).deltas).toMatchObject([{ kind: 'patch', key: 't' }]);
});

test('another stream begins with no cursor', () => {
  const told = new ToldDeltas(testReplica('p'), () => false);
  told.whole(own);
  told.begin();
  expect(syncErrorOf(() => told.whole({ ...own, cursorKept: 1 })).reason).toBe('BAD_CURSOR');
});
