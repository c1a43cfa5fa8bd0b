import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { maskIndexes } from '../../src/base/mask.ts';
import type { Change } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { coalesced } from '../../src/replica/coalesced.ts';
import {
  itemTable,
  modelSchema,
  patch,
  put,
  remove,
  rowBytes,
  transaction,
} from '../support/model-schema.ts';

const prepared = (change: Change) =>
  prepareTransaction(modelSchema, defaultLimits, transaction('ann', 1, [change]), '').changes[0]!;
const both = (earlier: Change, later: Change) => coalesced(prepared(earlier), prepared(later));

test('a patch on a patch sets what either sets, the later one where both do', () => {
  const earlier = patch(itemTable, 'i', { notes: 'a', count: 1 });
  const later = patch(itemTable, 'i', { notes: 'b', due: null });
  const values = { notes: 'b', count: 1 };
  expect(both(earlier, later)).toMatchObject({
    operation: 'patch',
    ...{ table: itemTable.name, key: 'i', fields: [3, 4, 7] },
    row: rowBytes(itemTable, values),
  });
});

test('a member of a oneof takes the place of another one', () => {
  const earlier = patch(itemTable, 'i', { text_choice: 'a' });
  const change = both(earlier, patch(itemTable, 'i', { number_choice: 0 }))!;
  const { cells, mask } = prepared(change);
  const of = (name: string) => itemTable.columnByName.get(name)!.index;
  expect([cells[of('text_choice')], cells[of('number_choice')]]).toEqual([null, 0]);
  expect(maskIndexes(mask)).toEqual([of('text_choice'), of('number_choice')]);
});

test('a patch on a put is a put, and so is a put on anything, with the base of the earlier one', () => {
  const earlier = { ...put(itemTable, 'i', { notes: 'a', count: 1 }), base: 3, baseCounter: 2 };
  const later = { ...patch(itemTable, 'i', { count: 2 }), base: 3, baseCounter: 4 };
  const change = both(earlier, later);
  expect(change).toMatchObject({ operation: 'put', fields: [], base: 3, baseCounter: 2 });
  expect(change!.row).toEqual(rowBytes(itemTable, { id: 'i', notes: 'a', count: 2 }));
  const replaced = both(later, { ...earlier, row: rowBytes(itemTable, { id: 'i', notes: 'c' }) });
  expect(replaced).toMatchObject({ operation: 'put', fields: [], base: 3, baseCounter: 4 });
  expect(replaced!.row).toEqual(rowBytes(itemTable, { id: 'i', notes: 'c' }));
});

test('nothing is made of a delete, of a condition, or of edits between which more was learnt', () => {
  const change = patch(itemTable, 'i', { count: 1 });
  expect(both(change, change)).toBeDefined();
  const others: Change[] = [
    remove(itemTable, 'i'),
    { ...change, ifMatch: 'v3' },
    { ...put(itemTable, 'i', {}), ifNoneMatch: true },
    { ...change, base: 7 },
    { ...change, baseAbsent: true },
  ];
  for (const other of others) {
    expect(both(change, other)).toBeUndefined();
    expect(both(other, change)).toBeUndefined();
  }
});
