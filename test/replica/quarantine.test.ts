import { expect, test } from 'vitest';
import type { CommittedState } from '../../src/change/committed-state.ts';
import { lostRows, type QuarantinedRow } from '../../src/replica/quarantine.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { itemTable, patch, put, remove } from '../support/model-schema.ts';

/** Three rows at commit 1; then one is changed, one made and one deleted in a history that ends there. */
function lostHistory(): ModelHome {
  const model = common();
  model.write('bob', [patch(itemTable, 'changed', { notes: 'lost' })]);
  model.write('cleo', [put(itemTable, 'made', { notes: 'lost' }), remove(itemTable, 'deleted')]);
  return model;
}

function common(): ModelHome {
  const model = new ModelHome();
  const rows = ['same', 'changed', 'deleted'];
  model.write(
    'ann',
    rows.map((key) => put(itemTable, key, { notes: 'old' })),
  );
  return model;
}

const named = (rows: readonly QuarantinedRow[]) =>
  rows.map(({ key, version, writer }) => [key, version, writer]);

const shownIn = (state: CommittedState) => (table: TableDef, key: string) => {
  const cells = state.cells(table, key);
  return cells && { cells, version: 1, pending: false };
};

test('[I2] rows behind the fork that are otherwise now, or not there', () => {
  const before = lostHistory().state;
  const after = common();
  after.home.beginEpoch('restored', 1, noonMs);
  after.home.durable();
  const lost = lostRows(before, after.state, shownIn(after.state), undefined);
  expect(named(lost)).toEqual([
    ['changed', 2, 'bob'],
    ['made', 3, 'cleo'],
  ]);
  expect(lost[0]!.cells).toEqual(before.cells(itemTable, 'changed'));
});

test('not those that are shown as they were, by whom ever', () => {
  const before = lostHistory().state;
  const after = common();
  after.home.beginEpoch('restored', 1, noonMs);
  after.home.durable();
  const shown = (table: TableDef, key: string) => {
    const cells: readonly Cell[] | undefined =
      key === 'changed' ? before.cells(table, key) : after.state.cells(table, key);
    return cells && { cells, version: 0, pending: true };
  };
  expect(named(lostRows(before, after.state, shown, undefined))).toEqual([['made', 3, 'cleo']]);
});

test('none where the history never forked, whatever has changed', () => {
  const after = common().state;
  expect(lostRows(lostHistory().state, after, shownIn(after), undefined)).toEqual([]);
});

test('where only the fork was told, and no epoch, what is behind it', () => {
  const after = common().state;
  const before = lostHistory().state;
  expect(named(lostRows(before, after, shownIn(after), 2))).toEqual([['made', 3, 'cleo']]);
  expect(lostRows(before, after, shownIn(after), 0)).toHaveLength(2);
});
