import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shapesColumn } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';
import { columnNamed, expectColumn, passing } from './support/column-contract.ts';

test('strings are a column', () => {
  expectColumn('string_value', cells(shapesColumn('string_value')));
});

test('a few strings, some of them rare, are a column', () => {
  const common = fc.constantFrom('', 'red', 'green', 'blue', 'gré');
  const rare = fc.nat({ max: 40 }).map((number) => `rare ${number}`);
  const cell = fc.oneof({ weight: 20, arbitrary: common }, { weight: 1, arbitrary: rare });
  expectColumn('string_value', cell);
});

describe('the dictionary', () => {
  // The test settings: four entries always, twelve at most, one for three rows that use it in between.
  test('is used while it has few entries for its rows', () => {
    const { column, set } = columnNamed('string_value');
    for (let slot = 0; slot < 64; slot++) set(slot, `colour ${slot % 4}`);
    expect(column.memoryBytes).toBeLessThan(64 + 4 * 100 + 100);
    expect(column.get(63)).toBe('colour 3');
  });

  test('is given up for the chunk whose strings it no longer pays for', () => {
    const made = columnNamed('string_value');
    for (let slot = 0; slot < 64; slot++) made.set(slot, `colour ${slot % 4}`);
    for (let slot = 64; slot < 128; slot++) made.set(slot, `text number ${slot}`);
    expect(made.column.get(0)).toBe('colour 0');
    expect(made.column.get(100)).toBe('text number 100');
    expect(passing(made, made.column.test('eq', ['colour 1']), 0)).toHaveLength(16);
    expect(passing(made, made.column.test('starts-with', ['text number 11']), 1)).toHaveLength(10);
    // The next chunk is text from the start.
    for (let slot = 128; slot < 192; slot++) made.set(slot, 'colour 1');
    expect(passing(made, made.column.test('in', ['colour 1', 'x']), 2)).toHaveLength(64);
  });

  test('is given up for strings that are too long together for the heap', () => {
    const long = (index: number) => `${index}`.padEnd(100, 'x');
    const inDictionary = (dictionaryCharactersMax: number) => {
      const { column, set } = columnNamed('string_value', { dictionaryCharactersMax });
      for (let slot = 0; slot < 60; slot++) set(slot, long(slot % 3));
      expect(column.get(59)).toBe(long(2));
      // Sixty places of text take more than three entries.
      return column.memoryBytes < 1_000;
    };
    expect([inDictionary(300), inDictionary(299)]).toEqual([true, false]);
  });

  test('lets go of the strings of a chunk that has turned to text', () => {
    const { column, set } = columnNamed('string_value');
    for (let slot = 0; slot < 64; slot++) set(slot, `text number ${slot}`);
    for (let slot = 0; slot < 64; slot++) column.clear(slot);
    // What is left: four bytes a row, little text, and the counts of an empty dictionary.
    expect(column.memoryBytes).toBeLessThan(64 * 4 + 64 + 64);
  });

  test('does not grow when strings come and go', () => {
    const { column, set } = columnNamed('string_value');
    for (let slot = 0; slot < 8; slot++) set(slot, 'still');
    const before = column.memoryBytes;
    for (let round = 0; round < 1000; round++) set(round % 2, `passing ${round}`);
    for (let slot = 0; slot < 2; slot++) column.clear(slot);
    expect(column.memoryBytes).toBe(before);
    expect(column.get(5)).toBe('still');
  });
});

test('empty strings alone take no memory worth the name', () => {
  const made = columnNamed('string_value');
  const before = made.column.memoryBytes;
  for (let slot = 0; slot < 64; slot++) made.set(slot, '');
  expect(made.column.memoryBytes).toBe(before);
  expect(made.column.get(5)).toBe('');
  expect(passing(made, made.column.test('eq', ['']))).toHaveLength(64);
  expect(passing(made, made.column.test('gt', ['']))).toEqual([]);
  expect(made.column.test('absent', [])).toBeUndefined();
});

test('a chunk takes as much as text as it says, or less, whatever it keeps its strings in', () => {
  // Small enough for the strings to be counted one by one, and large enough not to be.
  for (const arenaBytesMax of [1, 2 ** 32 - 1]) {
    const made = columnNamed('string_value', { arenaBytesMax });
    const of = (slot: number) => 'gr\u00e9 '.repeat(slot % 3);
    for (let slot = 0; slot < 64; slot++) made.set(slot, of(slot));
    const asCodes = made.column.arenaBytes!(0);
    const asText = columnNamed('string_value');
    for (let slot = 0; slot < 64; slot++) asText.set(slot, of(slot));
    for (let slot = 64; slot < 128; slot++) asText.set(slot, `text ${slot}`);
    const text = 1 + 21 * (1 + 5) + 21 * (1 + 10);
    if (arenaBytesMax === 1) expect(asCodes).toBe(text);
    else expect(asCodes).toBeGreaterThanOrEqual(text);
    expect(made.column.arenaBytes!(7)).toBe(0);
  }
});

test('chunks of text give back what was left behind, and those of codes stay as they are', () => {
  const { column, set } = columnNamed('string_value');
  for (let slot = 0; slot < 64; slot++) set(slot, `colour ${slot % 4}`);
  for (let slot = 64; slot < 128; slot++) set(slot, `text number ${slot}`.repeat(20));
  for (let slot = 64; slot < 84; slot++) column.clear(slot);
  const before = column.memoryBytes;
  const textBytes = column.arenaBytes!(1);
  column.shrink!();
  expect(column.memoryBytes).toBeLessThan(before);
  expect(column.arenaBytes!(1)).toBe(textBytes);
  expect([column.get(3), column.get(70), column.get(100)]).toEqual([
    'colour 3',
    '',
    'text number 100'.repeat(20),
  ]);
});
