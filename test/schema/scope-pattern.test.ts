import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { compareUtf8 } from '../../src/base/utf8.ts';
import {
  checkPattern,
  coveredBy,
  intersectPatterns,
  normalisePatterns,
  patternCovers,
  patternMatches,
  patternsMatch,
} from '../../src/schema/scope-pattern.ts';
import { growthMax, growthOfSixteen } from '../support/growth.ts';
import { refusalOf } from '../support/schema-errors.ts';

test.each([
  '',
  'site/ulm',
  'site/*',
  '*',
  '$replica/*',
  '$*',
  'a%2Fb',
  'x'.repeat(256),
  `${'x'.repeat(256)}*`,
])('checkPattern accepts %s', (pattern) => {
  expect(() => checkPattern(pattern, 'p', defaultLimits)).not.toThrow();
});

test.each(['**', 'a*b', '*a', 'a\n', 'a\u007f*', '\ud800', 'x'.repeat(257), 'é'.repeat(129)])(
  'checkPattern refuses %j, naming its place',
  (pattern) => {
    const refusal = refusalOf(() => checkPattern(pattern, 'scopes[3]', defaultLimits));
    expect(refusal).toEqual({ reason: 'BAD_SCOPE_PATTERN', fields: ['scopes[3]'] });
  },
);

test.each([
  ['site/a', 'site/a', true],
  ['site/a', 'site/ab', false],
  ['site/*', 'site/', true],
  ['site/*', 'site/a/b', true],
  ['site/*', 'site', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['*', '$replica/a', false],
  ['$*', '$replica/a', true],
  ['$*', 'a', false],
  ['', '', true],
  ['', 'a', false],
])('the pattern %j names the scope %j: %s', (pattern, scope, named) => {
  expect(patternMatches(pattern, scope)).toBe(named);
});

test.each([
  ['*', '*', true],
  ['*', 'a*', true],
  ['*', '$*', false],
  ['*', '$a*', false],
  ['$*', '*', false],
  ['a*', '*', false],
  ['a*', 'a*', true],
  ['a*', 'ab*', true],
  ['ab*', 'a*', false],
  ['a', 'a*', false],
  ['a*', 'a', true],
])('%s covers %s: %s', (outer, inner, covers) => {
  expect(patternCovers(outer, inner)).toBe(covers);
});

test('patternsMatch is for any, coveredBy for each', () => {
  expect(patternsMatch(['x', 'a*'], 'ab')).toBe(true);
  expect(patternsMatch([], 'ab')).toBe(false);
  expect(coveredBy(['a1', 'x'], ['x', 'a*'])).toBe(true);
  expect(coveredBy(['a1', 'y'], ['x', 'a*'])).toBe(false);
  expect(coveredBy([], [])).toBe(true);
});

test('normalisePatterns drops what others cover and sorts', () => {
  expect(normalisePatterns(['b', 'a*', 'ab*', 'a', 'b', 'c/1', 'c/*'])).toEqual(['a*', 'b', 'c/*']);
  expect(normalisePatterns(['', '*', 'a', '$writers', '$replica/*', '$replica/1'])).toEqual([
    '$replica/*',
    '$writers',
    '*',
  ]);
});

test('intersectPatterns cuts a subscription down to its grants', () => {
  expect(intersectPatterns(['*'], ['site/1', 'site/2'])).toEqual(['site/1', 'site/2']);
  expect(intersectPatterns(['site/*', 'x'], ['site/1*', 'y'])).toEqual(['site/1*']);
  expect(intersectPatterns(['a'], ['b'])).toEqual([]);
});

describe('as sets of scopes', () => {
  const names = fc.string({ unit: fc.constantFrom('a', 'b', '$', '!', 'é'), maxLength: 4 });
  const patterns = fc
    .tuple(names, fc.boolean())
    .map(([name, prefix]) => (prefix ? `${name}*` : name));
  const lists = fc.array(patterns, { maxLength: 12 });

  test('covering is naming all that the other names', () => {
    fc.assert(
      fc.property(patterns, patterns, names, (outer, inner, scope) => {
        if (patternCovers(outer, inner) && patternMatches(inner, scope)) {
          expect(patternMatches(outer, scope)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('normalising changes nothing that is named, and lists that name the same become equal', () => {
    fc.assert(
      fc.property(lists, fc.array(names), fc.nat(), (list, scopes, turn) => {
        const normal = normalisePatterns(list);
        for (const scope of scopes)
          expect(patternsMatch(normal, scope)).toBe(patternsMatch(list, scope));
        expect(normal).toEqual([...normal].sort(compareUtf8));
        for (const [at, pattern] of normal.entries()) {
          expect(normal.some((other, place) => place !== at && patternCovers(other, pattern))).toBe(
            false,
          );
        }
        const at = turn % (list.length + 1);
        const turned = [...list.slice(at), ...list.slice(0, at), ...normal];
        expect(normalisePatterns(turned)).toEqual(normal);
      }),
      { numRuns: 1000 },
    );
  });

  test('the intersection names what both name', () => {
    fc.assert(
      fc.property(lists, lists, fc.array(names), (left, right, scopes) => {
        const both = intersectPatterns(left, right);
        for (const scope of scopes) {
          const named = patternsMatch(left, scope) && patternsMatch(right, scope);
          expect(patternsMatch(both, scope)).toBe(named);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('lists that are sixteen times as long take about sixteen times as long', () => {
    const nested = Array.from({ length: 50 }, (_, index) => `${'a'.repeat(index)}*`);
    const growth = growthOfSixteen((size) => {
      const apart = Array.from({ length: size }, (_, index) => `b${index}/*`);
      intersectPatterns([...nested, ...apart], [...apart, ...nested]);
    }, 200);
    expect(growth).toBeLessThan(growthMax);
  });
});
