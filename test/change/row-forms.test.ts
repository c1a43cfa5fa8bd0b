import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { groupName, maskOfFields, RowForms, rowKey } from '../../src/change/row-forms.ts';
import type { Change } from '../../src/change/transaction.ts';
import { deleteEdit, newsTable, patchEdit, putEdit, simSchema } from '../support/sim-schema.ts';

const rest = { base: 0, baseAbsent: false, baseCounter: 0 };
const put: Change = { ...putEdit(newsTable, 'n', { text: 'x' }), ...rest };
const patch: Change = { ...patchEdit(newsTable, 'n', { likes: 2 }), ...rest };
const formOf = (change: Change, limits = defaultLimits) =>
  new RowForms(simSchema, limits).add(change);

describe('the form of a row', () => {
  test('is by columns where these give its bytes again, and has the key of a put', () => {
    expect(formOf(put)).toEqual({ hasKey: true, isBytes: false });
    expect(formOf({ ...put, key: 'other' })).toEqual({ hasKey: false, isBytes: false });
    expect(formOf({ ...put, row: new Uint8Array(0) })).toEqual({ hasKey: false, isBytes: false });
    expect(formOf(patch)).toEqual({ hasKey: false, isBytes: false });
    expect(formOf({ ...deleteEdit(newsTable, 'n'), ...rest })).toEqual({
      hasKey: false,
      isBytes: false,
    });
  });

  test.each<[string, Change]>([
    ['bytes that would be encoded otherwise', { ...put, row: Uint8Array.of(...put.row, 0x18, 0) }],
    ['bytes that are none of a row', { ...put, row: Uint8Array.of(0xff) }],
    ['a table that is not there', { ...put, table: 't.None' }],
    ['a patch that names no fields', { ...patch, fields: [] }],
    ['a patch that names a field that is not there', { ...patch, fields: [3, 99] }],
    ['a patch with a field that it does not name', { ...patch, fields: [2] }],
  ])('is its bytes: %s', (_name, change) => {
    expect(formOf(change)).toEqual({ hasKey: false, isBytes: true });
  });

  test('is its bytes where it is larger than a row may be', () => {
    const limits = { ...defaultLimits, rowBytesMax: put.row.length };
    expect(formOf(put, limits).isBytes).toBe(false);
    expect(formOf(put, { ...limits, rowBytesMax: put.row.length - 1 }).isBytes).toBe(true);
  });
});

test('rows are gathered by table and operation, in the order of the first of each', () => {
  const forms = new RowForms(simSchema, defaultLimits);
  const task: Change = { ...put, table: 't.Task', row: new Uint8Array(0) };
  for (const change of [patch, put, task, patch, put, { ...put, row: Uint8Array.of(9) }]) {
    forms.add(change);
  }
  const groups = [...forms.groups].map(({ def, rows, masks }) => [
    def.name,
    rows.length,
    masks[0] === undefined,
  ]);
  expect(groups).toEqual([
    ['t.News', 2, false],
    ['t.News', 2, true],
    ['t.Task', 1, true],
  ]);
  expect([groupName(put), groupName(patch)]).toEqual(['put t.News', 'patch t.News']);
});

test('a patch has a mask where it names columns of the table, whatever the order', () => {
  expect(maskOfFields(newsTable, put)).toBeUndefined();
  expect(maskOfFields(newsTable, { ...patch, fields: [3, 1, 3] })).toEqual(
    maskOfFields(newsTable, { ...patch, fields: [1, 3] }),
  );
  expect(maskOfFields(newsTable, { ...patch, fields: [4] })).toBe('unknown');
  expect(maskOfFields(newsTable, { ...patch, fields: [] })).toBe('unknown');
});

test('a row has a key, unless that is empty', () => {
  expect(rowKey(newsTable, ['n', '', 0])).toBe('n');
  expect(rowKey(newsTable, ['', '', 0])).toBeUndefined();
});
