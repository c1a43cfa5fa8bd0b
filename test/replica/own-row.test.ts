import { expect, test } from 'vitest';
import { ownRow } from '../../src/replica/own-row.ts';
import { cellsByName, systemTables } from '../../src/replica/system-rows.ts';
import { describeRow, ModelHome, noonMs } from '../support/model-home.ts';
import { itemTable, modelSchema, put } from '../support/model-schema.ts';

const { device } = systemTables(modelSchema);
const row = (number: number, name: string) =>
  ownRow(device, cellsByName(device, { number, name, id: `phone-${number}` }));

/** Keeps rows, durably. */
function keep(model: ModelHome, rows: Parameters<ModelHome['home']['keep']>[0]) {
  const record = model.home.keep(rows, noonMs);
  if (record === undefined) return undefined;
  model.records.push(record);
  return model.home.durable();
}

test('many rows are one commit of the home, which a home that replays it has too', () => {
  const model = new ModelHome();
  const commit = keep(model, [row(0, 'one'), row(1, 'two')]);
  expect(commit).toMatchObject({ seq: 1, replica: '$home', counter: 1 });
  expect(commit!.effects.map(({ kind, key }) => [kind, key])).toEqual([
    ['insert', '0'],
    ['insert', '1'],
  ]);
  const { state } = model.replayed();
  for (const key of ['0', '1']) {
    expect(describeRow(state, device, key)).toEqual(describeRow(model.state, device, key));
  }
});

test('only what has changed of a row is in the log, and a row that has not is left out', () => {
  const model = new ModelHome();
  keep(model, [row(0, 'one'), row(1, 'two')]);
  const commit = keep(model, [row(0, 'one'), row(1, 'other')])!;
  expect(commit.effects).toMatchObject([{ kind: 'update', key: '1' }]);
  expect(model.records[1]!.length).toBeLessThan(80);
});

test('where nothing has changed there is no commit', () => {
  const model = new ModelHome();
  keep(model, [row(0, 'one')]);
  expect(keep(model, [row(0, 'one')])).toBeUndefined();
  expect(keep(model, [])).toBeUndefined();
  expect(keep(model, [{ table: device, key: '7', cells: undefined }])).toBeUndefined();
  expect(model.state.head).toBe(1);
  model.write('ann', [put(itemTable, 'i1', {})]);
  expect(model.state.head).toBe(2);
});

test('a row goes, and comes back under its key', () => {
  const model = new ModelHome();
  keep(model, [row(0, 'one')]);
  keep(model, [{ table: device, key: '0', cells: undefined }]);
  expect(model.state.cells(device, '0')).toBeUndefined();
  keep(model, [row(0, 'again')]);
  expect(model.state.cells(device, '0')).toBeDefined();
  expect(model.state.table(device).columns.slotEnd).toBe(1);
  expect(model.replayed().state.cells(device, '0')).toEqual(model.state.cells(device, '0'));
});
