import { expect, test } from 'vitest';
import { readTest, writeTest } from '../../src/session/rights.ts';

const rows = [['site/a'], ['site/a', 'user/u'], ['site/b'], [''], ['$writers'], []];

test.each<[scopes: string[], read: boolean[]]>([
  [['*'], [true, true, true, true, true, true]],
  [['site/a'], [true, true, false, true, false, false]],
  [['site/*'], [true, true, true, true, false, false]],
  [['$writers'], [false, false, false, true, true, false]],
  [[], [false, false, false, true, false, false]],
])('[I7] to read a row takes one of its scopes, or that it is everyone’s: %j', (scopes, read) => {
  expect(rows.map(readTest({ readScopes: scopes }))).toEqual(read);
});

test.each<[scopes: string[], write: boolean[]]>([
  [['*'], [true, true, true, true, true, true]],
  [['site/a'], [true, false, false, false, false, false]],
  [
    ['site/*', 'user/u'],
    [true, true, true, false, false, false],
  ],
  [[''], [false, false, false, true, false, false]],
])(
  'to write a row takes all of its scopes, and one in none takes all there are: %j',
  (scopes, write) => {
    expect(rows.map(writeTest({ writeScopes: scopes }))).toEqual(write);
  },
);
