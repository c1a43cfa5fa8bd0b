import { type JoinedBytes, joinedUtf8 } from './joined-texts.ts';
import { cutWords } from './word-cutter.ts';
import { byteKinds, inWord, isLower, isUpper, stop } from './word-kinds.ts';

/** Units of UTF-16 that are looked at. */
const glanceLength = 6_000;

/** What some strings of a column tell of its words. */
export interface WordGlance {
  /** Whether a sentence begins with a capital letter, as a rule, and few other words do. */
  readonly capitals: boolean;
  /** Bits that a unit of UTF-16 takes at the least. */
  readonly bits: number;
}

/** Of as many bytes, one must be of a word that has come before: else each word seems to be another one. */
const againEach = 3;

/** Undefined where few words come again. */
export function glanceAtWords(sample: readonly string[]): WordGlance | undefined {
  const some = beginningsOf(sample);
  const joined = joinedUtf8(some);
  const cut = cutWords(joined, false);
  if (cut === undefined || cut.count === 0) return undefined;
  const { lengths, counts, size } = cut.index;
  let once = 0;
  let sum = 0;
  for (let place = 0; place < size; place++) {
    const times = counts[place]!;
    if (times === 1) once += lengths[place]!;
    else sum += times * Math.log2(times);
  }
  if (once * againEach > joined.bytes.length * (againEach - 1)) return undefined;
  const bits = cut.count * Math.log2(cut.count) - sum;
  const length = some.reduce((total, text) => total + text.length, 0);
  return { capitals: beginWithCapitals(joined), bits: bits / length };
}

/** Some of the sample, from all parts of it. */
function beginningsOf(sample: readonly string[]): string[] {
  let length = 0;
  for (let at = 0; at < sample.length; at++) length += Math.min(sample[at]!.length, glanceLength);
  const apart = Math.max(1, Math.floor(length / glanceLength));
  const some: string[] = [];
  for (let at = 0, left = glanceLength; at < sample.length && left > 0; at += apart) {
    // It may end within a character.
    some.push(sample[at]!.slice(0, left).toWellFormed());
    left -= sample[at]!.length;
  }
  return some;
}

/** How often words begin with letters of one case: where a sentence begins, and elsewhere. */
interface Letters {
  upper: number;
  lower: number;
}

function beginWithCapitals({ bytes, ends }: JoinedBytes): boolean {
  const beginnings: Letters = { upper: 0, lower: 0 };
  const others: Letters = { upper: 0, lower: 0 };
  let at = 0;
  for (let row = 0; row < ends.length; row++) {
    let last = stop;
    let letters = beginnings;
    if (row > 0) at++;
    for (; at < ends[row]!; at++) {
      const byte = bytes[at]!;
      const kind = byteKinds[byte]!;
      if (kind === stop) letters = beginnings;
      else if (kind === inWord && last !== inWord) {
        if (isUpper(byte)) letters.upper++;
        else if (isLower(byte)) letters.lower++;
        letters = others;
      }
      last = kind;
    }
  }
  return beginnings.upper > 2 * beginnings.lower && others.lower > 2 * others.upper;
}
