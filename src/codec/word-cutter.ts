import type { JoinedBytes } from './joined-texts.ts';
import { wordsMax } from './word-codes.ts';
import { WordIndex } from './word-index.ts';
import { byteKinds, caseBit, inWord, isLower, isUpper, space, stop } from './word-kinds.ts';

/** What is longer is several words, so that beginnings that are alike cost no time. A character is not divided. */
const wordBytesMax = 32;

/** The words of a column, in the order in which they come. */
export interface CutWords {
  readonly index: WordIndex;
  /** Places in the index; the first `count` are of use. */
  readonly places: Int32Array;
  readonly count: number;
  /** How many each string has. */
  readonly counts: Float64Array;
}

/**
 * Cuts strings into words and what stands between words, each as long as it can be:
 *
 * - Of one space between two words nothing is left. Where there is none between them, an empty word says so.
 * - With `capitals`, a word at the beginning of a string, or behind one of the stops `. ! ?` and the end of a line, has its first letter
 *   in lower case, if it is one of A to Z. Where it was so before, an empty word stands before it.
 *
 * The strings are as `joinedUtf8` has them; letters are changed there. Undefined where there are too many words.
 */
export function cutWords(joined: JoinedBytes, capitals: boolean): CutWords | undefined {
  const { bytes, ends } = joined;
  const cutter = new WordCutter(bytes, capitals);
  const { index } = cutter;
  const counts = new Float64Array(ends.length);
  let start = 0;
  for (let at = 0; at < ends.length; at++) {
    const first = cutter.count;
    cutter.cut(start, ends[at]!);
    counts[at] = cutter.count - first;
    if (index.size > wordsMax || index.isCrowded) return undefined;
    start = ends[at]! + 1;
  }
  return { index, places: cutter.places, count: cutter.count, counts };
}

/** As of FNV-1a. */
const hashStart = 0x811c9dc5 | 0;
const hashFactor = 0x01000193;

class WordCutter {
  readonly index: WordIndex;
  places: Int32Array<ArrayBuffer>;
  count = 0;
  private readonly bytes: Uint8Array;
  private readonly capitals: boolean;
  private isBeginning = false;

  constructor(bytes: Uint8Array, capitals: boolean) {
    this.bytes = bytes;
    this.capitals = capitals;
    this.index = new WordIndex(bytes);
    this.places = new Int32Array((bytes.length >>> 2) + 16);
  }

  /** Cuts the string that stands there. */
  cut(start: number, end: number): void {
    const { bytes, capitals } = this;
    this.isBeginning = capitals;
    let at = start;
    while (at < end) {
      if (byteKinds[bytes[at]!] !== inWord) {
        at = this.cutBetween(at, end);
        continue;
      }
      if (this.isBeginning) this.lower(at);
      at = this.cutWord(at);
      if (at === end) return;
      const kind = byteKinds[bytes[at]!];
      if (kind === inWord) this.add(at, at, hashStart);
      else if (bytes[at] === space && byteKinds[bytes[at + 1]!] === inWord) at++;
    }
  }

  /** Takes the capital letter of a word at the beginning of a sentence, or says that it has none. */
  private lower(at: number): void {
    const letter = this.bytes[at]!;
    if (isUpper(letter)) this.bytes[at] = letter ^ caseBit;
    else if (isLower(letter)) this.add(at, at, hashStart);
    this.isBeginning = false;
  }

  /** Cuts a word, and tells where it ends: the end of the line is no part of words. */
  private cutWord(start: number): number {
    const { bytes } = this;
    const most = start + wordBytesMax;
    let at = start;
    let byte = bytes[at]!;
    let hash = hashStart;
    do {
      hash = Math.imul(hash ^ byte, hashFactor);
      byte = bytes[++at]!;
    } while (byteKinds[byte] === inWord && (at < most || isWithinCharacter(byte)));
    this.add(start, at, hash);
    return at;
  }

  private cutBetween(start: number, end: number): number {
    const { bytes } = this;
    const most = Math.min(end, start + wordBytesMax);
    let at = start;
    let hash = hashStart;
    for (; at < most; at++) {
      const byte = bytes[at]!;
      const kind = byteKinds[byte]!;
      if (kind === inWord) break;
      if (kind === stop) this.isBeginning = this.capitals;
      hash = Math.imul(hash ^ byte, hashFactor);
    }
    this.add(start, at, hash);
    return at;
  }

  private add(start: number, end: number, hash: number): void {
    if (this.count === this.places.length) this.grow();
    this.places[this.count++] = this.index.placeOf(start, end - start, hash);
  }

  private grow(): void {
    const more = new Int32Array(2 * this.places.length);
    more.set(this.places);
    this.places = more;
  }
}

function isWithinCharacter(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
