import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, outlineOf } from '../../src/codec/template.ts';
import { anyTexts, templateText } from './support/any-texts.ts';

function cutOf(values: readonly string[]) {
  const outline = outlineOf(values);
  return outline && cut(outline, values);
}

test('what is the same in all is literal, the rest are numbers and texts', () => {
  expect(cutOf(['INV-2024-00017x', 'INV-2023-00018y'])).toEqual({
    parts: [
      { kind: 'literal', text: 'INV-' },
      { kind: 'digits', width: 4 },
      { kind: 'literal', text: '-' },
      { kind: 'digits', width: 5 },
      { kind: 'text' },
    ],
    columns: [Float64Array.of(2024, 2023), Float64Array.of(17, 18), ['x', 'y']],
    odd: [],
  });
});

test('of a string of another form there is no text, and the number before it stands again', () => {
  const values = ['none', ...Array.from({ length: 16 }, (_, at) => `a${at}${at < 9 ? 'b' : 'c'}`)];
  values[8] = 'b';
  const made = cutOf(values)!;
  expect(made.odd).toEqual([0, 8]);
  expect([...made.columns[0]!].slice(0, 10)).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 6, 8]);
  expect(made.columns[1]).toHaveLength(15);
  expect(made.columns[1]![7]).toBe('b');
});

test('a number has the digits that each has at least', () => {
  expect(cutOf(['007', '012', '1234'])!.parts).toEqual([{ kind: 'digits', width: 3 }]);
  expect(cutOf(['7', '12', '1234'])!.parts).toEqual([{ kind: 'digits', width: 1 }]);
  const mixed = cutOf([...new Array<string>(20).fill('00012'), '7', '123456'])!;
  expect(mixed).toMatchObject({ parts: [{ kind: 'digits', width: 5 }], odd: [20] });
});

test('more than 15 digits are two numbers', () => {
  expect(cutOf(['1234567890123456789', '1234567890123450001'])).toMatchObject({
    parts: [
      { kind: 'digits', width: 15 },
      { kind: 'digits', width: 4 },
    ],
    columns: [Float64Array.of(123456789012345, 123456789012345), Float64Array.of(6789, 1)],
  });
});

test.each([
  ['no numbers', ['a', 'b']],
  ['many parts', ['1a'.repeat(17)]],
  ['many forms', ['1', 'a1', '1b', 'c', '1a1']],
])('strings of %s have no template', (_what, values) => {
  expect(cutOf(values)).toBeUndefined();
});

test('whatever the strings, the parts of those that are not odd put them together again', () => {
  const column = fc.oneof(anyTexts, fc.array(templateText, { maxLength: 40 }));
  fc.assert(
    fc.property(column, (values) => {
      fc.pre(values.length > 0);
      const made = cutOf(values);
      if (made === undefined) return;
      const odd = new Set(made.odd);
      let next = 0;
      values.forEach((value, at) => {
        if (odd.has(at)) return;
        let column = 0;
        const whole = made.parts.map((part) => {
          if (part.kind === 'literal') return part.text;
          const values = made.columns[column++]!;
          return part.kind === 'text' ? values[next] : String(values[at]).padStart(part.width, '0');
        });
        next++;
        expect(whole.join('')).toBe(value);
      });
    }),
    { numRuns: 300 },
  );
});
