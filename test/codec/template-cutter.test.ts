import { expect, test } from 'vitest';
import { TemplateCutter } from '../../src/codec/template-cutter.ts';

const outline = [false, true];
const cutterOf = (width = 0) => new TemplateCutter(outline, Int32Array.of(0, width), 4);

test('a string of the outline is taken into columns', () => {
  const cutter = cutterOf();
  expect(['a1', 'a22', 'b03', 'b'].map((text, at) => cutter.take(text, at))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(cutter.numbers[1]).toEqual(Float64Array.of(1, 22, 3, 3));
  expect(cutter.texts[0]).toEqual(['a', 'a', 'b']);
  expect([cutter.least[1], cutter.mostPadded[1], cutter.isMixed()]).toEqual([1, 2, true]);
  expect(cutter.mixedWidths(cutter.mostPadded)).toEqual(Int32Array.of(0, 2));
});

test('a number has its width, or more digits without a zero before them', () => {
  const cutter = cutterOf(2);
  const fits = (text: string) => cutter.take(text, 0);
  expect(['a02', 'a12', 'a123'].map(fits)).toEqual([true, true, true]);
  expect(['a1', 'a012', 'a', '', '12', 'a12b', 'a1234567890123456'].map(fits)).not.toContain(true);
});

test('before the first string that is taken stand its numbers', () => {
  const cutter = cutterOf();
  for (const [at, text] of ['', '1', 'a7', 'a8'].entries()) cutter.take(text, at);
  cutter.fillBefore([0, 1]);
  expect(cutter.numbers[1]).toEqual(Float64Array.of(7, 7, 7, 8));
  expect(cutter.literals[0]).toBe('a');
  expect(cutter.texts[0]).toBeUndefined();
});
