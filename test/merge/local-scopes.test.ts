import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import type { RowState } from '../../src/change/row-state.ts';
import type { Change } from '../../src/change/transaction.ts';
import { localScopes } from '../../src/merge/local-scopes.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import {
  cellsOf,
  itemTable,
  modelSchema,
  patch,
  put,
  remove,
  transaction,
  type Values,
} from '../support/model-schema.ts';

function row(values: Values | undefined): RowState {
  const cells = values && cellsOf(itemTable, { id: 'i', ...values });
  return { cells, version: 1, number: 0, scopes: ['site/old'], entries: [] };
}

const live = row({ site: 'old' });
const deleted = row(undefined);
const manyTags = { site: 'new', tags: ['x', 'y', 'z'] };

test.each<[what: string, change: Change, row: RowState, scopes: string[]]>([
  ['of a put are those of its row', put(itemTable, 'i', { site: 'new' }), live, ['site/new']],
  ['of a put over a deleted row too', put(itemTable, 'i', { site: 'new' }), deleted, ['site/new']],
  ['of a put of too many scopes are none', put(itemTable, 'i', manyTags), live, []],
  ['of a delete are those of the row', remove(itemTable, 'i'), live, ['site/old']],
  ['of a patch are those of the row', patch(itemTable, 'i', { notes: 'n' }), live, ['site/old']],
  [
    'of a patch that moves the row are where it goes',
    patch(itemTable, 'i', { site: 'new', tags: ['x'] }),
    live,
    ['site/new', 'tag/x'],
  ],
  [
    'of a patch of a deleted row are where it was',
    patch(itemTable, 'i', { notes: 'n' }),
    deleted,
    ['site/old'],
  ],
  [
    'of a patch that would have moved a deleted row are not known',
    patch(itemTable, 'i', { tags: ['x'] }),
    deleted,
    [],
  ],
])('[I7] the scopes %s', (_what, change, before, scopes) => {
  const limits = { ...defaultLimits, rowScopesMax: 2 };
  const ordered = transaction('ann', 1, [change]);
  const [prepared] = prepareTransaction(modelSchema, limits, ordered, 't').changes;
  expect(localScopes(prepared!, before, limits)).toEqual(scopes);
});

test('what is wrong with the program is not taken for scopes that are not known', () => {
  const ordered = transaction('ann', 1, [put(itemTable, 'i', manyTags)]);
  const [prepared] = prepareTransaction(modelSchema, defaultLimits, ordered, 't').changes;
  const broken = {
    ...defaultLimits,
    get rowScopesMax(): number {
      throw new RangeError('was looked at');
    },
  };
  expect(() => localScopes(prepared!, live, broken)).toThrow(RangeError);
});
