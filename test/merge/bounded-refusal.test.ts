import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { boundedRefusal, refusalBytesMax } from '../../src/merge/bounded-refusal.ts';
import { bytesAtMost } from '../../src/merge/row-check.ts';
import { outcomeCells, systemTables } from '../../src/replica/system-rows.ts';
import { modelSchema } from '../support/model-schema.ts';

const refusal = { reason: 'BAD', message: 'no', changeIndex: 3 };
const violation = { field: 'notes', description: 'is too long' };

test('is as it was told, where it is within the limits', () => {
  expect(boundedRefusal(refusal, defaultLimits)).toEqual({
    ...{ ...refusal, currentEtag: '', violations: [] },
  });
  const all = { ...refusal, currentEtag: 'v7', violations: [violation] };
  expect(boundedRefusal(all, defaultLimits)).toEqual(all);
});

test('has as many violations as the limit, and no more', () => {
  const violations = Array.from({ length: 4 }, () => violation);
  const limits = { ...defaultLimits, refusalViolationsMax: 3 };
  expect(boundedRefusal({ ...refusal, violations }, limits).violations).toHaveLength(3);
  const fewer = { ...refusal, violations: violations.slice(1) };
  expect(boundedRefusal(fewer, limits).violations).toHaveLength(3);
});

test('has texts up to the limit, whole characters each', () => {
  const text = `${'x'.repeat(9)}😀`;
  const long = { ...refusal, message: text, violations: [{ field: text, description: text }] };
  const within = boundedRefusal(long, { ...defaultLimits, refusalTextLengthMax: 11 });
  expect(within).toEqual({ ...long, currentEtag: '' });
  const cut = `${'x'.repeat(9)}…`;
  const above = boundedRefusal(long, { ...defaultLimits, refusalTextLengthMax: 10 });
  expect(above).toMatchObject({ message: cut, violations: [{ field: cut, description: cut }] });
});

test('[I13] is a row within its bound, whatever it quotes', () => {
  const { outcome } = systemTables(modelSchema);
  const ordered = { replica: 'r'.repeat(64), counter: Number.MAX_SAFE_INTEGER, atMs: 1e12 };
  const text = fc.constantFrom(
    '',
    'a',
    '€'.repeat(700),
    '😀'.repeat(300),
    `\uD800${'x'.repeat(499)}`,
  );
  const violations = fc.array(fc.record({ field: text, description: text }), { maxLength: 40 });
  fc.assert(
    fc.property(text, violations, fc.nat(600), fc.nat(20), (message, all, length, count) => {
      const limits = { refusalTextLengthMax: length, refusalViolationsMax: count };
      const bounded = boundedRefusal({ ...refusal, message, violations: all }, limits);
      const cells = outcomeCells(outcome, bounded, ordered);
      expect(bytesAtMost(cells)).toBeLessThanOrEqual(refusalBytesMax(limits));
    }),
  );
  expect(refusalBytesMax(defaultLimits)).toBeLessThan(64 << 10);
});
