import { describe, expect, test } from 'vitest';
import { TemplateCutter } from '../../src/codec/template-cutter.ts';

function cut(values: readonly string[], width = 0, oddMax = values.length) {
  return new TemplateCutter(values).cut([false, true], Int32Array.of(0, width), oddMax);
}

describe.each(['a', 'ü', '😀'])('strings that begin with %s', (a) => {
  test('are cut into texts and numbers', () => {
    expect(cut([`${a}1`, `${a}22`, 'b03', 'b'])).toEqual({
      odd: [3],
      parts: [
        { kind: 'text', texts: [a, a, 'b'] },
        { kind: 'digits', numbers: Float64Array.of(1, 22, 3, 3), least: 1, mostPadded: 2 },
      ],
    });
  });

  test('have a literal where all are the same that are not odd', () => {
    expect(cut([`${a}`, 'b1c', `${a}01c`, `${a}12`, `${a}123456789012345`])).toEqual({
      odd: [0, 1, 2],
      parts: [
        { kind: 'literal', text: a },
        {
          kind: 'digits',
          numbers: Float64Array.of(12, 12, 12, 12, 123456789012345),
          ...{ least: 2, mostPadded: 0 },
        },
      ],
    });
  });
});

test('a text that begins or goes on like the others is another', () => {
  for (const [first, second] of [
    ['ab', 'a'],
    ['a', 'ab'],
    ['ab', 'ac'],
  ]) {
    expect(cut([`${first}1`, `${second}1`])!.parts[0]).toEqual({
      kind: 'text',
      texts: [first, second],
    });
  }
});

test('a text that ends where the next string goes on like the others is another', () => {
  const cutter = new TemplateCutter(['1ab', '1a', 'b2', '3ab']);
  expect(cutter.cut([true, false], Int32Array.of(0, 0), 1)).toMatchObject({
    odd: [2],
    parts: [{ kind: 'digits' }, { kind: 'text', texts: ['ab', 'a', 'ab'] }],
  });
});

test('a number has its width, or more digits without a zero before them', () => {
  const values = ['a02', 'a12', 'a123', 'a1', 'a012', 'a', '', '12', 'a12b', 'a1234567890123456'];
  expect(cut(values, 2)!.odd).toEqual([3, 4, 5, 6, 7, 8, 9]);
});

test('too many odd ones are too many', () => {
  expect(cut(['a1', 'a', 'b'], 0, 2)?.odd).toEqual([1, 2]);
  expect(cut(['a1', 'a', 'b'], 0, 1)).toBeUndefined();
});
