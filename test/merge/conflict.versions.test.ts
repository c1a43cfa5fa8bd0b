/** Which version a conflict is about where a transaction changes a row several times, and which fields a write says. */
import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/change/transaction.ts';
import { cellOf, systemTables } from '../../src/replica/system-rows.ts';
import { ModelHome, shown } from '../support/model-home.ts';
import {
  itemTable,
  meterTable,
  modelSchema,
  patch,
  put,
  remove,
  rowBytes,
} from '../support/model-schema.ts';

const { conflict: ledger } = systemTables(modelSchema);

function entryOf(model: ModelHome, id: string) {
  const cells = model.state.cells(ledger, id);
  if (cells === undefined) return undefined;
  const of = (name: string) => cellOf(ledger, cells, name);
  return {
    met: of('remote_replica_id'),
    version: of('row_version'),
    remote: of('remote_row'),
    aboutDelete: of('about_delete'),
  };
}

describe('[P12][I6] the ledger names the committed version', () => {
  test('of a row that the same transaction had changed before it deleted it', () => {
    const model = new ModelHome();
    const committed = { number: 7n, site: 's', value: 2 };
    model.write('bob', [put(meterTable, '7', { site: 's', value: 1 })]);
    model.write('bob', [patch(meterTable, '7', { value: 2 })]);
    model.write('ann', [
      patch(meterTable, '7', { site: 'Ann' }, { base: 1 }),
      remove(meterTable, '7', { base: 1 }),
    ]);
    expect(entryOf(model, 'ann/1/0')).toBeUndefined();
    expect(entryOf(model, 'ann/1/1')).toEqual({
      met: 'bob',
      version: 2n,
      remote: rowBytes(meterTable, committed),
      aboutDelete: true,
    });
    expect(model.state.cells(meterTable, '7')).toBeUndefined();
  });

  test('in each of the entries of a transaction that comes back to the same field', () => {
    const model = new ModelHome();
    model.write('bob', [put(itemTable, 'i', {})]);
    model.write('bob', [patch(itemTable, 'i', { notes: 'Bob' })]);
    const rest = { base: 1 };
    model.write('ann', [
      patch(itemTable, 'i', { due: 'Ann' }, rest),
      patch(itemTable, 'i', { notes: 'Ann' }, rest),
      patch(itemTable, 'i', { notes: 'Ann again' }, rest),
    ]);
    const entry = { met: 'bob', version: 2n, remote: rowBytes(itemTable, { notes: 'Bob' }) };
    expect(entryOf(model, 'ann/1/1')).toMatchObject(entry);
    expect(entryOf(model, 'ann/1/2')).toMatchObject(entry);
    expect(shown(itemTable, model.state.cells(itemTable, 'i'))).toMatchObject({
      notes: 'Bob',
      due: 'Ann',
    });
  });
});

describe('[P9] a transaction that won a field', () => {
  test('has no conflict over it any more', () => {
    const model = new ModelHome();
    model.write('bob', [put(itemTable, 'i', {})]);
    model.write('bob', [patch(itemTable, 'i', { count: 1 })]);
    const rest = { base: 1 };
    model.write('ann', [
      patch(itemTable, 'i', { count: 2 }, rest),
      patch(itemTable, 'i', { count: 3 }, rest),
    ]);
    expect(entryOf(model, 'ann/1/0')).toBeDefined();
    expect(entryOf(model, 'ann/1/1')).toBeUndefined();
    expect(shown(itemTable, model.state.cells(itemTable, 'i'))).toMatchObject({ count: 3 });
  });
});

describe('[P9] what a write says', () => {
  /** Ann knew the row before Bob changed `due`. */
  function afterBob(change: Change): ModelHome {
    const model = new ModelHome();
    model.write('bob', [put(itemTable, 'i', { notes: 'old', due: 'old' })]);
    model.write('bob', [patch(itemTable, 'i', { due: 'Bob' })]);
    model.write('ann', [change]);
    return model;
  }
  const values = { notes: 'Ann', due: 'old' };
  const merged = { notes: 'Ann', due: 'Bob' };

  test('is of a put all fields: those that she left as they were meet the edits of others', () => {
    const model = afterBob(put(itemTable, 'i', values, { base: 1 }));
    expect(entryOf(model, 'ann/1/0')).toMatchObject({
      remote: rowBytes(itemTable, { due: 'Bob' }),
    });
    expect(shown(itemTable, model.state.cells(itemTable, 'i'))).toMatchObject(merged);
  });

  test('is of a patch what it names, whatever else its row has', () => {
    const row = rowBytes(itemTable, values);
    const model = afterBob({ ...patch(itemTable, 'i', { notes: 'Ann' }, { base: 1 }), row });
    expect(entryOf(model, 'ann/1/0')).toBeUndefined();
    expect(shown(itemTable, model.state.cells(itemTable, 'i'))).toMatchObject(merged);
  });
});

describe('[P10] who clears a oneof is judged by the rule of its first member', () => {
  function afterClearing(row: Uint8Array): ModelHome {
    const model = new ModelHome();
    model.write('bob', [put(itemTable, 'i', { text_choice: 'old' })]);
    model.write('bob', [patch(itemTable, 'i', { text_choice: 'Bob' })]);
    model.write('ann', [{ ...patch(itemTable, 'i', { text_choice: null }, { base: 1 }), row }]);
    return model;
  }

  test.each([
    ['no member', {}],
    ['a member that the patch does not name', { number_choice: 5 }],
  ])('where its row has %s', (_what, values) => {
    const model = afterClearing(rowBytes(itemTable, values));
    expect(shown(itemTable, model.state.cells(itemTable, 'i'))).toMatchObject({
      text_choice: 'Bob',
      number_choice: null,
    });
    expect(entryOf(model, 'ann/1/0')).toMatchObject({ met: 'bob', version: 2n });
  });
});
