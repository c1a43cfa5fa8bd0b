import fc from 'fast-check';

/** Strings of words as people write them, and as they do not: with other spaces, lines, stops, capitals, and words of any length. */

const words = [
  'the',
  'pump',
  'of',
  'well',
  'Seven',
  'is',
  'dry',
  "don't",
  'naïve',
  '水泵',
  '7',
  'OK',
];

const word = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(33), 'ü'.repeat(40), '😀'.repeat(20)) },
);

const between = fc.oneof(
  { weight: 12, arbitrary: fc.constant(' ') },
  fc.constantFrom(...['. ', ', ', '', '  ', '\n', '\r\n', '-', '! ', '?', ' (', '.\t', ' \0']),
  fc.constantFrom('-'.repeat(70), ' '.repeat(33)),
);

export const proseText: fc.Arbitrary<string> = fc
  .array(fc.tuple(word, between), { maxLength: 24 })
  .map((parts) => parts.flat().join(''));

/** Words that come again, in any order. */
export const proseColumn: fc.Arbitrary<string[]> = fc
  .array(fc.array(fc.constantFrom(...words), { minLength: 4, maxLength: 9 }), { minLength: 12 })
  .map((sentences) => sentences.map((sentence) => `${sentence.join(' ')}.`));

/** Some prose of this many strings, with a capital letter at the beginning of a sentence. */
export function sentences(count: number): string[] {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  const sentence = () => {
    const chosen = Array.from(
      { length: 6 },
      () => `${usual[Math.floor(usual.length * next() ** 2)]}`,
    );
    const text = chosen.join(' ');
    return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
  };
  return Array.from({ length: count }, () => `${sentence()} ${sentence()}`);
}

const usual =
  `the pump of well seven is dry and has to be looked at before monday because its bearing runs hot again while valves near tank
  nine leak oil slowly onto cables that feed lamps over every second gate beside our northern fence where frost broke four pipes
  last winter so please bring spare seals grease some cloth two long wrenches fuses new filters paint brushes wire nails screws`.split(
    /\s+/,
  );
