/** `base_absent`: what a writer means that saw no row, and what becomes of that where there was one all the same. */
import { describe, expect, test } from 'vitest';
import { stampOf } from '../../src/base/stamp.ts';
import type { Change } from '../../src/change/transaction.ts';
import { etagOf } from '../../src/merge/etag.ts';
import { cellOf, systemTables } from '../../src/replica/system-rows.ts';
import { ModelHome, noonMs, shown, type Terms } from '../support/model-home.ts';
import {
  itemTable,
  modelSchema,
  noteTable,
  patch,
  put,
  remove,
  rowBytes,
} from '../support/model-schema.ts';

const { conflict: ledger } = systemTables(modelSchema);

/** Bob made the row in the first commit; Ann, who does not hold it, is at the second. */
const unseen: Partial<Change> = { base: 2, baseAbsent: true };

function homeWithItem(): ModelHome {
  const model = new ModelHome();
  model.write('bob', [put(itemTable, 'i', { site: 'far', notes: 'Bob', count: 1 })]);
  model.write('bob', [put(itemTable, 'other', {})]);
  return model;
}

const item = (model: ModelHome) => shown(itemTable, model.state.cells(itemTable, 'i'));

/** The entry of Ann's first transaction. */
function entryOf(model: ModelHome, changeIndex = 0) {
  const cells = model.state.cells(ledger, `ann/1/${changeIndex}`);
  if (cells === undefined) return undefined;
  const of = (name: string) => cellOf(ledger, cells, name);
  return { base: of('base_version'), met: of('remote_replica_id'), remote: of('remote_row') };
}

describe('[P9][I6] where the row was there at the base, its edits are concurrent', () => {
  test('a put is settled field by field, and the ledger has what it met', () => {
    const model = homeWithItem();
    model.write('ann', [put(itemTable, 'i', { site: 'near', notes: 'Ann', count: 2 }, unseen)]);
    expect(item(model)).toMatchObject({ site: 'far', notes: 'Bob', count: 2 });
    const remote = rowBytes(itemTable, { site: 'far', notes: 'Bob', count: 1 });
    expect(entryOf(model)).toEqual({ base: 0n, met: 'bob', remote });
  });

  test('so is a patch', () => {
    const model = homeWithItem();
    model.write('ann', [patch(itemTable, 'i', { notes: 'Ann', count: 2 }, unseen)]);
    expect(item(model)).toMatchObject({ notes: 'Bob', count: 2 });
    expect(entryOf(model)).toMatchObject({ base: 0n, met: 'bob' });
  });

  test('a delete is settled by the rule of the row', () => {
    const model = homeWithItem();
    model.write('ann', [remove(itemTable, 'i', unseen)]);
    expect(item(model)).toMatchObject({ notes: 'Bob' });
    expect(entryOf(model)).toMatchObject({ base: 0n, met: 'bob' });
  });

  test('also for a writer who says it of the row as it is now', () => {
    const model = homeWithItem();
    model.write('ann', [put(itemTable, 'i', { notes: 'Ann' }, { baseAbsent: true })]);
    expect(item(model)).toMatchObject({ notes: 'Bob' });
    expect(entryOf(model)).toMatchObject({ base: 0n });
  });

  test('each change of a transaction meets what the earlier ones left of them', () => {
    const model = homeWithItem();
    model.write('ann', [
      put(itemTable, 'i', { notes: 'Ann', count: 2 }, unseen),
      patch(itemTable, 'i', { count: 3 }, unseen),
      patch(itemTable, 'i', { notes: 'Ann again' }, unseen),
    ]);
    expect(item(model)).toMatchObject({ notes: 'Bob', count: 3 });
    expect([0, 1, 2].map((index) => entryOf(model, index) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('the stamp need not be past theirs: the later write wins', () => {
    const model = new ModelHome();
    const stamp = stampOf(noonMs) + 500;
    model.write('bob', [put(noteTable, 'n', { text: 'Bob' })], { stamp });
    const anns = [put(noteTable, 'n', { text: 'Ann' }, { base: 1, baseAbsent: true })];
    model.write('ann', anns, { stamp: stamp - 1 });
    expect(model.commits.at(-1)!.stamp).toBe(stamp - 1);
    expect(shown(noteTable, model.state.cells(noteTable, 'n'))).toMatchObject({ text: 'Bob' });
  });
});

describe('[P9] the claim changes nothing', () => {
  test('where there was no row: what came later is concurrent with the base as it was given', () => {
    const model = homeWithItem();
    const changes = [put(itemTable, 'other', { notes: 'Ann' }, { base: 1, baseAbsent: true })];
    model.write('ann', changes);
    expect(entryOf(model)).toMatchObject({ base: 1n, met: 'bob' });
  });

  test('[I4] where the row was deleted by then: it comes back', () => {
    const model = homeWithItem();
    model.write('bob', [remove(itemTable, 'i')]);
    const anns = (base: number) => [put(itemTable, 'i', { notes: 'Ann' }, { ...unseen, base })];
    model.write('ann', anns(2));
    expect(item(model)).toBeUndefined();
    model.write('ann', anns(3));
    expect(item(model)).toMatchObject({ notes: 'Ann' });
  });

  test('[I4] nor does a row count that was there, was deleted, and came back after the base', () => {
    const model = homeWithItem();
    model.write('bob', [remove(itemTable, 'i')]);
    model.write('bob', [put(itemTable, 'i', { notes: 'back' })]);
    model.write('ann', [put(itemTable, 'i', { notes: 'Ann' }, { ...unseen, base: 3 })]);
    expect(entryOf(model)).toMatchObject({ base: 3n, met: 'bob' });
  });

  test('of what the writer did itself, unless many share its name', () => {
    const twice = (terms: Terms) => {
      const model = new ModelHome();
      model.write('ann', [put(itemTable, 'i', { notes: 'one' })]);
      const again = [put(itemTable, 'i', { notes: 'two' }, { base: 1, baseAbsent: true })];
      model.write('ann', again, {}, terms);
      return item(model)?.notes;
    };
    expect(twice({})).toBe('two');
    expect(twice({ knowsOwnWrites: false })).toBe('one');
  });

  test('beside an if_match that holds, which names the version that the writer saw', () => {
    const model = homeWithItem();
    const rest = { ...unseen, ifMatch: etagOf(1) };
    model.write('ann', [patch(itemTable, 'i', { notes: 'Ann' }, rest)]);
    expect(item(model)).toMatchObject({ notes: 'Ann' });
  });

  test('for a patch of a row that is not there, which is refused as ever', () => {
    const model = homeWithItem();
    const changes = [patch(itemTable, 'none', { notes: 'Ann' }, unseen)];
    expect(model.write('ann', changes).outcome.refusal?.reason).toBe('ROW_NOT_FOUND');
    const next = [patch(itemTable, 'none', {}, { ...unseen, baseCounter: 1 })];
    expect(model.write('ann', next).outcome.refusal?.reason).toBe('DEPENDS_ON_REFUSED');
  });

  test('for a delete of a row that is not there, which does nothing', () => {
    const model = homeWithItem();
    expect(model.write('ann', [remove(itemTable, 'none', unseen)]).outcome.status).toBe(
      'committed',
    );
  });
});
