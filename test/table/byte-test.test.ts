import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBytes } from '../../src/base/bytes.ts';
import { byteTest, compareRange } from '../../src/table/byte-test.ts';
import { orderHolds } from '../../src/table/filter.ts';

const strings = fc.uint8Array({ maxLength: 4, max: 3 });
const around = fc.uint8Array({ maxLength: 3 });

test('a part of bytes compares as the same bytes on their own', () => {
  fc.assert(
    fc.property(around, strings, around, strings, (before, value, behind, operand) => {
      const bytes = Uint8Array.from([...before, ...value, ...behind]);
      const start = before.length;
      const end = start + value.length;
      const order = compareBytes(value, operand);
      expect(Math.sign(compareRange(bytes, start, end, operand))).toBe(Math.sign(order));
      for (const operator of ['eq', 'lt', 'le', 'gt', 'ge'] as const) {
        expect(byteTest(operator, [operand])(bytes, start, end)).toBe(orderHolds(operator, order));
      }
      const isPrefix = compareBytes(value.subarray(0, operand.length), operand) === 0;
      expect(byteTest('starts-with', [operand])(bytes, start, end)).toBe(isPrefix);
    }),
  );
});

test('a value is in a list when some operand equals it', () => {
  fc.assert(
    fc.property(strings, fc.array(strings, { maxLength: 20 }), (value, operands) => {
      const expected = operands.some((operand) => compareBytes(value, operand) === 0);
      expect(byteTest('in', operands)(value, 0, value.length)).toBe(expected);
    }),
  );
});
