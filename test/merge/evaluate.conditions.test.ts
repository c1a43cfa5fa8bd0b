/** `if_match` and `if_none_match` where a row is changed more than once, deleted, or known from long ago. */
import { describe, expect, test } from 'vitest';
import { stampOf } from '../../src/base/stamp.ts';
import type { Change } from '../../src/change/transaction.ts';
import { etagOf } from '../../src/merge/etag.ts';
import { systemTables } from '../../src/replica/system-rows.ts';
import { ModelHome, noonMs, shown } from '../support/model-home.ts';
import { itemTable, modelSchema, noteTable, patch, put, remove } from '../support/model-schema.ts';

/** Bob made the row in the commit with this etag. */
const first = etagOf(1);
const ifMatch = first;
const ifNoneMatch = true;

function homeWithItem(): ModelHome {
  const model = new ModelHome();
  model.write('bob', [put(itemTable, 'i', { notes: 'Bob' })]);
  return model;
}

const item = (model: ModelHome) => shown(itemTable, model.state.cells(itemTable, 'i'));

/** What Ann's transaction comes to: the reason and the etag that she is told, or that it is committed. */
function answerTo(model: ModelHome, changes: readonly Change[]): string {
  const { refusal } = model.write('ann', changes).outcome;
  return refusal === undefined ? 'committed' : `${refusal.reason} ${refusal.currentEtag}`.trim();
}

describe('an etag is that of a committed row, so within a transaction', () => {
  test.each<[what: string, changes: readonly Change[], answer: string]>([
    [
      'each change of a row may name the version that the writer read',
      [
        patch(itemTable, 'i', { notes: 'Ann' }, { ifMatch }),
        patch(itemTable, 'i', { count: 1 }, { ifMatch }),
        remove(itemTable, 'i', { ifMatch }),
      ],
      'committed',
    ],
    [
      'a row that an earlier change deleted has none',
      [remove(itemTable, 'i', { ifMatch }), put(itemTable, 'i', {}, { ifMatch })],
      `ETAG_MISMATCH ${first}`,
    ],
    [
      'a row that an earlier change deleted and made again keeps it',
      [remove(itemTable, 'i'), put(itemTable, 'i', {}), patch(itemTable, 'i', {}, { ifMatch })],
      'committed',
    ],
    [
      'the version to come cannot be named',
      [
        patch(itemTable, 'i', { notes: 'Ann' }),
        patch(itemTable, 'i', { count: 1 }, { ifMatch: etagOf(2) }),
      ],
      `ETAG_MISMATCH ${first}`,
    ],
    [
      'a row that an earlier change made has none yet',
      [put(noteTable, 'n', {}), patch(noteTable, 'n', {}, { ifMatch: etagOf(2) })],
      'ETAG_MISMATCH',
    ],
    [
      'a row that an earlier change made is there',
      [put(noteTable, 'n', {}), put(noteTable, 'n', {}, { ifNoneMatch })],
      'ROW_EXISTS',
    ],
    [
      'a row that an earlier change deleted is not there',
      [remove(itemTable, 'i'), put(itemTable, 'i', {}, { ifNoneMatch })],
      'committed',
    ],
  ])('%s', (_what, changes, answer) => {
    expect(answerTo(homeWithItem(), changes)).toBe(answer);
  });

  test('a refusal tells the etag that the row has then: who tries again with it succeeds', () => {
    const model = homeWithItem();
    const changes = (etag: string) => [
      patch(itemTable, 'i', { notes: 'Ann' }, { ifMatch: etag }),
      patch(itemTable, 'i', { notes: 'Ann again' }, { ifMatch: etag }),
    ];
    const { refusal } = model.write('ann', changes('v9')).outcome;
    expect(answerTo(model, changes(refusal!.currentEtag))).toBe('committed');
    expect(item(model)).toMatchObject({ notes: 'Ann again' });
  });
});

test('a refusal says in words what was asked and what there is', () => {
  const messageOf = (...changes: Change[]) => {
    const { refusal } = homeWithItem().write('ann', changes).outcome;
    return refusal!.message;
  };
  const rest = { ifMatch: 'v9' };
  expect(messageOf(remove(itemTable, 'i', rest))).toBe("if_match is v9, but the row's etag is v1");
  expect(messageOf(remove(itemTable, 'j', rest))).toBe('if_match is v9, but there is no such row');
  const noRow = 'if_match is v9, but there is no such row';
  expect(messageOf(put(itemTable, 'j', {}), patch(itemTable, 'j', {}, rest))).toBe(noRow);
  expect(messageOf(remove(itemTable, 'i'), put(itemTable, 'i', {}, rest))).toBe(noRow);
  expect(messageOf(put(itemTable, 'i', {}, { ifNoneMatch }))).toBe('the row exists already');
});

describe('a change whose if_match holds is never merged', () => {
  /** Bob has edited the row since the seq that Ann's base names; she names his version all the same. */
  function writeOver(change: (rest: Partial<Change>) => Change): ModelHome {
    const model = homeWithItem();
    const stamp = stampOf(noonMs) + 500;
    model.write('bob', [patch(itemTable, 'i', { notes: 'Bob again' })], { stamp });
    const { outcome } = model.write('ann', [change({ base: 1, ifMatch: etagOf(2) })]);
    expect(outcome.refusal).toBeUndefined();
    expect(model.state.cells(systemTables(modelSchema).conflict, 'ann/1/0')).toBeUndefined();
    expect(model.commits.at(-1)!.stamp).toBe(stamp + 1);
    return model;
  }

  test('a patch stands', () => {
    const model = writeOver((rest) => patch(itemTable, 'i', { notes: 'Ann' }, rest));
    expect(item(model)).toMatchObject({ notes: 'Ann' });
  });

  test('a put stands', () => {
    const model = writeOver((rest) => put(itemTable, 'i', { notes: 'Ann' }, rest));
    expect(item(model)).toMatchObject({ notes: 'Ann' });
  });

  test('a delete deletes', () => {
    expect(item(writeOver((rest) => remove(itemTable, 'i', rest)))).toBeUndefined();
  });
});

test('[I4] if_none_match is no leave to bring back a row whose delete the writer had not seen', () => {
  const model = homeWithItem();
  model.write('bob', [remove(itemTable, 'i')]);
  expect(answerTo(model, [put(itemTable, 'i', {}, { base: 1, ifNoneMatch })])).toBe('committed');
  expect(item(model)).toBeUndefined();
  expect(answerTo(model, [put(itemTable, 'i', {}, { base: 2, ifNoneMatch })])).toBe('committed');
  expect(item(model)).toBeDefined();
});
