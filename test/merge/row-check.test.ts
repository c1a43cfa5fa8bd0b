import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { Refused } from '../../src/merge/refused.ts';
import { checkRow, type RowRules } from '../../src/merge/row-check.ts';
import { cellsOf, itemTable, rowBytes, type Values } from '../support/model-schema.ts';

const item = (values: Values) => cellsOf(itemTable, { id: 'i', ...values });
const column = (name: string) => itemTable.columnByName.get(name)!.index;

/** A count is not negative, and a title is not too long; all that is broken is told. */
const rules: RowRules = (_table, cells) => {
  const fields: { field: string; description: string }[] = [];
  if ((cells[column('count')] as number) < 0)
    fields.push({ field: 'count', description: 'negative' });
  const title = cells[column('title')] as string;
  if (title.length > 3)
    fields.push({ field: 'title', description: `has ${title.length} characters` });
  if (fields.length === 0) return undefined;
  return new SyncError(Code.invalidArgument, 'ROW_INVALID', 'breaks its rules', { fields });
};

function check(before: Values | undefined, after: Values, limits = defaultLimits): string {
  try {
    checkRow(itemTable, before && item(before), item(after), rules, limits);
    return 'passes';
  } catch (error) {
    expect(error).toBeInstanceOf(Refused);
    return (error as Refused).refusal(0, limits).reason;
  }
}

function refusalOf(after: Values, limits = defaultLimits) {
  try {
    checkRow(itemTable, undefined, item(after), rules, limits);
  } catch (error) {
    return (error as Refused).refusal(0, limits);
  }
  throw new Error('the row passes');
}

describe('a change', () => {
  test.each([
    ['makes a good row', undefined, { count: 1 }, 'passes'],
    ['makes a bad row', undefined, { count: -1 }, 'ROW_INVALID'],
    ['breaks a good row', { count: 1 }, { count: -1 }, 'ROW_INVALID'],
    ['leaves a bad row as bad as it was', { count: -1 }, { count: -2, notes: 'n' }, 'passes'],
    ['mends one of two faults', { count: -1, title: 'long' }, { title: 'long' }, 'passes'],
    ['adds a fault to another', { count: -1 }, { count: -1, title: 'long' }, 'ROW_INVALID'],
    ['changes a fault', { title: 'long' }, { title: 'longer' }, 'ROW_INVALID'],
  ])('that %s: %j to %j %s', (_what, before, after, result) => {
    expect(check(before, after)).toBe(result);
  });

  test('is told each rule that its row breaks', () => {
    const { violations } = refusalOf({ count: -1, title: 'long' });
    expect(violations).toEqual([
      { field: 'count', description: 'negative' },
      { field: 'title', description: 'has 4 characters' },
    ]);
  });

  test('may fill the row to its limit, and not beyond', () => {
    const values = { notes: '€'.repeat(100), tags: ['x'.repeat(50)] };
    const { length } = rowBytes(itemTable, { id: 'i', ...values });
    expect(check(undefined, values, { ...defaultLimits, rowBytesMax: length })).toBe('passes');
    const short = { ...defaultLimits, rowBytesMax: length - 1 };
    expect(check({}, values, short)).toBe('ROW_TOO_LARGE');
  });

  test.each<[what: string, values: Values]>([
    ['text', { notes: '€'.repeat(10_000) }],
    ['texts', { notes: '€'.repeat(5_000), title: '€'.repeat(5_000), due: '€'.repeat(5_000) }],
    ['bytes', { tags: ['x'.repeat(10_000)] }],
    ['many short ones', { tags: Array.from({ length: 5_000 }, () => 'x') }],
  ])('may not go beyond it by a byte of %s', (_what, values) => {
    const { length } = rowBytes(itemTable, { id: 'i', ...values });
    const limits = (rowBytesMax: number) => ({ ...defaultLimits, rowBytesMax });
    const lax: RowRules = () => undefined;
    const checkAt = (rowBytesMax: number) => () =>
      checkRow(itemTable, undefined, item(values), lax, limits(rowBytesMax));
    checkAt(length)();
    expect(checkAt(length - 1)).toThrow(`the row would have more than ${length - 1} bytes`);
  });
});
