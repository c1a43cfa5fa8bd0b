import { expect, test } from 'vitest';
import { seqOf } from '../../src/base/seq.ts';
import { byteText, durationText, seqText } from '../../src/cli/units.ts';

test.each([
  [0, '0 bytes'],
  [1_023, '1023 bytes'],
  [1_024, '1.0 KiB'],
  [1_536, '1.5 KiB'],
  [1_048_575, '1.0 MiB'],
  [250 * 2 ** 20, '250 MiB'],
  [3 * 2 ** 40, '3.0 TiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(byteText(bytes)).toBe(text);
});

test.each([
  [0.2, '0 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [200, '3 min 20 s'],
  [7_260, '2 h 1 min'],
  [7_201, '2 h'],
  [90_000, '1 d 1 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test('a seq is the number of its commit, with the epoch where there was a fork', () => {
  expect(seqText(1_234n)).toBe('1,234');
  expect(seqText(BigInt(seqOf(2, 1_234)))).toBe('1,234 in epoch 2');
});
