import type { Codec } from './codec.ts';
import { sampleOf } from './sample.ts';

/** A column of well-formed strings. */
export interface Texts {
  readonly values: readonly string[];
  readonly sample: readonly string[];
  /** The distinct ones of the sample. */
  readonly distinct: ReadonlySet<string>;
}

/** One way to write strings. */
export type TextCodec = Codec<Texts, string[]>;

export function textsOf(values: readonly string[]): Texts {
  const sample = sampleOf(values);
  return { values, sample, distinct: new Set(sample) };
}

/** Bits of a character that is written out, and of a string that was written before: about what zstd makes of them. */
export const characterBits = 3.6;
export const repetitionBits = 24;

/** Bits of so many strings with as many characters, which are all different. */
export function distinctBits(texts: Iterable<string>): number {
  let characters = 0;
  for (const text of texts) characters += text.length + 1;
  return characters * characterBits;
}
