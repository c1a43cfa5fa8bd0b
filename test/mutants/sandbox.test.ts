import { expect, test } from 'vitest';
import { mutants } from './mutants.ts';
import { mutated, sourceOf } from './sandbox.ts';

test.each(mutants)('its old text stands in $file exactly once: $name', (mutant) => {
  expect(mutated(mutant, sourceOf(mutant))).not.toBe(sourceOf(mutant));
});

test('a patch whose old text is not there, or is there twice, fails loudly', () => {
  const mutant = { name: 'm', file: 'f.ts', before: 'a', after: 'b' };
  expect(mutated(mutant, '1 a 2')).toBe('1 b 2');
  expect(() => mutated(mutant, '1 2')).toThrow('mutant "m": its old text stands in f.ts 0 times');
  expect(() => mutated(mutant, 'a a')).toThrow('2 times');
});
