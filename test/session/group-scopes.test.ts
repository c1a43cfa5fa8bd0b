import { expect, test } from 'vitest';
import { groupAt } from '../../src/session/cursor.ts';
import { GroupScopes } from '../../src/session/group-scopes.ts';
import { putEdit, taskTable } from '../support/sim-schema.ts';
import { TestHome } from './support/hosts.ts';

const inSite = (home: TestHome, key: string, site: string) =>
  home.write('d', putEdit(taskTable, key, { site }));

test('a pattern holds the scopes that come later, too', () => {
  const home = new TestHome();
  inSite(home, 't', 'a');
  const scopes = new GroupScopes(home.source, { scopes: ['site/*'], tables: [] });
  const groups = [groupAt(0, ['site/*'], [])];
  const { size } = scopes.of(groups).held;
  inSite(home, 'u', 'b');
  expect([size, scopes.of(groups).held.size]).toEqual([1, 2]);
});

test('a scope is of the first group that has it with all of its tables', () => {
  const home = new TestHome();
  inSite(home, 't', 'a');
  const scopes = new GroupScopes(home.source, { scopes: ['site/a'], tables: [] });
  const groups = [groupAt(0, ['site/*'], []), groupAt(0, ['site/a'], [])];
  expect(scopes.of(groups).byGroup.map(({ size }) => size)).toEqual([1, 0]);
  const narrow = [groupAt(0, ['site/*'], [taskTable.name]), groupAt(0, ['site/a'], [])];
  scopes.forget();
  expect(scopes.of(narrow).byGroup.map(({ size }) => size)).toEqual([1, 1]);
});
