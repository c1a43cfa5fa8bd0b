import { expect, test } from 'vitest';
import { rowsOfFile } from '../../../bench/codec/public-tables.ts';

test('a file is a table by its name and what is in it', () => {
  expect(rowsOfFile('a.csv', () => 'a,b\n1,"x, y"\n')).toEqual([{ a: 1, b: 'x, y' }]);
  expect(rowsOfFile('a.tsv', () => 'a\tb\n1\tx\n')).toEqual([{ a: 1, b: 'x' }]);
  expect(rowsOfFile('a.json', () => '[{"a":1},{"b":{"c":[2]}}]')).toEqual([
    { a: 1 },
    { b: { c: [2] } },
  ]);
});

test('JSON that is no list of objects is no table', () => {
  for (const text of ['{"a":[{"b":1}]}', '[1,2]', '[[1],[2]]', '[null]', '3']) {
    expect(rowsOfFile('a.json', () => text)).toEqual([]);
  }
});

test('of other files nothing is read', () => {
  const refuse = () => {
    throw new Error('it was read');
  };
  expect(rowsOfFile('a.png', refuse)).toEqual([]);
  expect(rowsOfFile('flights-3m.parquet', refuse)).toEqual([]);
});
