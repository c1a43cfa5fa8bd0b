import { expect, test } from 'vitest';
import { readableRows } from '../../src/server/readable-rows.ts';
import type { Identity } from '../../src/session/source.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, noteTable, put } from '../support/model-schema.ts';

const identity: Identity = {
  name: 'me',
  readScopes: [],
  writeScopes: [],
  relay: false,
  admin: true,
  expiresAtMs: undefined,
};

const model = new ModelHome();
model.write('ann', [
  put(itemTable, 'a', { site: 'x' }),
  put(itemTable, 'b', { site: 'y', tags: ['t', 'u'] }),
  put(itemTable, 'c', { site: 'y' }),
  put(itemTable, 'none', {}),
  put(noteTable, 'n', {}),
]);

/** Keys of the rows that an identity with these scopes sees; undefined where it is asked for none. */
function seen(...readScopes: string[]): string[] | undefined {
  const keys: string[] = [];
  for (const table of model.home.schema.tables) {
    const shows = readableRows(model.state, table, { ...identity, readScopes });
    if (shows === undefined) return undefined;
    const { columns } = model.state.table(table);
    for (let slot = 0; slot < columns.slotEnd; slot++) {
      if (shows(slot)) keys.push(columns.keyOf(slot));
    }
  }
  return keys.sort();
}

test('[I7] an identity sees the rows of its scopes, and those of everyone', () => {
  expect(seen()).toEqual(['n']);
  expect(seen('site/x')).toEqual(['a', 'n']);
  expect(seen('site/x', 'tag/u')).toEqual(['a', 'b', 'n']);
  expect(seen('site/*')).toEqual(expect.arrayContaining(['a', 'b', 'c', 'n']));
  expect(seen('$writers')).toEqual(['ann', 'n']);
});

test('one that may read everything is asked for nothing', () => {
  expect(seen('*')).toBeUndefined();
});
