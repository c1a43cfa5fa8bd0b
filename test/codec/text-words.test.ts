import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../../src/base/utf8.ts';
import type { BlockWriter } from '../../src/codec/block-writer.ts';
import { ranked } from '../../src/codec/codec.ts';
import { writeIntegers } from '../../src/codec/integers.ts';
import { Plan } from '../../src/codec/plan.ts';
import { type TextCodec, Texts } from '../../src/codec/text-codec.ts';
import { textPlain } from '../../src/codec/text-plain.ts';
import { textWords } from '../../src/codec/text-words.ts';
import { wordsMax } from '../../src/codec/word-codes.ts';
import { textContract } from './contract/text-contract.ts';
import { framesOf, readFrames } from './support/block-trip.ts';
import { proseColumn, proseText, sentences } from './support/prose.ts';

const plan = () => new Plan('balanced');

textContract(textWords, proseColumn);

/** What comes back, with words enough beside that the column is one of words. */
function tripAmongProse(values: readonly string[]): readonly string[] {
  const all = [...sentences(60), ...values];
  const frames = framesOf((out) => {
    expect(textWords.write(out, new Texts(all), plan())).toBe(true);
  });
  return readFrames(frames, (reader) => textWords.read(reader, all.length)).slice(60);
}

test('any string comes back among prose, to the last character', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(proseText, fc.string({ unit: 'binary' }))), (values) => {
      expect(tripAmongProse(values)).toEqual(values);
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['no characters', ['', '']],
  ['a space alone', [' ', '  ', 'a ', ' a', ' a  b ']],
  ['a capital letter that is not expected, or not there', ['the Pump', 'The. pump', 'THE. PUMP']],
  ['stops', ['.', '. the', 'the .', 'a.b', 'A.B', 'a.\nb', '...The', '"The"', '1. the']],
  ['a word of many bytes', ['x'.repeat(200_000), `the ${'ü'.repeat(999)} pump`]],
  ['a line of many bytes', [`${'-'.repeat(99_999)}the pump${' '.repeat(99)}`]],
  ['control characters', ['\0', '\u001f the\u0001', 'a\tb\r\nc', '\u007f']],
  ['other scripts', ['水泵 的水泵', '😀 😀', 'É. é ß', '\u00a0\u2028']],
])('what has %s comes back', (_what, values) => {
  expect(tripAmongProse(values)).toEqual(values);
});

describe('prose', () => {
  const entropyBytes = (codec: TextCodec, values: readonly string[]) => {
    const [best] = ranked([codec], new Texts(values), 'balanced');
    return best === undefined ? undefined : best.bits / 8;
  };

  test('is judged to take less than plain', () => {
    const values = sentences(400);
    expect(entropyBytes(textWords, values)!).toBeLessThan(0.7 * entropyBytes(textPlain, values)!);
  });

  test('has at most two bytes for each word', () => {
    const values = sentences(400);
    const frames = framesOf((out) => textWords.write(out, new Texts(values), plan()));
    const words = values.length * 14;
    expect(frames.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(1.2 * words);
  });

  test('of words that another column has, too, has the same dictionary', () => {
    const values = sentences(400);
    const written = [values, values.toReversed()].map((texts) => new Texts(texts).words!);
    expect(written[0]!.dictionary).toEqual(written[1]!.dictionary);
  });
});

describe('nothing is judged', () => {
  const judge = (values: readonly string[], bitsMax = Number.POSITIVE_INFINITY) =>
    textWords.judge(new Texts(values), 'balanced', bitsMax);

  test('where each word is another one', () => {
    expect(judge(Array.from({ length: 500 }, () => crypto.randomUUID()))).toBeUndefined();
  });

  test('where another codec has fewer bits than the words of a glance', () => {
    const values = sentences(400);
    const { bits } = judge(values)!;
    expect(judge(values, 2 * bits)).toBeDefined();
    expect(judge(values, bits / 3)).toBeUndefined();
  });

  test('where a string has the bits of two words', () => {
    const values = sentences(400);
    expect(judge(values, 12 * values.length - 1)).toBeUndefined();
  });

  test('of empty strings', () => {
    expect(judge(['', '', ''])).toBeUndefined();
  });
});

test('phrases that come again are judged to be dearer', () => {
  const phrases = Array.from({ length: 400 }, (_, at) => sentences(4)[at % 4]!).join(' ');
  const key = (at: number) => (Math.sin(at) * 10_000) % 1;
  const words = phrases.split(' ');
  const order = [...words.keys()].toSorted((left, right) => key(left) - key(right));
  const mixed = order.map((at) => words[at]).join(' ');
  expect(mixed).toHaveLength(phrases.length);
  const bitsOf = (text: string) =>
    textWords.judge(new Texts([text]), 'balanced', Number.POSITIVE_INFINITY)!.bits;
  expect(bitsOf(phrases)).toBeGreaterThan(1.5 * bitsOf(mixed));
});

test('where there are too many words, none are written', () => {
  const many = Array.from({ length: wordsMax + 1 }, (_, at) => `the pump of well ${at}`);
  const write = (values: readonly string[]) => {
    let fits = false;
    framesOf((out) => {
      fits = textWords.write(out, new Texts(values), plan());
    });
    return fits;
  };
  expect(write(many)).toBe(false);
  expect(write(many.slice(0, 50_000))).toBe(true);
});

describe('a column is refused', () => {
  const dictionary = Uint8Array.of(0, ...encodeUtf8('pump'), 0, ...encodeUtf8('well'));
  const column =
    ({ capitals = 0, size = 2, bytes = dictionary, counts = [1, 1], places = [0, 1] }) =>
    (out: BlockWriter) => {
      out.head.u8(capitals);
      out.head.varint(size);
      out.head.varint(bytes.length);
      out.text(bytes);
      writeIntegers(out, Float64Array.from(counts), counts.length, plan());
      out.numeric(Uint8Array.from(places));
    };
  const read = (fields: Parameters<typeof column>[0], valuesMax?: number) =>
    readFrames(framesOf(column(fields)), (reader) => textWords.read(reader, 2), valuesMax);

  test('not, if it is one', () => {
    expect(read({})).toEqual(['pump', 'well']);
    expect(read({ capitals: 1, counts: [2, 0] })).toEqual(['Pump well', '']);
  });

  test.each([
    ['with capitals that are neither expected nor not', { capitals: 2 }],
    ['with more words than there may be', { size: wordsMax + 1 }],
    ['with a word that is missing', { size: 3 }],
    ['with a code for no word', { places: [0, 2] }],
    ['with fewer words than none', { counts: [3, -1] }],
    ['with words that nobody can count', { counts: [2 ** 53 - 1, 2 ** 53 - 1] }],
    ['with more words than there are', { counts: [1, 2] }],
    ['with fewer words than there are', { counts: [1, 0] }],
  ])('%s', (_what, fields) => {
    expect(() => read(fields)).toThrow('column block: ');
  });

  test('whose strings get long of few bytes', () => {
    const bytes = Uint8Array.of(0, ...encodeUtf8('x'.repeat(1_000)));
    const places = new Array<number>(2_000).fill(0);
    const fields = { size: 1, bytes, counts: [1_000, 1_000], places };
    expect(read(fields)[0]).toHaveLength(1_000_999);
    expect(() => read(fields, 200_000)).toThrow('there are too many values');
  });
});
