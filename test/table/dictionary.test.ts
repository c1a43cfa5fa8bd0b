import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDictionary } from '../../src/table/dictionary.ts';

test('the empty string is always there, as code 0, and is not counted', () => {
  const dictionary = createDictionary();
  expect(dictionary.find('')).toBe(0);
  expect(dictionary.text(0)).toBe('');
  dictionary.retain(0);
  dictionary.release(0);
  dictionary.release(0);
  expect([dictionary.size, dictionary.uses, dictionary.codeEnd]).toEqual([0, 0, 1]);
});

test('an entry goes with its last use, and its code is given to another', () => {
  const dictionary = createDictionary();
  const code = dictionary.add('first');
  dictionary.retain(code);
  dictionary.retain(code);
  dictionary.release(code);
  expect(dictionary.find('first')).toBe(code);
  dictionary.release(code);
  expect(dictionary.find('first')).toBe(-1);
  expect(dictionary.add('second')).toBe(code);
  expect(dictionary.text(code)).toBe('second');
});

test('entries are counted as they are used', () => {
  const words = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'dd', 'é'), fc.boolean()));
  fc.assert(
    fc.property(words, (list) => {
      const dictionary = createDictionary();
      const uses = new Map<string, number>();
      for (const [word, more] of list) {
        const before = uses.get(word) ?? 0;
        if (more) {
          const code = dictionary.find(word);
          dictionary.retain(code < 0 ? dictionary.add(word) : code);
          uses.set(word, before + 1);
        } else if (before > 0) {
          dictionary.release(dictionary.find(word));
          uses.set(word, before - 1);
        }
      }
      const used = [...uses].filter(([, count]) => count > 0);
      expect(dictionary.size).toBe(used.length);
      expect(dictionary.uses).toBe(used.reduce((sum, [, count]) => sum + count, 0));
      for (const [word, count] of uses) {
        const code = dictionary.find(word);
        expect(code >= 0).toBe(count > 0);
        if (code >= 0) expect(dictionary.text(code)).toBe(word);
      }
    }),
  );
});

test('memory follows the entries', () => {
  const dictionary = createDictionary();
  const before = dictionary.memoryBytes;
  const codes = Array.from({ length: 10 }, (_, index) => dictionary.add(`word ${index}`));
  for (const code of codes) dictionary.retain(code);
  expect(dictionary.memoryBytes).toBeGreaterThan(before + 10 * 6);
  for (const code of codes) dictionary.release(code);
  expect(dictionary.memoryBytes).toBe(before);
});

test('a character takes one byte of the heap, or two where any of the string does', () => {
  const bytesOf = (text: string) => {
    const dictionary = createDictionary();
    const before = dictionary.memoryBytes;
    dictionary.retain(dictionary.add(text));
    expect(dictionary.characters).toBe(text.length);
    return dictionary.memoryBytes - before;
  };
  const [narrow, wide] = [bytesOf('é'.repeat(1_000)), bytesOf(`α${'e'.repeat(999)}`)];
  expect(wide - narrow).toBe(1_000);
});

test('has room for many', () => {
  const dictionary = createDictionary();
  for (let index = 0; index < 1000; index++) dictionary.retain(dictionary.add(`word ${index}`));
  expect(dictionary.uses).toBe(1000);
  expect(dictionary.text(dictionary.find('word 999'))).toBe('word 999');
});
