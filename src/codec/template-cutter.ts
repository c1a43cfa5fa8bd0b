import { digitsMax, isDigit } from './digits.ts';

/** For each part whether it is a number; behind one there can be another, if the first has as many digits as there may be. */
export type Outline = readonly boolean[];

const zero = 0x30;

/** Cuts the strings of a column into the parts of an outline, each in one go. */
export class TemplateCutter {
  readonly isNumber: Outline;
  /** Of each number the fewest digits, and the most of one that begins with a zero and has more. */
  readonly least: Int32Array;
  readonly mostPadded: Int32Array;
  /** The values of each number. */
  readonly numbers: Float64Array[];
  /** Of each text the first one; and all of them, as soon as one is another. */
  readonly literals: (string | undefined)[];
  readonly texts: (string[] | undefined)[];
  /** Digits that a number has, if it does not have more without a zero before them; 0 where it may have any. */
  private readonly widths: Int32Array;
  private readonly ends: Int32Array;
  private readonly found: Float64Array;
  private taken = 0;

  /** For the `count` strings of a column. */
  constructor(outline: Outline, widths: Int32Array, count: number) {
    const parts = outline.length;
    this.isNumber = outline;
    this.widths = widths;
    this.least = new Int32Array(parts).fill(digitsMax);
    this.mostPadded = new Int32Array(parts);
    this.numbers = outline.map((isNumber) => new Float64Array(isNumber ? count : 0));
    this.literals = new Array(parts).fill(undefined);
    this.texts = new Array(parts).fill(undefined);
    this.ends = new Int32Array(parts);
    this.found = new Float64Array(parts);
  }

  /** Takes the next string. False where it is of another form: then the numbers before it stand again. */
  take(text: string, at: number): boolean {
    if (this.match(text)) {
      this.keep(text, at);
      this.taken++;
      return true;
    }
    if (at > 0) {
      for (let index = 0; index < this.numbers.length; index++) {
        const column = this.numbers[index]!;
        if (column.length > 0) column[at] = column[at - 1]!;
      }
    }
    return false;
  }

  /** Where the first strings are of another form, the numbers of the one behind them stand, too. */
  fillBefore(odd: readonly number[]): void {
    let first = 0;
    while (odd[first] === first) first++;
    for (const column of this.numbers) column.fill(column[first] ?? 0, 0, first);
  }

  /** Whether there are numbers with zeros before them, and others with fewer digits. */
  isMixed(): boolean {
    return this.mostPadded.some((most, index) => most > this.least[index]!);
  }

  /** These widths where numbers are mixed so, and any where they are not. */
  mixedWidths(widths: Int32Array): Int32Array {
    return widths.map((width, index) => (this.mostPadded[index]! > this.least[index]! ? width : 0));
  }

  private match(text: string): boolean {
    const { isNumber, ends } = this;
    let at = 0;
    for (let index = 0; index < isNumber.length; index++) {
      const end = isNumber[index] ? this.matchNumber(text, at, index) : endOfText(text, at);
      if (end <= at) return false;
      ends[index] = end;
      at = end;
    }
    return at === text.length;
  }

  /** The end of the number that begins at `start`, which is there where there is none. */
  private matchNumber(text: string, start: number, index: number): number {
    const limit = Math.min(text.length, start + digitsMax);
    let value = 0;
    let end = start;
    for (; end < limit; end++) {
      const digit = text.charCodeAt(end) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.found[index] = value;
    const width = this.widths[index]!;
    const length = end - start;
    const isLike = length > width ? text.charCodeAt(start) !== zero : length === width;
    return width === 0 || isLike ? end : start;
  }

  private keep(text: string, at: number): void {
    const { isNumber, ends, numbers, found, least, mostPadded } = this;
    let start = 0;
    for (let index = 0; index < ends.length; index++) {
      const end = ends[index]!;
      if (isNumber[index]) {
        numbers[index]![at] = found[index]!;
        const length = end - start;
        if (length < least[index]!) least[index] = length;
        if (length > mostPadded[index]! && length > 1 && text.charCodeAt(start) === zero) {
          mostPadded[index] = length;
        }
      } else this.keepText(text, start, end, index);
      start = end;
    }
  }

  private keepText(text: string, start: number, end: number, index: number): void {
    const literal = this.literals[index];
    const texts = this.texts[index];
    if (literal === undefined) this.literals[index] = text.slice(start, end);
    else if (texts !== undefined) texts.push(text.slice(start, end));
    else if (!isAt(text, start, end, literal)) {
      this.texts[index] = [...new Array<string>(this.taken).fill(literal), text.slice(start, end)];
    }
  }
}

function endOfText(text: string, start: number): number {
  let end = start;
  while (end < text.length && !isDigit(text.charCodeAt(end))) end++;
  return end;
}

function isAt(text: string, start: number, end: number, part: string): boolean {
  if (end - start !== part.length) return false;
  for (let at = 0; at < part.length; at++) {
    if (text.charCodeAt(start + at) !== part.charCodeAt(at)) return false;
  }
  return true;
}
