import { expect, test } from 'vitest';
import { formatOfName } from '../../../src/cli/rows/row-format.ts';

test.each([
  ['rows.json', 'json'],
  ['rows.ndjson', 'ndjson'],
  ['rows.jsonl', 'ndjson'],
  ['a.b/Rows.CSV', 'csv'],
  ['rows.binpb', 'binary'],
  ['rows.txt', undefined],
  ['csv', undefined],
])('%s is %s', (name, format) => {
  expect(formatOfName(name)).toBe(format);
});
