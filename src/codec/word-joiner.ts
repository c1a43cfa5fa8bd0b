import type { BlockReader } from './block-reader.ts';
import { cutUtf8 } from './text-builder.ts';
import type { WordDictionary } from './word-dictionary.ts';
import { byteKinds, caseBit, inWord, isLower, space, stop } from './word-kinds.ts';

/** What `cutWords` made of strings. */
export interface JoinedWords {
  readonly dictionary: WordDictionary;
  /** How many words each string has. */
  readonly counts: Float64Array;
  /** Which of the dictionary, all of the strings. */
  readonly places: Uint16Array;
  readonly capitals: boolean;
}

/** What a word of the dictionary is; `notWord`, `stop` and `inWord` are numbers of others. */
const empty = 3;

/** Undoes `cutWords`. What a few bytes can stand for is counted by the reader. */
export function joinWords(reader: BlockReader, words: JoinedWords): string[] {
  const { dictionary, counts, places, capitals } = words;
  const { bytes, starts } = dictionary;
  const kinds = kindsOf(dictionary);
  const out = new Uint8Array(roomFor(reader, words));
  const ends = new Uint32Array(counts.length);
  let position = 0;
  let next = 0;
  for (let row = 0; row < counts.length; row++) {
    const last = next + counts[row]!;
    let isBeginning = capitals;
    let isBehindWord = false;
    for (; next < last; next++) {
      const place = places[next]!;
      const kind = kinds[place]!;
      let from = starts[place]!;
      const to = starts[place + 1]!;
      if (kind === inWord) {
        if (isBehindWord) out[position++] = space;
        else if (isBeginning) {
          const letter = bytes[from++]!;
          out[position++] = isLower(letter) ? letter ^ caseBit : letter;
        }
        isBehindWord = true;
        isBeginning = false;
      } else {
        isBehindWord = false;
        if (kind === stop) isBeginning = capitals;
        else if (kind === empty) isBeginning = false;
      }
      while (from < to) out[position++] = bytes[from++]!;
    }
    ends[row] = position;
  }
  return cutUtf8(out, ends);
}

/** A word begins with what is part of words; what stands between words has a stop or none. */
function kindsOf({ bytes, starts }: WordDictionary): Uint8Array {
  const kinds = new Uint8Array(starts.length - 1);
  for (let place = 0; place < kinds.length; place++) {
    const start = starts[place]!;
    const end = starts[place + 1]!;
    if (start === end) kinds[place] = empty;
    else kinds[place] = byteKinds[bytes[start]!]!;
    for (let at = start; at < end && kinds[place]! < inWord; at++) {
      if (byteKinds[bytes[at]!] === stop) kinds[place] = stop;
    }
  }
  return kinds;
}

/** Bytes of all words, each with a space. */
function roomFor(reader: BlockReader, { dictionary: { starts }, places }: JoinedWords): number {
  let room = places.length;
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!;
    room += starts[place + 1]! - starts[place]!;
  }
  reader.allowText(room);
  return room;
}
