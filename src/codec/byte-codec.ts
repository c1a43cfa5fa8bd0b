import type { Codec } from './codec.ts';
import { type Dictionary, dictionaryOf } from './dictionary.ts';
import { keep } from './kept.ts';
import { sampleStrings } from './sample-strings.ts';

/** One way to write byte strings. What a decoder gives are views. */
export type ByteCodec = Codec<ByteStrings, Uint8Array[]>;

/** Longer ones are not looked for again. */
const keyBytesMax = 256;

/** Of as many byte strings of a sample one must have come before in it, or no dictionary is made. */
const againEach = 16;

/** A column of byte strings. What is found out about it is found out when somebody asks, and once. */
export class ByteStrings {
  readonly values: readonly Uint8Array[];
  private sampled: readonly Uint8Array[] | undefined;
  private distinct: Dictionary | false | undefined;

  constructor(values: readonly Uint8Array[]) {
    this.values = values;
  }

  /** Some of the values, in stretches. */
  get sample(): readonly Uint8Array[] {
    this.sampled ??= sampleStrings(this.values);
    return this.sampled;
  }

  /** The distinct ones of all values, a character for each byte; undefined where nearly all seem to be distinct, or any is long. */
  get dictionary(): Dictionary | undefined {
    this.distinct ??= this.isRepetitive() && dictionaryOf(this.values.map(keyOf));
    return this.distinct === false ? undefined : this.distinct;
  }

  private isRepetitive(): boolean {
    if (this.values.some(({ length }) => length > keyBytesMax)) return false;
    const { size } = new Set(this.sample.map(keyOf));
    return size * againEach <= this.sample.length * (againEach - 1);
  }
}

/** A character for each byte. */
function keyOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** Undoes it. */
export function bytesOfKey(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = key.charCodeAt(at);
  return bytes;
}

keep(new ByteStrings([]));
