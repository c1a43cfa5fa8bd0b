import { decodeUtf8, encodeUtf8Into } from '../base/utf8.ts';
import { BlockReader } from './block-reader.ts';
import { decimalLength, putDecimal } from './digits.ts';
import { keep } from './kept.ts';

/**
 * Puts together the strings of a column: all of them in one buffer of UTF-8, which is decoded once and then cut. What it takes is
 * counted by the reader, because a few bytes can stand for very long strings.
 */
export class TextBuilder {
  private readonly reader: BlockReader;
  private readonly ends: Uint32Array;
  private bytes: Uint8Array;
  private position = 0;
  private count = 0;

  /** For `count` strings, of about `bytesExpected` bytes together. */
  constructor(reader: BlockReader, count: number, bytesExpected: number) {
    this.reader = reader;
    this.ends = new Uint32Array(count);
    reader.allowText(bytesExpected);
    this.bytes = new Uint8Array(bytesExpected);
  }

  /** The next string is whole. */
  end(): void {
    this.ends[this.count++] = this.position;
  }

  /** Makes room for so many bytes, which `utf8` and `decimal` do not. */
  reserve(count: number): void {
    const needed = this.position + count;
    if (needed <= this.bytes.length) return;
    const size = Math.max(needed, this.bytes.length + (this.bytes.length >> 1) + 256);
    this.reader.allowText(size - this.bytes.length);
    const grown = new Uint8Array(size);
    grown.set(this.bytes.subarray(0, this.position));
    this.bytes = grown;
  }

  /** Appends bytes that are whole characters. */
  utf8(bytes: Uint8Array): void {
    const { length } = bytes;
    for (let at = 0; at < length; at++) this.bytes[this.position++] = bytes[at]!;
  }

  /** Appends a whole number from 0 up in decimal, with zeros before it if it has less than `width` digits: at most 15. */
  decimal(value: number, width: number): void {
    const length = decimalLength(value, width);
    putDecimal(this.bytes, this.position, value, length);
    this.position += length;
  }

  /** Appends a well-formed string. */
  text(text: string): void {
    this.reserve(3 * text.length);
    this.position += encodeUtf8Into(text, this.bytes, this.position);
  }

  /** Appends a part of a string that is ASCII. */
  ascii(text: string, start: number, end: number): void {
    this.reserve(end - start);
    for (let at = start; at < end; at++) this.bytes[this.position++] = text.charCodeAt(at);
  }

  /** Appends the first bytes of the string before, which are ASCII. */
  again(length: number): void {
    this.reserve(length);
    const { bytes, position } = this;
    const start = this.count > 1 ? this.ends[this.count - 2]! : 0;
    for (let at = 0; at < length; at++) bytes[position + at] = bytes[start + at]!;
    // What comes from an array of doubles would make one of the position, for ever.
    this.position += length >>> 0;
  }

  /** The strings that have ended. */
  texts(): string[] {
    return cutUtf8(this.bytes, this.ends.subarray(0, this.count));
  }
}

/** Strings that stand one behind the other in well-formed UTF-8, from its beginning on, each up to one of `ends`. */
export function cutUtf8(bytes: Uint8Array, ends: Uint32Array): string[] {
  const length = ends.at(-1) ?? 0;
  const text = decodeUtf8(bytes, 0, length);
  const isAscii = text.length === length;
  const values: string[] = new Array(ends.length);
  let from = 0;
  let start = 0;
  for (let at = 0; at < values.length; at++) {
    const to = ends[at]!;
    const end = isAscii ? to : start + unitsOf(bytes, from, to);
    values[at] = text.slice(start, end);
    start = end;
    from = to;
  }
  return values;
}

/** Units of UTF-16 that the characters of well-formed UTF-8 have. */
function unitsOf(bytes: Uint8Array, start: number, end: number): number {
  let units = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

keep(new TextBuilder(new BlockReader([Uint8Array.of(0)], 0), 0, 0));
