import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { scanAfter } from '../../src/change/posting-list.ts';
import { patternMatches } from '../../src/schema/scope-pattern.ts';
import { type CursorGroup, cursorGroupsMax, groupAt } from '../../src/session/cursor.ts';
import {
  coverTest,
  groupsFor,
  ownScopes,
  type Served,
  servedBy,
  servedSubscription,
  tablesOf,
} from '../../src/session/subscription.ts';
import { newsTable, simSchema, taskTable, visitTable } from '../support/sim-schema.ts';

const systemNames = simSchema.tables.filter(({ system }) => system).map(({ name }) => name);
const allNames = simSchema.tables.map(({ name }) => name).sort();

describe('what is served', () => {
  test('of a pattern that is partly granted is the part', () => {
    expect(served(['site/*'], ['site/a', 'site/b', 'user/u']).scopes).toEqual(['site/a', 'site/b']);
    expect(served(['site/a', 'site/b'], ['site/*']).scopes).toEqual(['site/a', 'site/b']);
    expect(served(['site/a', 'user/*'], ['*']).scopes).toEqual(['site/a', 'user/*']);
    expect(served(['site/a'], ['site/b']).scopes).toEqual([]);
  });

  test('is all that may be read where nothing is asked for', () => {
    expect(served([], ['site/a', 'user/*']).scopes).toEqual(['site/a', 'user/*']);
    expect(served([], ['*']).tables).toEqual([]);
  });

  test('[I7] never has SyncDB’s own scopes, but the replica’s', () => {
    const own = ownScopes(['p1'], false);
    expect(served(['*', '$writers', '$replica/*'], ['*'], own).scopes).toEqual([
      '$replica/p1',
      '*',
    ]);
    expect(served(['site/a'], ['*'], ownScopes(['r'], true)).scopes).toEqual([
      '',
      '$replica/*',
      '$writers',
      'site/a',
    ]);
  });

  test('of tables are those asked for and SyncDB’s, or all', () => {
    expect(tablesServed([taskTable.name])).toEqual([taskTable.name, ...systemNames].sort());
    expect(tablesServed([newsTable.name, taskTable.name, visitTable.name])).toEqual([]);
    expect(tablesOf(simSchema, [])).toEqual(allNames);
  });

  test('[I7] is never more than was asked for and is granted', () => {
    const patterns = fc.uniqueArray(
      fc.constantFrom('*', '', 'a', 'a/*', 'a/b', 'a/b/*', 'b', 'b/*', 'b/c'),
      { maxLength: 4 },
    );
    const names = ['', 'a', 'a/b', 'a/b/c', 'b', 'b/c', 'c', '$writers'];
    const matches = (list: readonly string[], name: string) =>
      list.some((pattern) => patternMatches(pattern, name));
    fc.assert(
      fc.property(patterns, patterns, (wanted, granted) => {
        const { scopes } = served(wanted, granted);
        for (const name of names) {
          const asked = wanted.length === 0 || matches(wanted, name);
          expect(matches(scopes, name)).toBe(asked && matches(granted, name));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is refused for a bad pattern, an unknown table, and one entry too many', () => {
    const ask = (scopes: string[], tables: string[]) => () =>
      servedSubscription(
        simSchema,
        { ...defaultLimits, subscriptionItemsMax: 2 },
        { scopes, tables },
        ['*'],
        [],
      );
    expect(ask(['a', 'b'], [])).not.toThrow();
    expect(ask(['a', 'x*y'], [])).toThrow(
      expect.objectContaining({
        reason: 'BAD_SCOPE_PATTERN',
        fields: [expect.objectContaining({ field: 'subscription.scopes[1]' })],
      }),
    );
    expect(ask([], [taskTable.name, 't.Nope'])).toThrow(
      expect.objectContaining({
        code: 5,
        reason: 'UNKNOWN_TABLE',
        fields: [expect.objectContaining({ field: 'subscription.tables[1]' })],
      }),
    );
    for (const [scopes, tables] of [
      [['a', 'b', 'c'], []],
      [[], ['a', 'b', 'c']],
    ] as const) {
      expect(ask([...scopes], [...tables])).toThrow(
        expect.objectContaining({ reason: 'TOO_MANY_ITEMS' }),
      );
    }
  });

  test('by a relay is what it holds itself', () => {
    const wanted = { scopes: ['', '$replica/p', 'site/*'], tables: [] };
    const holdings = {
      scopes: ['', '$replica/*', '$writers', 'site/a'],
      tables: [taskTable.name, ...systemNames].sort(),
    };
    expect(servedBy(simSchema, wanted, holdings)).toEqual({
      scopes: ['', '$replica/p', 'site/a'],
      tables: holdings.tables,
    });
  });
});

test('a cover test says what patterns cover, names and patterns', () => {
  const covers = coverTest(['', 'site/a', 'user/*']);
  expect(['', 'site/a', 'user/x', 'user/*', 'user/x/*'].map(covers)).not.toContain(false);
  expect(['site/b', 'site/*', '*', '$writers'].map(covers)).not.toContain(true);
});

describe('the groups of a session', () => {
  const all: Served = { scopes: ['', 'site/a'], tables: [] };

  test('are one fresh group at first', () => {
    expect(groupsFor(simSchema, all, [])).toEqual([groupAt(0, all.scopes, [])]);
  });

  test('are those of the cursor where the same is served', () => {
    const group = groupAt(9, all.scopes, []);
    expect(groupsFor(simSchema, all, [group])).toEqual([group]);
  });

  test('have a fresh one for a new scope', () => {
    const wider = { scopes: ['', 'site/a', 'site/b'], tables: [] };
    expect(groupsFor(simSchema, wider, [groupAt(9, all.scopes, [])])).toEqual([
      groupAt(9, all.scopes, []),
      groupAt(0, ['site/b'], []),
    ]);
  });

  test('have a fresh one for a new table', () => {
    const some = [taskTable.name, ...systemNames].sort();
    const lacking = allNames.filter((name) => !some.includes(name));
    expect(groupsFor(simSchema, all, [groupAt(9, all.scopes, some)])).toEqual([
      groupAt(9, all.scopes, some),
      groupAt(0, all.scopes, lacking),
    ]);
  });

  test('are cut down where less is served, and what nothing is left of goes', () => {
    const tables = [taskTable.name, ...systemNames].sort();
    const narrow = { scopes: ['site/a'], tables };
    const cursor = [groupAt(9, ['', 'site/*'], []), groupAt(0, ['user/u'], [])];
    expect(groupsFor(simSchema, narrow, cursor)).toEqual([groupAt(9, ['site/a'], tables)]);
    const other = groupAt(9, ['site/a'], [newsTable.name]);
    expect(groupsFor(simSchema, narrow, [other])).toEqual([groupAt(0, ['site/a'], tables)]);
  });

  test('begin their scans again where less is served: a scope that is gone was to send some rows', () => {
    const scanning: CursorGroup = {
      ...groupAt(9, ['site/a', 'site/b'], []),
      at: { seq: 15, table: 0, number: 3 },
      upto: 20,
    };
    const narrow = { scopes: ['site/a'], tables: [] };
    expect(groupsFor(simSchema, narrow, [scanning])).toEqual([
      { ...scanning, scopes: ['site/a'], at: scanAfter(9) },
    ]);
    // A first sync only goes back to where it began: until then rows had nowhere to leave from.
    const first: CursorGroup = { ...scanning, since: 0, first: 12 };
    expect(groupsFor(simSchema, narrow, [first])[0]!.at).toEqual(scanAfter(12));
    const early: CursorGroup = { ...first, at: { seq: 3, table: 0, number: 3 } };
    expect(groupsFor(simSchema, narrow, [early])[0]!.at).toEqual(early.at);
  });

  test('[I13] are bounded: those without a checkpoint begin again as one', () => {
    const scopes = Array.from({ length: cursorGroupsMax + 1 }, (_, index) => `s/${index + 10}`);
    const begun = scopes
      .slice(1, cursorGroupsMax)
      .map((scope) => ({ ...groupAt(0, [scope], []), first: 1, upto: 9 }));
    const cursor = [groupAt(5, [scopes[0]!], []), ...begun];
    const fits = groupsFor(simSchema, { scopes: scopes.slice(0, -1), tables: [] }, cursor);
    expect(fits).toEqual(cursor);
    expect(groupsFor(simSchema, { scopes, tables: [] }, cursor)).toEqual([
      cursor[0],
      groupAt(0, scopes.slice(1), []),
    ]);
  });

  test('together cover what is served and nothing else', () => {
    const names = ['', 'site/a', 'site/b', 'user/u'];
    const patterns = fc.uniqueArray(fc.constantFrom(...names, 'site/*', '*'), {
      minLength: 1,
      maxLength: 3,
    });
    const team = [taskTable.name, visitTable.name, newsTable.name];
    const tables = fc.uniqueArray(fc.constantFrom(...team), { maxLength: 3 });
    const wishes = fc.tuple(patterns, tables).map(([scopes, wanted]) => servedFor(scopes, wanted));
    fc.assert(
      fc.property(wishes, wishes, wishes, (first, second, third) => {
        const seen = (group: CursorGroup, seq: number) => groupAt(seq, group.scopes, group.tables);
        const one = groupsFor(simSchema, first, []).map((group) => seen(group, 4));
        const two = groupsFor(simSchema, second, one);
        const groups = groupsFor(simSchema, third, two);
        for (const scope of names) {
          for (const table of allNames) {
            const has = ({ scopes, tables: list }: Served) =>
              coverTest(scopes)(scope) && tablesOf(simSchema, list).includes(table);
            expect(groups.some(has)).toBe(has(third));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

function served(wanted: string[], granted: string[], own: string[] = []): Served {
  return servedSubscription(simSchema, defaultLimits, { scopes: wanted, tables: [] }, granted, own);
}

function servedFor(scopes: string[], tables: string[]): Served {
  return servedSubscription(simSchema, defaultLimits, { scopes, tables }, ['*'], []);
}

function tablesServed(tables: string[]): readonly string[] {
  return servedFor([], tables).tables;
}
