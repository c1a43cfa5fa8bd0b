import { characterBits } from './character-bits.ts';
import type { Codec } from './codec.ts';
import { type Dictionary, dictionaryOf, sorted } from './dictionary.ts';
import { keep } from './kept.ts';
import { sampleStrings } from './sample-strings.ts';
import { glanceAtWords, type WordGlance } from './word-glance.ts';
import { type Words, wordsOf } from './words.ts';

/** One way to write strings. */
export type TextCodec = Codec<Texts, string[]>;

/** Of as many strings of a sample one must have come before in it, or no dictionary is made. */
const againEach = 16;

/** Bits of a string that was written before: about what zstd makes of it. */
export const repetitionBits = 24;

/** A column of well-formed strings. What is found out about it is found out when somebody asks, and once. */
export class Texts {
  readonly values: readonly string[];
  private sampled: readonly string[] | undefined;
  private distinct: Dictionary | false | undefined;
  private ordered: Dictionary | undefined;
  private bitsEach: number | undefined;
  private glance: WordGlance | false | undefined;
  private cut: Words | false | undefined;

  constructor(values: readonly string[]) {
    this.values = values;
  }

  /** Some of the values, in stretches. */
  get sample(): readonly string[] {
    this.sampled ??= sampleStrings(this.values);
    return this.sampled;
  }

  /** The distinct ones of all values; undefined where nearly all seem to be distinct. */
  get dictionary(): Dictionary | undefined {
    this.distinct ??= isRepetitive(this.sample) && dictionaryOf(this.values);
    return this.distinct === false ? undefined : this.distinct;
  }

  /** The same in ascending order. */
  get sortedDictionary(): Dictionary | undefined {
    const { dictionary } = this;
    this.ordered ??= dictionary && sorted(dictionary);
    return this.ordered;
  }

  /** Bits of a character that is written out: about what zstd makes of it. */
  get characterBits(): number {
    this.bitsEach ??= characterBits(this.sample);
    return this.bitsEach;
  }

  /** What some of the values tell of their words; undefined where few of these seem to come again. */
  get wordGlance(): WordGlance | undefined {
    this.glance ??= glanceAtWords(this.sample) ?? false;
    return this.glance === false ? undefined : this.glance;
  }

  /** As words; undefined where few of these seem to come again, or there are too many. */
  get words(): Words | undefined {
    const { wordGlance } = this;
    this.cut ??= (wordGlance && wordsOf(this.values, wordGlance.capitals)) ?? false;
    return this.cut === false ? undefined : this.cut;
  }

  /** How many values stand for one of the sample. */
  get scale(): number {
    return this.values.length / this.sample.length;
  }
}

function isRepetitive(sample: readonly string[]): boolean {
  return new Set(sample).size * againEach <= sample.length * (againEach - 1);
}

/** Characters of so many strings, each with one for its end. */
export function charactersOf(texts: readonly string[]): number {
  let characters = texts.length;
  for (let at = 0; at < texts.length; at++) characters += texts[at]!.length;
  return characters;
}

keep(new Texts([]));
