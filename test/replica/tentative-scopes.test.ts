import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { tentativeScopes, type VersionsOf } from '../../src/replica/tentative-scopes.ts';
import {
  cellsOf,
  itemTable,
  modelSchema,
  patch,
  put,
  transaction,
} from '../support/model-schema.ts';

const prepared = (...changes: Parameters<typeof transaction>[2][number][]) =>
  prepareTransaction(modelSchema, defaultLimits, transaction('ann', 1, changes), 't');
const at = (site: string) => cellsOf(itemTable, { id: 'i', site });

test('[I7] a row counts in all its versions, and with what a patch names by itself', () => {
  const versions: VersionsOf = () => [at('a'), undefined, at('b')];
  const moved = prepared(patch(itemTable, 'i', { site: 'c' }));
  expect(tentativeScopes(moved, versions, defaultLimits)?.sort()).toEqual([
    'site/a',
    'site/b',
    'site/c',
  ]);
});

test('[I7] nothing is known of a row that is in no version, or whose scopes cannot be', () => {
  const edit = prepared(put(itemTable, 'i', { site: 'a' }));
  expect(tentativeScopes(edit, () => [undefined], defaultLimits)).toBeUndefined();
  const none = { ...defaultLimits, scopeBytesMax: 1 };
  expect(tentativeScopes(edit, () => [at('a')], none)).toBeUndefined();
  expect(() =>
    tentativeScopes(
      edit,
      () => {
        throw new TypeError('broken');
      },
      none,
    ),
  ).toThrow(TypeError);
});
