import { expect, test } from 'vitest';
import { ColumnForm, columnNumber, columnPlace } from '../../../src/table/batch/column-form.ts';

test('the number of a column says which field it is of, and in which form', () => {
  const fieldMax = 0x1fff_ffff;
  expect(columnNumber(7, ColumnForm.values)).toBe(7);
  for (const field of [0, 1, fieldMax]) {
    for (const form of Object.values(ColumnForm)) {
      expect(columnPlace(columnNumber(field, form))).toEqual({ field, form });
    }
  }
  expect(columnNumber(1, ColumnForm.unpacked)).toBe(2 ** 30 + 1);
});
