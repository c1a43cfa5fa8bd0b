import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareUtf8 } from '../../src/base/utf8.ts';
import { formatUuid, formatUuidInto, hashUuid, parseUuid } from '../../src/table/uuid.ts';

const uuid = '0123abcd-4567-89ef-fedc-ba9876543210';

function wordsOf(text: string): Uint32Array {
  const words = new Uint32Array(4);
  expect(parseUuid(text, words, 0)).toBe(true);
  return words;
}

test('four words, the most significant first', () => {
  expect([...wordsOf(uuid)]).toEqual([0x0123abcd, 0x456789ef, 0xfedcba98, 0x76543210]);
});

test('text comes back, and words are in the order of the text', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (left, right) => {
      expect(formatUuid(wordsOf(left), 0)).toBe(left);
      const bytes = new Uint8Array(40).fill(1);
      formatUuidInto(wordsOf(left), 0, bytes);
      expect(String.fromCharCode(...bytes.subarray(0, 36))).toBe(left);
      const [a, b] = [wordsOf(left), wordsOf(right)];
      const differing = a.findIndex((word, index) => word !== b[index]);
      const order = differing < 0 ? 0 : a[differing]! - b[differing]!;
      expect(Math.sign(order)).toBe(Math.sign(compareUtf8(left, right)));
    }),
  );
});

test('several stand in one array', () => {
  const words = new Uint32Array(8);
  parseUuid(uuid, words, 4);
  expect([...words.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  expect(formatUuid(words, 4)).toBe(uuid);
  expect(hashUuid(words, 4)).toBe(hashUuid(wordsOf(uuid), 0));
});

describe('no UUID is', () => {
  test.each([
    ['the empty string', ''],
    ['one with upper case', uuid.toUpperCase()],
    ['one without dashes', uuid.replaceAll('-', '')],
    ['one in braces', `{${uuid.slice(1, -1)}}`],
    ['one that is longer', `${uuid}0`],
    ['one with a dash elsewhere', uuid.replace('-', '0').replace('0', '-')],
    ['one with a letter that is no digit', `${uuid.slice(0, -1)}g`],
    ['one with a character beyond ASCII', `${uuid.slice(0, -1)}é`],
    ['one with a character whose lower bits are a digit', `${uuid.slice(0, -1)}\u0130`],
  ])('%s', (_name, text) => {
    expect(parseUuid(text, new Uint32Array(4), 0)).toBe(false);
  });
});

test('hashes are unsigned, and spread', () => {
  const hashes = Array.from({ length: 1000 }, (_, index) => {
    return hashUuid(wordsOf(`00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`), 0);
  });
  expect(hashes.every((hash) => hash >= 0 && hash <= 0xffffffff)).toBe(true);
  expect(new Set(hashes).size).toBe(1000);
  expect(new Set(hashes.map((hash) => hash >>> 28)).size).toBe(16);
});
