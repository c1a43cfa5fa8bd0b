import { decodeUtf8 } from '../base/utf8.ts';

/** Below this length a loop over the bytes beats the call that copies them. */
const shortLength = 32;
/** So much is decoded at once. Larger strings would cost more to make than it saves. */
const pieceBytes = 16 << 10;
/** Longer texts are decoded by themselves. */
const longLength = 1 << 10;

/** One for all: nothing is left in it between two calls. */
const bytes = new Uint8Array(pieceBytes);

/**
 * Makes many strings of UTF-8. Where a piece of it is ASCII, as most are, one decoded text is cut into them, which costs half of
 * decoding each. Of several at a time only one may be in use.
 */
export class TextGatherer {
  private readonly texts: string[];
  private length = 0;
  private readonly ends: number[] = [];
  private readonly places: number[] = [];

  /** Texts go into places of `texts`. */
  constructor(texts: string[]) {
    this.texts = texts;
  }

  /** Takes the text in `source[start, end)`. */
  add(place: number, source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > longLength) {
      this.texts[place] = decodeUtf8(source, start, end);
      return;
    }
    if (this.length + length > pieceBytes) this.finish();
    if (length < shortLength) {
      for (let at = 0; at < length; at++) bytes[this.length + at] = source[start + at]!;
    } else bytes.set(source.subarray(start, end), this.length);
    this.length += length;
    this.ends.push(this.length);
    this.places.push(place);
  }

  /** All texts are taken. */
  finish(): void {
    const { texts, ends, places } = this;
    const whole = decodeUtf8(bytes, 0, this.length);
    const isAscii = whole.length === this.length;
    let start = 0;
    for (let at = 0; at < places.length; at++) {
      const end = ends[at]!;
      texts[places[at]!] = isAscii ? whole.slice(start, end) : decodeUtf8(bytes, start, end);
      start = end;
    }
    this.length = 0;
    ends.length = 0;
    places.length = 0;
  }
}
