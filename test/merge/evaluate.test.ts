/** What evaluating does beside the table of evaluate.table.test.ts: whole transactions, rights, checks, stamps. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { stampOf } from '../../src/base/stamp.ts';
import { etagOf } from '../../src/merge/etag.ts';
import type { RowRules } from '../../src/merge/row-check.ts';
import { describeWhole, ModelHome, noonMs, shown, type Terms } from '../support/model-home.ts';
import {
  itemTable,
  meterTable,
  noteTable,
  patch,
  put,
  remove,
  type Values,
} from '../support/model-schema.ts';

function homeWith(
  values: Values = {},
  options: ConstructorParameters<typeof ModelHome>[0] = {},
): ModelHome {
  const model = new ModelHome(options);
  model.write('bob', [put(itemTable, 'i', values)]);
  return model;
}

const item = (model: ModelHome, key = 'i') => shown(itemTable, model.state.cells(itemTable, key));
const refusal = (model: ModelHome, ...write: Parameters<ModelHome['write']>) =>
  model.write(...write).outcome.refusal;

describe('a transaction', () => {
  test('happens wholly or not at all: what one change does wrong leaves nothing of the others', () => {
    const model = homeWith({ notes: 'a' });
    const changes = [
      put(itemTable, 'new', {}),
      patch(itemTable, 'i', { notes: 'b' }),
      remove(noteTable, 'n'),
      patch(itemTable, 'none', { notes: 'c' }),
      put(itemTable, 'later', {}),
    ];
    expect(refusal(model, 'ann', changes)).toEqual({
      reason: 'ROW_NOT_FOUND',
      message: 't.Item has no row "none"',
      changeIndex: 3,
      currentEtag: '',
      violations: [],
    });
    expect(item(model)).toMatchObject({ notes: 'a' });
    expect([item(model, 'new'), item(model, 'later')]).toEqual([undefined, undefined]);
  });

  test('sees what its own changes did before', () => {
    const model = homeWith({ notes: 'a' });
    model.write('ann', [
      put(itemTable, 'j', { notes: '1' }),
      patch(itemTable, 'j', { count: 2 }),
      patch(itemTable, 'i', { notes: 'b' }),
      remove(itemTable, 'i'),
      put(itemTable, 'i', { title: 't' }),
      put(noteTable, 'n', {}),
      remove(noteTable, 'n'),
    ]);
    expect(item(model, 'j')).toMatchObject({ notes: '1', count: 2 });
    expect(item(model)).toMatchObject({ notes: '', title: 't' });
    expect(model.state.rowState(noteTable, 'n')).toBeUndefined();
    const effects = model.commits.at(-1)!.effects.map(({ kind, key }) => `${kind} ${key}`);
    expect(effects).toEqual(['update i', 'insert j', 'insert ann']);
  });

  test('that leaves a row as it was is no change of it', () => {
    const model = homeWith({ notes: 'a' });
    model.write('ann', [
      patch(itemTable, 'i', { notes: 'b' }),
      patch(itemTable, 'i', { notes: 'a' }),
      patch(itemTable, 'i', { notes: 'a' }),
    ]);
    expect(model.state.rowState(itemTable, 'i')?.version).toBe(1);
  });

  test('passes on an error that is none of ours', () => {
    const validate = () => {
      throw new RangeError('stack');
    };
    const model = new ModelHome({ validate });
    expect(() => model.write('ann', [put(itemTable, 'i', {})])).toThrow(RangeError);
    const limits = { ...defaultLimits };
    Object.defineProperty(limits, 'scopeBytesMax', { get: validate });
    const other = new ModelHome({ limits });
    expect(() => other.write('ann', [put(itemTable, 'i', { site: 's' })])).toThrow(RangeError);
  });
});

describe('a oneof', () => {
  const beside = (values: Values) => ({ text_choice: null, number_choice: null, ...values });

  test.each([
    [
      'sets another member, whose rule is that the server wins',
      { text_choice: 'Ann' },
      { number_choice: 7 },
    ],
    ['clears it', { text_choice: null, number_choice: null }, { number_choice: 7 }],
  ])('is one value: what Bob set stays where Ann %s', (_what, hers, stands) => {
    const model = homeWith({});
    model.write('bob', [patch(itemTable, 'i', { number_choice: 7 })]);
    model.write('ann', [patch(itemTable, 'i', hers, { base: 1 })]);
    expect(item(model)).toMatchObject(beside(stands));
  });

  test('is one value: Ann’s member takes the place of Bob’s where its rule is that the client wins', () => {
    const model = homeWith({ text_choice: 'old' });
    model.write('bob', [patch(itemTable, 'i', { text_choice: 'Bob' })]);
    model.write('ann', [patch(itemTable, 'i', { number_choice: 3 }, { base: 1 })]);
    expect(item(model)).toMatchObject(beside({ number_choice: 3 }));
  });
});

describe('a base', () => {
  test('left out means the row as it is now', () => {
    const model = homeWith({ notes: 'a' });
    model.write('ann', [patch(itemTable, 'i', { notes: 'b' })]);
    expect(item(model)).toMatchObject({ notes: 'b' });
  });

  test('need not know of the writer’s own edits', () => {
    const model = homeWith({ notes: 'a' });
    model.write('ann', [patch(itemTable, 'i', { notes: 'b' }, { base: 1 })]);
    model.write('ann', [patch(itemTable, 'i', { notes: 'c' }, { base: 1 })]);
    expect(item(model)).toMatchObject({ notes: 'c' });
  });

  test('must know of them where many share the writer’s name', () => {
    const model = homeWith({ notes: 'a' });
    const terms = { knowsOwnWrites: false };
    model.write('svc', [patch(itemTable, 'i', { notes: 'b' }, { base: 1 })], {}, terms);
    model.write('svc', [patch(itemTable, 'i', { notes: 'c' }, { base: 1 })], {}, terms);
    expect(item(model)).toMatchObject({ notes: 'b' });
    const twice = [{ count: 1 }, { count: 2 }].map((values) =>
      patch(itemTable, 'i', values, { base: 1 }),
    );
    model.write('svc', twice, {}, terms);
    expect(item(model)).toMatchObject({ count: 2 });
  });
});

describe('a condition', () => {
  test('if_match refuses all but the version that it names, and tells which there is', () => {
    const model = homeWith({});
    const asked = (ifMatch: string, key = 'i') =>
      refusal(model, 'ann', [patch(itemTable, key, { count: 1 }, { ifMatch })]);
    expect(asked('v9')).toMatchObject({ reason: 'ETAG_MISMATCH', currentEtag: etagOf(1) });
    expect(asked('v9', 'none')).toMatchObject({ reason: 'ETAG_MISMATCH', currentEtag: '' });
    expect(asked(etagOf(1))).toBeUndefined();
  });

  test('if_none_match refuses where there is a row', () => {
    const model = homeWith({});
    const asked = (key: string) =>
      refusal(model, 'ann', [put(itemTable, key, {}, { ifNoneMatch: true })]);
    expect(asked('i')).toMatchObject({ reason: 'ROW_EXISTS', currentEtag: etagOf(1) });
    expect(asked('j')).toBeUndefined();
    model.write('ann', [remove(itemTable, 'i')]);
    expect(asked('i')).toBeUndefined();
  });
});

describe('[I7] a writer who may not write a row', () => {
  const terms: Terms = { mayWrite: (scopes) => scopes.every((scope) => scope !== 'site/secret') };
  const secret = () => homeWith({ site: 'secret', notes: 'a' });
  const denied = { reason: 'SCOPE_DENIED', currentEtag: '' };

  test.each([
    ['a patch', patch(itemTable, 'i', { notes: 'b' })],
    ['a put', put(itemTable, 'i', {})],
    ['a delete', remove(itemTable, 'i')],
    ['a patch that would lose a conflict', patch(itemTable, 'i', { notes: 'b' }, { base: 0 })],
    ['a condition that does not hold', patch(itemTable, 'i', {}, { ifMatch: 'v9' })],
    ['an insert that must not meet a row', put(itemTable, 'i', {}, { ifNoneMatch: true })],
  ])('learns nothing of it by %s', (_what, change) => {
    const model = secret();
    expect(refusal(model, 'ann', [change], {}, terms)).toMatchObject(denied);
    expect(item(model)).toMatchObject({ notes: 'a' });
    const tables = model.commits.at(-1)!.effects.map(({ table }) => table.name);
    expect(tables).toEqual(['syncdb.v1.Outcome', 'syncdb.v1.Writer']);
  });

  test.each([
    ['a patch', patch(itemTable, 'i', { notes: 'b' }, { base: 0 })],
    ['a put', put(itemTable, 'i', {}, { base: 0 })],
  ])('learns nothing of a deleted one by %s', (_what, change) => {
    const model = secret();
    model.write('bob', [remove(itemTable, 'i')]);
    expect(refusal(model, 'ann', [change], {}, terms)).toMatchObject(denied);
  });

  test('may not bring a row there, nor make one', () => {
    const model = homeWith({ site: 'open' });
    expect(
      refusal(model, 'ann', [patch(itemTable, 'i', { site: 'secret' })], {}, terms),
    ).toMatchObject(denied);
    expect(
      refusal(model, 'ann', [put(itemTable, 'j', { site: 'secret' })], {}, terms),
    ).toMatchObject(denied);
    expect(
      refusal(model, 'ann', [patch(itemTable, 'i', { site: 'other' })], {}, terms),
    ).toBeUndefined();
  });

  test('may delete what is not there', () => {
    const model = secret();
    model.write('bob', [remove(itemTable, 'i')]);
    expect(refusal(model, 'ann', [remove(itemTable, 'i')], {}, terms)).toBeUndefined();
  });
});

describe('a transaction that builds on a refused one', () => {
  function afterRefusedInsert(): ModelHome {
    const model = new ModelHome();
    const rules: Terms = { mayWrite: () => false };
    expect(refusal(model, 'ann', [put(itemTable, 'i', {})], {}, rules)).toBeDefined();
    return model;
  }

  test('is refused with it', () => {
    const model = afterRefusedInsert();
    const change = (baseCounter: number) => [patch(itemTable, 'i', { count: 1 }, { baseCounter })];
    expect(refusal(model, 'ann', change(1))).toMatchObject({
      reason: 'DEPENDS_ON_REFUSED',
      message: 'transaction 1, on which it builds, was refused',
    });
    expect(refusal(model, 'ann', change(2))).toMatchObject({ reason: 'DEPENDS_ON_REFUSED' });
  });

  test('is judged for itself where it builds on none, on one that was not refused, or on one to come', () => {
    const model = afterRefusedInsert();
    model.write('ann', [put(noteTable, 'n', {})]);
    for (const baseCounter of [0, 2, 9]) {
      const change = patch(itemTable, 'i', { count: 1 }, { baseCounter });
      expect(refusal(model, 'ann', [change])).toMatchObject({ reason: 'ROW_NOT_FOUND' });
    }
    expect(refusal(model, 'ann', [put(itemTable, 'i', {}, { baseCounter: 1 })])).toBeUndefined();
  });
});

describe('the row that results', () => {
  const countsUp: RowRules = (_table, cells) => {
    if ((cells[3] as number) >= 0) return undefined;
    return new SyncError(Code.invalidArgument, 'ROW_INVALID', 'count: is negative', {
      fields: [{ field: 'count', description: 'is negative' }],
    });
  };

  test('is checked as a whole, merged as it is', () => {
    const model = homeWith(
      {},
      { validate: (table, cells) => (table === itemTable ? countsUp(table, cells) : undefined) },
    );
    expect(refusal(model, 'ann', [patch(itemTable, 'i', { count: -1 })])).toMatchObject({
      reason: 'ROW_INVALID',
      message: 'count: is negative',
    });
    expect(refusal(model, 'ann', [remove(itemTable, 'i')])).toBeUndefined();
  });

  test('is not made larger than a row may be, bit by bit', () => {
    const model = homeWith(
      { notes: 'n'.repeat(60) },
      { limits: { ...defaultLimits, rowBytesMax: 100 } },
    );
    expect(refusal(model, 'ann', [patch(itemTable, 'i', { title: 't'.repeat(60) })])).toMatchObject(
      {
        reason: 'ROW_TOO_LARGE',
      },
    );
  });

  test('is in no more scopes than a row may be', () => {
    const model = homeWith({}, { limits: { ...defaultLimits, rowScopesMax: 2 } });
    const tags = ['x', 'y', 'z'];
    expect(refusal(model, 'ann', [patch(itemTable, 'i', { tags })])).toMatchObject({
      reason: 'TOO_MANY_SCOPES',
    });
  });
});

describe('the stamp of a commit', () => {
  const stampOfWrite = (model: ModelHome, stamp: number, base?: number) => {
    model.write('ann', [patch(meterTable, '7', { value: stamp }, { base })], { stamp });
    return model.commits.at(-1)!.stamp;
  };
  const now = stampOf(noonMs);
  const bound = stampOf(noonMs + defaultLimits.stampAheadMsMax);
  const meters = () => {
    const model = new ModelHome();
    model.write('bob', [put(meterTable, '7', {})], { stamp: now + 500 });
    return model;
  };

  test('is the writer’s, or the time of arrival', () => {
    expect(stampOfWrite(meters(), now + 900)).toBe(now + 900);
    expect(stampOfWrite(meters(), 0, 0)).toBe(now);
  });

  test('is past what the writer had seen of the row, and only of that', () => {
    expect(stampOfWrite(meters(), now)).toBe(now + 501);
    expect(stampOfWrite(meters(), now, 0)).toBe(now);
  });

  test('[I11] never runs further ahead of the home’s clock than the bound, whatever the writers’ clocks say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.maxSafeNat(), fc.constant(0)), { maxLength: 8 }),
        (stamps) => {
          const model = meters();
          for (const stamp of stamps) expect(stampOfWrite(model, stamp)).toBeLessThanOrEqual(bound);
        },
      ),
    );
  });
});

test('evaluating changes nothing: a refused transaction leaves the team’s rows, versions and scopes as they were', () => {
  const model = homeWith({ site: 's', tags: ['x'] });
  const team = () => {
    const { rows } = describeWhole(model.state);
    return Object.entries(rows).filter(([name]) => name.startsWith('t.'));
  };
  const before = team();
  model.write('ann', [remove(itemTable, 'i'), patch(itemTable, 'none', {})]);
  expect(team()).toEqual(before);
});
