import { describe, expect, test } from 'vitest';
import { memoryBytesDefault, parseByteSize, parseMemorySize } from '../../src/cli/byte-size.ts';

describe('a size', () => {
  test.each([
    ['2GiB', 2 ** 31],
    ['512 MiB', 2 ** 29],
    ['1.5gib', 1.5 * 2 ** 30],
    ['64KiB', 65_536],
    ['1TiB', 2 ** 40],
    ['1000', 1_000],
    ['1000B', 1_000],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  test.each(['', '0', '0.5B', '-1GiB', '2GB', '2 G iB', 'much', '1e9', '9999999TiB'])(
    'is not %j',
    (text) => {
      expect(() => parseByteSize(text)).toThrow('It must be a size such as 2GiB');
    },
  );
});

test('a budget is 16 MiB at least', () => {
  expect(parseMemorySize('16MiB')).toBe(16 * 2 ** 20);
  for (const text of ['1', '15MiB']) {
    expect(() => parseMemorySize(text)).toThrow('It must be 16MiB or more.');
  }
});

describe('the budget by default', () => {
  const gib = 2 ** 30;

  test.each([
    ['of the machine', 0, 0.6 * 10],
    ['of a container that has less', 5 * gib, 0.6 * 5],
    ['of the machine where a container may have all', 2 ** 64, 0.6 * 10],
  ])('is three fifths %s', (_what, containerBytes, expected) => {
    expect(memoryBytesDefault(10 * gib, containerBytes)).toBe(Math.floor(expected * gib));
  });

  test('is of what this process may take', () => {
    expect(memoryBytesDefault()).toBeGreaterThan(0);
    expect(memoryBytesDefault()).toBeLessThanOrEqual(0.6 * 2 ** 50);
  });
});
