/** What a writer learns of rows that it may not read: nothing, but what its own right to write them makes plain. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { stampOf } from '../../src/base/stamp.ts';
import type { Change } from '../../src/change/transaction.ts';
import { etagOf } from '../../src/merge/etag.ts';
import type { RowRules } from '../../src/merge/row-check.ts';
import { cellOf, systemTables } from '../../src/replica/system-rows.ts';
import { changeOf, type Edit } from '../support/model-edits.ts';
import { ModelHome, noonMs, type Terms } from '../support/model-home.ts';
import { itemTable, modelSchema, patch, put, remove } from '../support/model-schema.ts';

const { outcome: outcomes } = systemTables(modelSchema);

/** One who may read and write rows of these scopes. */
function rights(reads: readonly string[], writes: readonly string[]): Terms {
  return {
    mayRead: (scopes) => scopes.some((scope) => reads.includes(scope)),
    mayWrite: (scopes) => scopes.every((scope) => writes.includes(scope)),
  };
}

/** A home where Bob's row is at this site, or was, and has a stamp ahead of the clock. */
function homeWith(state: 'absent' | 'live' | 'deleted'): ModelHome {
  const model = new ModelHome();
  const stamp = stampOf(noonMs) + 10_000;
  // Each home has as many commits, so that only the row tells them apart.
  const key = state === 'absent' ? 'other' : 'i';
  model.write('bob', [put(itemTable, key, { site: 'far', notes: 'Bob' })], { stamp });
  const next = state === 'deleted' ? remove(itemTable, key) : put(itemTable, 'own', { site: 'a' });
  model.write('bob', [next], { stamp });
  return model;
}

const conditions = fc.constantFrom<Partial<Change>>(
  {},
  {},
  { ifMatch: etagOf(1) },
  { ifMatch: 'v9' },
  { ifNoneMatch: true },
);
const edits: fc.Arbitrary<Edit> = fc.record({
  table: fc.constant(itemTable),
  key: fc.constant('i'),
  operation: fc.constantFrom('patch' as const, 'delete' as const),
  values: fc.constantFrom({ notes: 'Ann' }, { site: 'a' }, { notes: 'Ann', count: 1 }),
});
const bases = fc.record({
  base: fc.constantFrom(undefined, 0, 1, 2),
  baseAbsent: fc.boolean(),
  baseCounter: fc.nat({ max: 1 }),
});

test('[I7] a patch or delete of a row that it may neither read nor write is answered as of one that is absent', () => {
  const anns = put(itemTable, 'mine', { site: 'a' });
  fc.assert(
    fc.property(
      fc.constantFrom('live' as const, 'deleted' as const),
      fc.array(fc.tuple(edits, conditions, bases), { minLength: 1, maxLength: 3 }),
      (state, changes) => {
        const answerOf = (model: ModelHome) => {
          const all = changes.map(([edit, condition, base]) =>
            changeOf(edit, { ...base, ...condition }),
          );
          const { outcome } = model.write(
            'ann',
            [anns, ...all],
            {},
            rights(['site/a'], ['site/a']),
          );
          const { effects, stamp } = model.commits.at(-1)!;
          return {
            outcome,
            stamp,
            effects: effects.map(({ table, key }) => `${table.name} ${key}`),
          };
        };
        expect(answerOf(homeWith(state))).toEqual(answerOf(homeWith('absent')));
      },
    ),
    { numRuns: 300 },
  );
});

describe('[I7] one who may not write a row', () => {
  test.each<[what: string, reads: string[], change: Change, reason: string | undefined]>([
    [
      'and may read it is told so of a patch',
      ['site/far'],
      patch(itemTable, 'i', {}),
      'SCOPE_DENIED',
    ],
    [
      'and may read it is told so of a delete',
      ['site/far'],
      remove(itemTable, 'i'),
      'SCOPE_DENIED',
    ],
    [
      'nor read it is told of a put, which cannot be',
      [],
      put(itemTable, 'i', { site: 'a' }),
      'SCOPE_DENIED',
    ],
    [
      'nor read it finds none to patch',
      [],
      patch(itemTable, 'i', { notes: 'Ann' }),
      'ROW_NOT_FOUND',
    ],
    ['nor read it deletes none', [], remove(itemTable, 'i'), undefined],
  ])('%s', (_what, reads, change, reason) => {
    const model = homeWith('live');
    const { outcome } = model.write('ann', [change], {}, rights(reads, ['site/a']));
    expect(outcome.refusal?.reason).toBe(reason);
    expect(outcome.refusal?.currentEtag ?? '').toBe('');
    expect(model.state.cells(itemTable, 'i')).toBeDefined();
    // The stamp of a hidden row is not that of the outcome.
    if (reads.length === 0) expect(model.commits.at(-1)!.stamp).toBe(stampOf(noonMs));
  });
});

describe('[I7] one who may write a row and not read it', () => {
  const blind = rights([], ['site/far']);
  const sighted = rights(['site/far'], ['site/far']);
  const refusalOf = (change: Change, terms: Terms) =>
    homeWith('live').write('ann', [change], {}, terms).outcome.refusal;

  test('is told that it has another etag, and not which', () => {
    const change = patch(itemTable, 'i', {}, { ifMatch: 'v9' });
    expect(refusalOf(change, sighted)).toMatchObject({ currentEtag: 'v1' });
    expect(refusalOf(change, blind)).toMatchObject({
      reason: 'ETAG_MISMATCH',
      message: "if_match is v9, but the row's etag is another",
      currentEtag: '',
    });
  });

  test('is told that it exists, and nothing of it', () => {
    const change = put(itemTable, 'i', { site: 'far' }, { ifNoneMatch: true });
    expect(refusalOf(change, sighted)).toMatchObject({ currentEtag: 'v1' });
    expect(refusalOf(change, blind)).toMatchObject({ reason: 'ROW_EXISTS', currentEtag: '' });
  });

  test('is not told what a rule quotes of what others wrote', () => {
    const notes = itemTable.columnByName.get('notes')!.index;
    const validate: RowRules = (_table, cells) =>
      cells[itemTable.columnByName.get('count')!.index] === 9
        ? new SyncError(Code.invalidArgument, 'ROW_INVALID', `9 is too many for ${cells[notes]}`)
        : undefined;
    const messageTo = (terms: Terms) => {
      const model = new ModelHome({ validate });
      model.write('bob', [put(itemTable, 'i', { site: 'far', notes: 'Bob' })]);
      model.write('ann', [patch(itemTable, 'i', { count: 9 })], {}, terms);
      const cells = model.state.cells(outcomes, 'ann/1')!;
      return ['reason', 'message'].map((name) => cellOf(outcomes, cells, name));
    };
    expect(messageTo(sighted)).toEqual(['ROW_INVALID', '9 is too many for Bob']);
    const untold = 'the row of t.Item would break its rules or limits';
    expect(messageTo(blind)).toEqual(['ROW_INVALID', untold]);
  });
});
