import { decodeUtf8 } from '../base/utf8.ts';
import type { BlockReader } from './block-reader.ts';
import type { WordIndex } from './word-index.ts';

/** A byte below this says how many bytes a word shares with the one before it, and the rest of it follows. */
const sharedLimit = 31;

/** Stands before a byte of a word that is below 32, to which 64 is added. */
const escapeMark = 31;
const escapedMax = 31;
const escaped = 64;

/** Words in an order, each by what differs from the one before it. */
export function wordDictionaryBytes(
  bytes: Uint8Array,
  { starts, lengths }: WordIndex,
  order: Int32Array,
): Uint8Array {
  let room = order.length;
  for (let at = 0; at < order.length; at++) room += 2 * lengths[order[at]!]!;
  const out = new Uint8Array(room);
  let position = 0;
  let lastStart = 0;
  let lastLength = 0;
  for (let at = 0; at < order.length; at++) {
    const start = starts[order[at]!]!;
    const length = lengths[order[at]!]!;
    const most = Math.min(length, lastLength, sharedLimit - 1);
    let shared = 0;
    while (shared < most && bytes[start + shared] === bytes[lastStart + shared]) shared++;
    out[position++] = shared;
    for (let index = start + shared; index < start + length; index++) {
      const byte = bytes[index]!;
      if (byte <= escapedMax) {
        out[position++] = escapeMark;
        out[position++] = byte + escaped;
      } else out[position++] = byte;
    }
    lastStart = start;
    lastLength = length;
  }
  return out.subarray(0, position);
}

/** Words in UTF-8, one behind the other. */
export interface WordDictionary {
  readonly bytes: Uint8Array;
  /** Where each word begins, and where the last one ends. */
  readonly starts: Int32Array;
}

/** Reads `size` words of `source`. DATA_LOSS where they are not what was written. */
export function readWordDictionary(
  reader: BlockReader,
  source: Uint8Array,
  size: number,
): WordDictionary {
  // Every word has a byte, so that there is no room for more than there are bytes.
  if (size > source.length) throw reader.fail('there are too many words');
  const room = source.length + size * sharedLimit;
  reader.allowText(room);
  const bytes = new Uint8Array(room);
  const starts = new Int32Array(size + 1);
  let position = 0;
  let count = 0;
  for (let at = 0; at < source.length; at++) {
    const byte = source[at]!;
    if (byte > escapedMax && count > 0) bytes[position++] = byte;
    else if (byte === escapeMark && count > 0)
      bytes[position++] = escapedByte(reader, source[++at]);
    else {
      const last = count === 0 ? 0 : starts[count - 1]!;
      if (count === size || byte > position - last) throw reader.fail('a word shares too much');
      starts[count++] = position;
      for (let index = last; index < last + byte; index++) bytes[position++] = bytes[index]!;
    }
  }
  if (count < size) throw reader.fail('words are missing');
  starts[size] = position;
  const dictionary = { bytes: bytes.subarray(0, position), starts };
  if (!isWellFormed(dictionary)) throw reader.fail('a word is not UTF-8');
  return dictionary;
}

function escapedByte(reader: BlockReader, byte: number | undefined): number {
  if (byte === undefined || byte < escaped || byte > escaped + escapedMax) {
    throw reader.fail('a word has no such character');
  }
  return byte - escaped;
}

/** Whether all words are whole characters. */
function isWellFormed({ bytes, starts }: WordDictionary): boolean {
  for (let place = 0; place + 1 < starts.length; place++) {
    if ((bytes[starts[place]!]! & 0xc0) === 0x80) return false;
  }
  try {
    decodeUtf8(bytes);
    return true;
  } catch {
    return false;
  }
}
