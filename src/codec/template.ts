import { digitsMax, isDigit, parseDecimal } from './digits.ts';
import { areFew } from './odd-places.ts';

/**
 * What strings look like that a program made: text and digits in turn, such as `INV-2024-00017` or `2024-05-01T08:30:00Z`. A
 * template says which of it is the same in all, and cuts each string into numbers and texts.
 */

/** One part of a template. */
export type Part =
  | { readonly kind: 'literal'; readonly text: string }
  /** A number: of so many digits, with zeros before it, or of more without. At most `digitsMax`. */
  | { readonly kind: 'digits'; readonly width: number }
  /** Text without digits, at least one character. */
  | { readonly kind: 'text' };

/** Strings of more parts are prose. */
export const partsMax = 32;

/** For each part whether it is a number; behind one there can be another, if the first has as many digits as there may be. */
export type Outline = readonly boolean[];

const zero = 0x30;

/** The end of the part that begins at `start`, which is there where no such part does. */
function endOfPart(text: string, start: number, isNumber: boolean): number {
  const limit = isNumber ? Math.min(text.length, start + digitsMax) : text.length;
  let end = start;
  while (end < limit && isDigit(text.charCodeAt(end)) === isNumber) end++;
  return end;
}

/** The outline of a string; undefined where it has too many parts, or no numbers. */
function outlineIn(text: string): Outline | undefined {
  const outline: boolean[] = [];
  for (let start = 0; start < text.length; ) {
    if (outline.length === partsMax) return undefined;
    const isNumber = isDigit(text.charCodeAt(start));
    outline.push(isNumber);
    start = endOfPart(text, start, isNumber);
  }
  return outline.includes(true) ? outline : undefined;
}

function hasOutline(text: string, outline: Outline): boolean {
  let at = 0;
  for (let index = 0; index < outline.length; index++) {
    const end = endOfPart(text, at, outline[index]!);
    if (end === at) return false;
    at = end;
  }
  return at === text.length;
}

/** The outline of most of `sample`: one that one of three of them has. Undefined where there is none. */
export function outlineOf(sample: readonly string[]): Outline | undefined {
  for (const at of [0, sample.length >> 1, sample.length - 1]) {
    const outline = outlineIn(sample[at]!);
    if (outline === undefined) continue;
    const isRare = (odd: number) => !areFew(odd, sample.length);
    let odd = 0;
    for (let next = 0; next < sample.length && !isRare(odd); next++) {
      if (!hasOutline(sample[next]!, outline)) odd++;
    }
    if (!isRare(odd)) return outline;
  }
  return undefined;
}

/** The numbers and texts of strings, part by part. */
export interface Cut {
  readonly parts: readonly Part[];
  /** A column for each part that is no literal. */
  readonly columns: readonly (Float64Array | string[])[];
  /** The places of strings of another form. Of these there is no text, and in the numbers the one before stands again. */
  readonly odd: readonly number[];
}

/** What is known of a part on the way through a column. */
interface Found {
  readonly isNumber: boolean;
  /** Digits that a number has at least, where that is given. */
  readonly width: number;
  /** Where it begins in the string that is looked at; where it ends the next one does. */
  start: number;
  value: number;
  readonly numbers: Float64Array;
  least: number;
  mostPadded: number;
  /** The text of the first string; and the texts of all, as soon as one is another. */
  literal: string | undefined;
  texts: string[] | undefined;
}

/** Cuts `values`, most of which have this outline. Undefined where too many are of another form. */
export function cut(outline: Outline, values: readonly string[]): Cut | undefined {
  const first = cutWith(outline, [], values);
  if (first === undefined) return undefined;
  const { found } = first;
  if (!found.some(isMixed)) return cutOf(first);
  // Where some have zeros before them and others have fewer digits, either these or those are of another form.
  const rest =
    cutWith(
      outline,
      found.map((part) => (isMixed(part) ? part.mostPadded : 0)),
      values,
    ) ??
    cutWith(
      outline,
      found.map((part) => (isMixed(part) ? part.least : 0)),
      values,
    );
  return rest && cutOf(rest);
}

function foundOf(isNumber: boolean, width: number, count: number): Found {
  return {
    ...{ isNumber, width, start: 0, value: 0 },
    numbers: new Float64Array(isNumber ? count : 0),
    ...{ least: digitsMax, mostPadded: 0, literal: undefined, texts: undefined },
  };
}

function isMixed({ least, mostPadded }: Found): boolean {
  return mostPadded > least;
}

/** Cuts `values`, where numbers have so many digits, or more without zeros before them; any, where that is 0. */
function cutWith(outline: Outline, widths: readonly number[], values: readonly string[]) {
  const found = outline.map((isNumber, index) =>
    foundOf(isNumber, widths[index] ?? 0, values.length),
  );
  const odd: number[] = [];
  for (let at = 0; at < values.length; at++) {
    const text = values[at]!;
    if (match(found, text)) take(found, text, at, at - odd.length);
    else {
      odd.push(at);
      if (!areFew(odd.length, values.length)) return undefined;
      if (at > 0) for (const { numbers } of found) numbers[at] = numbers[at - 1]!;
    }
  }
  fillBefore(found, odd);
  return { found, odd };
}

/** Finds the parts of a string. False where it is of another form. */
function match(found: readonly Found[], text: string): boolean {
  let at = 0;
  for (let index = 0; index < found.length; index++) {
    const part = found[index]!;
    part.start = at;
    const end = endOfPart(text, at, part.isNumber);
    if (end === at) return false;
    if (part.isNumber) {
      const length = end - at;
      if (length !== part.width && part.width > 0) {
        if (length < part.width || text.charCodeAt(at) === zero) return false;
      }
      part.value = parseDecimal(text, at, end);
    }
    at = end;
  }
  return at === text.length;
}

/** Takes over what `match` found in the string at `at`, before which so many others were taken. */
function take(found: readonly Found[], text: string, at: number, taken: number): void {
  for (let index = 0; index < found.length; index++) {
    const part = found[index]!;
    const { start } = part;
    const end = index + 1 < found.length ? found[index + 1]!.start : text.length;
    if (part.isNumber) {
      part.numbers[at] = part.value;
      const length = end - start;
      if (length < part.least) part.least = length;
      if (length > part.mostPadded && length > 1 && text.charCodeAt(start) === zero) {
        part.mostPadded = length;
      }
    } else takeText(part, text, start, end, taken);
  }
}

function takeText(part: Found, text: string, start: number, end: number, taken: number): void {
  if (part.literal === undefined) part.literal = text.slice(start, end);
  else if (part.texts !== undefined) part.texts.push(text.slice(start, end));
  else if (!isAt(text, start, end, part.literal)) {
    part.texts = new Array<string>(taken).fill(part.literal);
    part.texts.push(text.slice(start, end));
  }
}

function isAt(text: string, start: number, end: number, part: string): boolean {
  if (end - start !== part.length) return false;
  for (let at = 0; at < part.length; at++) {
    if (text.charCodeAt(start + at) !== part.charCodeAt(at)) return false;
  }
  return true;
}

/** Numbers in the place of odd strings at the beginning are those of the first that is not odd. */
function fillBefore(found: readonly Found[], odd: readonly number[]): void {
  let first = 0;
  while (odd[first] === first) first++;
  for (const { numbers } of found) numbers.fill(numbers[first] ?? 0, 0, first);
}

function cutOf({ found, odd }: { readonly found: readonly Found[]; readonly odd: number[] }): Cut {
  const parts = found.map(({ isNumber, least, literal, texts }): Part => {
    if (isNumber) return { kind: 'digits', width: least };
    return texts === undefined ? { kind: 'literal', text: literal ?? '' } : { kind: 'text' };
  });
  const columns = found.flatMap(({ isNumber, numbers, texts }): (Float64Array | string[])[] => {
    if (isNumber) return [numbers];
    return texts === undefined ? [] : [texts];
  });
  return { parts, columns, odd };
}
