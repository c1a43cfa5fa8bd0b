import { expect, test } from 'vitest';
import { jsonText } from '../../../src/cli/rows/json-text.ts';

test('is JSON as everybody writes it', () => {
  const value = { a: [1, 'x\n', null, true], b: { c: 1e21 } };
  expect(jsonText(value)).toBe(JSON.stringify(value));
});

test('keeps the sign of a zero', () => {
  const text = jsonText({ zero: -0, list: [-0, 0] });
  expect(text).toBe('{"zero":-0,"list":[-0,0]}');
  expect(JSON.parse(text)).toEqual({ zero: -0, list: [-0, 0] });
});
