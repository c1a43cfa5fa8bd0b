import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { keyCell, keyOfCells } from '../../src/schema/key.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { keyedBy } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';

const keyTypes = [
  'string',
  'bytes',
  'bool',
  'enum t.E',
  'int32',
  'sint32',
  'sfixed32',
  'uint32',
  'fixed32',
  'int64',
  'sint64',
  'sfixed64',
  'uint64',
  'fixed64',
];

const roomy = { ...defaultLimits, keyBytesMax: 10_000 };

describe.each(keyTypes)('a key of type %s', (type) => {
  const def = keyedBy(type);
  const values = cells(def.columns[0]!).filter(
    (cell) => cell !== '' && (cell as Uint8Array).length !== 0,
  );

  test('[P13] keyCell(keyOfCells(row)) is the key, and no two keys have one text', () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const text = keyOfCells(def, [left], roomy);
        expect(keyCell(def, text, roomy)).toEqual(left);
        const same = text === keyOfCells(def, [right], roomy);
        expect(same).toBe(String(left) === String(right));
      }),
      { numRuns: 200 },
    );
  });

  test('[P13] a text is refused or is the one text of its key', () => {
    const unit = fc.constantFrom(...'0123456789-+eEtrufalsAQ= ');
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 5 }), (text) => {
        let cell: Cell;
        try {
          cell = keyCell(def, text);
        } catch {
          expect(refusalOf(() => keyCell(def, text))).toEqual({
            reason: 'BAD_KEY',
            fields: ['id'],
          });
          return;
        }
        expect(keyOfCells(def, [cell])).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

test.each<[string, Cell, string]>([
  ['string', 'a/b ü', 'a/b ü'],
  ['bytes', Uint8Array.of(0xfb, 0xff), '-_8'],
  ['bool', false, 'false'],
  ['enum t.E', 1, '1'],
  ['int32', -7, '-7'],
  ['uint64', 2n ** 64n - 1n, '18446744073709551615'],
])('the text of the %s %s is %s', (type, cell, text) => {
  expect(keyOfCells(keyedBy(type), [cell])).toBe(text);
});

test.each([
  ['int32', '2147483648'],
  ['int32', '-0'],
  ['int32', '01'],
  ['int32', '+1'],
  ['int32', '1.0'],
  ['uint32', '-1'],
  ['uint64', '18446744073709551616'],
  ['int64', '1e3'],
  ['enum t.E', 'E_ONE'],
  ['bool', 'True'],
  ['bytes', 'AA=='],
  ['string', '\ud800'],
])('%s refuses %j', (type, text) => {
  expect(refusalOf(() => keyCell(keyedBy(type), text)).reason).toBe('BAD_KEY');
});

test('a row without a key has none', () => {
  const refused = { reason: 'BAD_KEY', fields: ['id'] };
  expect(refusalOf(() => keyOfCells(keyedBy('string'), ['']))).toEqual(refused);
  expect(refusalOf(() => keyOfCells(keyedBy('bytes'), [new Uint8Array(0)]))).toEqual(refused);
  expect(refusalOf(() => keyOfCells(keyedBy('string'), [null]))).toEqual(refused);
  expect(refusalOf(() => keyCell(keyedBy('string'), ''))).toEqual(refused);
  expect(keyOfCells(keyedBy('int32'), [0])).toBe('0');
});

test('a key may have as many bytes as the limit, and not one more', () => {
  const limits = { ...defaultLimits, keyBytesMax: 8 };
  const def = keyedBy('string');
  for (const key of ['12345678', 'éééé', '😀😀']) {
    expect(keyOfCells(def, [key], limits)).toBe(key);
    expect(keyCell(def, key, limits)).toBe(key);
    expect(refusalOf(() => keyOfCells(def, [`${key}x`], limits)).reason).toBe('BAD_KEY');
    expect(refusalOf(() => keyCell(def, `${key}x`, limits)).reason).toBe('BAD_KEY');
  }
});
