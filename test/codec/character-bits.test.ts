import { describe, expect, test } from 'vitest';
import { characterBits } from '../../src/codec/character-bits.ts';

function random(alphabet: string, count: number): string[] {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]!);
}

describe('characters that were drawn at random have all their bits', () => {
  test.each([
    ['two', '01', 1],
    ['sixteen', '0123456789abcdef', 4],
    ['thirty-two', '0123456789ABCDEFGHJKMNPQRSTVWXYZ', 5],
  ])('of %s', (_what, alphabet, bits) => {
    expect(characterBits([random(alphabet, 8_000).join('')])).toBeCloseTo(bits, 0.5);
    expect(characterBits(random(alphabet, 8_000))).toBeCloseTo(bits, 0.5);
  });
});

test('words have fewer than their letters alone', () => {
  const words =
    'what comes again and again in a column of texts is words and not just letters'.split(' ');
  const texts = Array.from({ length: 200 }, (_, at) => `${words[(at * at) % 7]} ${words[at % 16]}`);
  expect(characterBits(texts)).toBeLessThan(2.5);
  expect(characterBits(texts)).toBeGreaterThan(1);
});

test('of few characters nothing is known', () => {
  expect(characterBits([])).toBe(3.6);
  expect(characterBits(['a', 'a'])).toBe(3.6);
});
