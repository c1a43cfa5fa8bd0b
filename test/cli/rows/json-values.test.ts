import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonValues, textLines, valueLengthMax } from '../../../src/cli/rows/json-values.ts';
import { chunksOf, gathered } from '../support/chunks.ts';

describe('lines', () => {
  test('have their numbers, blank ones are left out, and only \\n ends one', async () => {
    const text = '{"a":1}\r\n\n  \n{"b":"\u2028"}\n{"c":3}';
    expect(await gathered(textLines(chunksOf(text)))).toEqual([
      { line: 1, text: '{"a":1}' },
      { line: 4, text: '{"b":"\u2028"}' },
      { line: 5, text: '{"c":3}' },
    ]);
  });
});

describe('values', () => {
  test.each([
    [
      'an array',
      '[\n {"a": "]\\"}"},\n\n {"b": [1, {}]}\n]\n',
      [
        [2, '{"a": "]\\"}"}'],
        [4, '{"b": [1, {}]}'],
      ],
    ],
    [
      'one after another',
      '{"a":1}\n{"b":2} {"c":3}',
      [
        [1, '{"a":1}'],
        [2, '{"b":2}'],
        [2, '{"c":3}'],
      ],
    ],
    ['no array at all', '{\n}', [[1, '{\n}']]],
    ['an empty array', ' [ ] ', []],
    ['nothing', '', []],
    [
      'what is no object',
      '[1, "x,]", null]',
      [
        [1, '1'],
        [1, '"x,]"'],
        [1, 'null'],
      ],
    ],
  ])('of %s', async (_name, text, expected) => {
    const found = await gathered(jsonValues(chunksOf(text)));
    expect(found.map(({ line, text: value }) => [line, value])).toEqual(expected);
  });

  test.each([
    ['[{"a":1}\n', 2, 'the array has no end'],
    ['[{"a":1}\n{"b":2}]', 2, 'a comma is missing'],
    ['[{"a":1},\n]', 2, 'a ] stands where a value should'],
    ['[,{}]', 1, 'a , stands where a value should'],
    ['{},{}', 1, 'a , stands where a value should'],
    ['[]\n{}', 2, 'there is more behind the end of the array'],
    ['[{"a":1},\n{"b":"', 2, 'what begins here has no end'],
    ['[5', 1, 'what begins here has no end'],
  ])('of %j are none', async (text, line, message) => {
    await expect(gathered(jsonValues(chunksOf(text)))).rejects.toMatchObject({ line, message });
  });

  test('are the same in whatever pieces they come', async () => {
    const pieces = fc.array(fc.nat({ max: 40 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.nat({ max: 3 }),
        pieces,
        async (values, space, cuts) => {
          const text = JSON.stringify(values, null, space);
          const parts = cut(text, cuts);
          const found = await gathered(jsonValues(chunksOf(...parts)));
          expect(found.map((each) => JSON.parse(each.text))).toEqual(JSON.parse(text));
          const lines = values.map((value) => `${JSON.stringify(value)}\n`).join('');
          const read = await gathered(textLines(chunksOf(...cut(lines, cuts))));
          expect(read.map((each) => JSON.parse(each.text))).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  test('end, or it is said, before they fill the memory', async () => {
    const long = 'x'.repeat(valueLengthMax);
    expect(await gathered(textLines(chunksOf(long)))).toHaveLength(1);
    await expect(gathered(textLines(chunksOf('{}\n', long, 'x')))).rejects.toMatchObject({
      line: 2,
      message: 'what begins here is too long',
    });
    await expect(gathered(jsonValues(chunksOf('{"', long)))).rejects.toThrow('too long');
  });
});

function cut(text: string, places: readonly number[]): string[] {
  const sorted = places
    .map((place) => place % (text.length + 1))
    .sort((left, right) => left - right);
  return [0, ...sorted].map((from, index) => text.slice(from, sorted[index] ?? text.length));
}
