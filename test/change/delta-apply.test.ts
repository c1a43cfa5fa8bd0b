import { describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { CommittedState, type StateRole } from '../../src/change/committed-state.ts';
import { applyDelta } from '../../src/change/delta-apply.ts';
import { scanDeltas } from '../../src/change/delta-scan.ts';
import { scanStart } from '../../src/change/posting-list.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { describeRow } from '../support/model-home.ts';
import { cellsOf, itemTable, modelSchema, rowBytes, type Values } from '../support/model-schema.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const bare = {
  table: itemTable.name,
  number: 500,
  key: 'i',
  stamp: 10,
  writer: 'ann',
  fields: [],
  scopes: [],
  row: new Uint8Array(0),
};

function full(version: number, values: Values, rest: Partial<RowDelta> = {}): RowDelta {
  const row = rowBytes(itemTable, { id: 'i', ...values });
  return { ...bare, kind: 'full', version, scopes: ['site/s'], row, ...rest };
}

function patch(version: number, values: Values, rest: Partial<RowDelta> = {}): RowDelta {
  const fields = Object.keys(values).map((name) => itemTable.columnByName.get(name)!.number);
  const row = rowBytes(itemTable, values);
  return { ...bare, kind: 'patch', version, fields, scopes: ['site/s'], row, ...rest };
}

function gone(
  kind: 'deleted' | 'evicted',
  version: number,
  rest: Partial<RowDelta> = {},
): RowDelta {
  return { ...bare, kind, version, ...rest };
}

function copy(role: StateRole, ...deltas: readonly RowDelta[]): CommittedState {
  const state = new CommittedState(modelSchema, role);
  for (const delta of deltas) applyDelta(state, delta);
  return state;
}

const changed = { table: itemTable, key: 'i' };

describe('a delta', () => {
  test('of a whole row makes it be there, whatever was before', () => {
    const state = copy('leaf', full(5, { notes: 'a', count: 1 }), full(7, { notes: 'b' }));
    expect(describeRow(state, itemTable, 'i')).toMatchObject({
      cells: { notes: 'b', count: 0 },
      version: 7,
      number: 500,
      scopes: ['site/s'],
    });
  });

  test('of a whole row that names no key has it in the row', () => {
    const state = new CommittedState(modelSchema, 'leaf');
    expect(applyDelta(state, full(5, {}, { key: '' }))).toEqual(changed);
    expect(state.table(itemTable).slotOfNumber(500)).toBe(0);
  });

  test('of some fields sets or clears just these, and says in which scopes the row is now', () => {
    const state = copy('leaf', full(5, { notes: 'a', title: 't', due: 'd' }));
    const delta = patch(8, { notes: 'b', due: null }, { scopes: ['tag/x'], key: '' });
    expect(applyDelta(state, delta)).toEqual(changed);
    expect(describeRow(state, itemTable, 'i')).toMatchObject({
      cells: { notes: 'b', title: 't', due: null },
      version: 8,
      scopes: ['tag/x'],
      entries: [{ seq: 8, writer: 'ann' }, { seq: 5 }],
    });
  });

  test('may come twice', () => {
    const twice = [full(5, { notes: 'a' }), full(5, { notes: 'a' })];
    const patched = [patch(6, { notes: 'b' }), patch(6, { notes: 'b' })];
    const state = copy('leaf', ...twice, ...patched, ...patched);
    expect(state.cells(itemTable, 'i')).toEqual(cellsOf(itemTable, { id: 'i', notes: 'b' }));
    expect(
      state.scopes.totals(
        state.scopes.matching(() => true),
        () => true,
      ).count,
    ).toBe(1);
  });

  test.each(['deleted', 'evicted'] as const)(
    'of a %s row is nothing where the row is not here',
    (kind) => {
      expect(applyDelta(new CommittedState(modelSchema, 'leaf'), gone(kind, 9))).toBeUndefined();
    },
  );

  test.each(['deleted', 'evicted'] as const)(
    'of a %s row takes it from a leaf without a trace',
    (kind) => {
      const state = copy('leaf', full(5, {}));
      expect(applyDelta(state, gone(kind, 9, { key: '' }))).toEqual(changed);
      expect(state.rowState(itemTable, 'i')).toBeUndefined();
    },
  );

  test('of a deleted row leaves a relay one to tell others of', () => {
    const state = copy('relay', full(5, {}), gone('deleted', 9), gone('deleted', 9));
    expect(describeRow(state, itemTable, 'i')).toMatchObject({
      cells: undefined,
      version: 9,
      scopes: ['site/s'],
    });
    expect([...state.scopes.scan([0], scanStart)]).toMatchObject([{ seq: 9, left: false }]);
  });

  test('of an evicted row leaves a relay one that has left its scopes', () => {
    const state = copy('relay', full(5, {}), gone('evicted', 9));
    expect(describeRow(state, itemTable, 'i')).toMatchObject({ cells: undefined, scopes: [] });
    expect([...state.scopes.scan([0], scanStart)]).toMatchObject([{ seq: 9, left: true }]);
  });

  test('brings back at a relay what was evicted', () => {
    const state = copy('relay', full(5, {}), gone('evicted', 9), full(11, { notes: 'c' }));
    expect(describeRow(state, itemTable, 'i')).toMatchObject({
      cells: { notes: 'c' },
      version: 11,
      entries: [{ seq: 11 }, { seq: 5 }],
    });
    expect([...state.scopes.scan([0], scanStart)]).toMatchObject([{ seq: 11, left: false }]);
  });

  test.each([
    ['a table that is unknown', full(5, {}, { table: 't.None' })],
    ['a row to patch that is not here', patch(5, { notes: 'a' }, { key: '' })],
    ['a row to patch that is known as deleted', patch(12, { notes: 'a' }, { number: 600 })],
    ['a field that is unknown', patch(12, { notes: 'a' }, { fields: [99] })],
  ])('does not fit: %s', (_what, delta) => {
    const known = delta.version === 12 ? [full(5, {}), full(6, {}, { number: 600, key: 'j' })] : [];
    const deleted = delta.number === 600 ? [gone('deleted', 9, { number: 600, key: 'j' })] : [];
    const state = copy('relay', ...known, ...deleted);
    expect(syncErrorOf(() => applyDelta(state, delta))).toMatchObject({
      code: Code.dataLoss,
      reason: 'DELTA_MISFIT',
      metadata: { row_number: String(delta.number) },
    });
  });

  // A relay that was away does not learn that the row was deleted and came back meanwhile. Who stands between does not
  // hold the row: found by seed 329 of 1,000 steps.
  test('of a whole row that a relay has is passed on as a whole', () => {
    const state = copy('relay', full(5, { notes: 'a' }), full(9, { notes: 'b' }));
    state.head = 9;
    const scopes = new Set(state.scopes.matching(() => true));
    const request = { scopes, held: scopes, ofTable: () => true, first: 7, at: scanStart };
    const limits = { rowsMax: 10, bytesMax: 1_000, visitsMax: 10 };
    const kinds = [7, 9].map((since) =>
      scanDeltas(state, { ...request, ...limits, since, upto: since }).deltas.map(
        ({ kind }) => kind,
      ),
    );
    expect(kinds).toEqual([['full'], ['patch']]);
  });

  test('of a row beyond the limits of this device is taken', () => {
    const state = copy('leaf', full(5, { notes: 'n'.repeat(2 << 20) }));
    expect(state.cells(itemTable, 'i')?.[2]).toHaveLength(2 << 20);
  });
});
