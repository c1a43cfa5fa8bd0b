import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { CatchUp } from '../../src/session/catch-up.ts';
import { groupAt } from '../../src/session/cursor.ts';
import { LiveScans } from '../../src/session/live-scans.ts';
import { deleteEdit, patchEdit, putEdit, taskTable } from '../support/sim-schema.ts';
import { TestHome } from './support/hosts.ts';

/** Who holds these scopes, brought to the head. */
function atHead(home: TestHome, scopes: string[], source = home.source): CatchUp {
  const groups = [groupAt(0, scopes, [])];
  const catchUp = new CatchUp(
    source,
    { scopes, tables: [] },
    { groups, check: 0, progress: undefined },
  );
  while (catchUp.next() !== undefined);
  return catchUp;
}

function homeWith(...sites: string[]): TestHome {
  const home = new TestHome();
  for (const [index, site] of sites.entries()) {
    home.write('d', putEdit(taskTable, `t${index}`, { site }));
  }
  return home;
}

const sent = (catchUp: CatchUp) => catchUp.next()?.deltas;

describe('what is new', () => {
  test('is looked at once for all who hold the same of it, whatever else they hold', () => {
    const home = homeWith('a', 'b');
    const [one, two] = [
      ['site/a', '$replica/p'],
      ['site/a', 'site/b'],
    ].map((scopes) => atHead(home, scopes));
    home.write('d', patchEdit(taskTable, 't0', { title: 'x' }));
    const rows = sent(one!)!;
    expect(rows).toHaveLength(1);
    expect(sent(two!)).toBe(rows);
    home.write('d', patchEdit(taskTable, 't0', { title: 'y' }));
    expect(sent(one!)).not.toBe(rows);
  });

  test('[I7] is looked at for each who holds something else of it', () => {
    const home = homeWith('a', 'b');
    const both = atHead(home, ['site/a', 'site/b']);
    const only = atHead(home, ['site/a']);
    home.write('d', patchEdit(taskTable, 't0', { site: 'b' }));
    expect(sent(both)).toMatchObject([{ kind: 'full', scopes: ['site/b'] }]);
    expect(sent(only)).toMatchObject([{ kind: 'evicted' }]);
  });

  test('is not kept where there is much of it', () => {
    const home = homeWith('a');
    const receivers = [atHead(home, ['site/a']), atHead(home, ['site/a'])];
    home.write('d', patchEdit(taskTable, 't0', { title: 'x'.repeat(70_000) }));
    const [first, second] = receivers.map(sent);
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
  });

  test('is not looked for where much of what a receiver holds moved, or that is not known', () => {
    const sites = Array.from({ length: 17 }, (_, site) => `s${site}`);
    const home = homeWith(...sites);
    const receivers = [atHead(home, ['site/*']), atHead(home, ['site/*'])];
    for (const index of sites.keys())
      home.write('d', patchEdit(taskTable, `t${index}`, { title: 'x' }));
    const [first, second] = receivers.map(sent);
    expect(first).toHaveLength(17);
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
  });

  test('is not more than who asks can take', () => {
    const home = homeWith('a', 'a');
    const receivers = [atHead(home, ['site/a']), atHead(home, ['site/a'])];
    home.write('d', patchEdit(taskTable, 't0', { title: 'x' }));
    home.write('d', patchEdit(taskTable, 't1', { title: 'x' }));
    expect(receivers[0]!.next()?.deltas).toHaveLength(2);
    expect(receivers[1]!.next(1)?.deltas).toHaveLength(1);
  });
});

test('[I1][I7] shared or not, everybody is sent the same', () => {
  const edit = fc.record({
    key: fc.integer({ min: 0, max: 4 }).map((key) => `t${key}`),
    what: fc.constantFrom('a', 'b', 'c', 'title', 'gone'),
  });
  const commits = fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { maxLength: 15 });
  const holdings = fc.array(
    fc.subarray(['', 'site/a', 'site/b', 'site/c', 'site/*', '$replica/p'], { minLength: 1 }),
    { minLength: 2, maxLength: 6 },
  );
  fc.assert(
    fc.property(commits, holdings, fc.integer({ min: 1, max: 3 }), (list, all, each) => {
      const home = homeWith('a', 'b', 'c');
      const shared = all.map((scopes) => atHead(home, scopes));
      const alone = all.map((scopes) =>
        atHead(home, scopes, { ...home.source, live: new LiveScans() }),
      );
      for (const [index, edits] of list.entries()) {
        for (const { key, what } of edits) write(home, key, what);
        for (const [place, receiver] of shared.entries()) {
          if ((index + place) % each > 0) continue;
          const told = (deltas: readonly RowDelta[] | undefined) => deltas ?? [];
          expect(told(sent(receiver))).toEqual(told(sent(alone[place]!)));
        }
      }
    }),
  );
});

function write(home: TestHome, key: string, what: string): void {
  if (what === 'gone') home.write('d', deleteEdit(taskTable, key));
  else if (what === 'title') home.write('d', patchEdit(taskTable, key, { title: 'x' }));
  else home.write('d', putEdit(taskTable, key, { site: what }));
}
