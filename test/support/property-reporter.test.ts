import { expect, test } from 'vitest';
import { coverageTable, tagsOf } from './property-reporter.ts';

test('a test is counted for the tags that its name, or its suite, starts with', () => {
  expect(tagsOf(['[P6][P24] a transaction', '[I3] the queue'])).toEqual(
    new Set(['P6', 'P24', 'I3']),
  );
});

test('a tag in the middle of a name says nothing', () => {
  expect(tagsOf(['about [P6]', 'P7 too'])).toEqual(new Set());
});

test('the table tells covered, failing and missing tags apart', () => {
  const table = coverageTable(
    new Map([
      ['P1', { passed: 2, failed: 0 }],
      ['P2', { passed: 3, failed: 1 }],
      ['I13', { passed: 1, failed: 0 }],
    ]),
  );
  expect(table).toContain('properties: 1 of 37 covered: P1(2)\n');
  expect(table).toContain('failing: P2\n');
  expect(table).toContain('not yet: P3 P4');
  expect(table).toContain('invariants: 1 of 13 covered: I13\n');
});

test('a tag that no property has is pointed out', () => {
  expect(coverageTable(new Map([['P38', { passed: 1, failed: 0 }]]))).toContain('known: P38');
});
