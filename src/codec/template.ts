import { digitsMax, isDigit } from './digits.ts';
import { areFew } from './odd-places.ts';
import { type Outline, TemplateCutter } from './template-cutter.ts';

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

/** Strings by which an outline is tried. */
const tried = 64;

/** The outline of most of `sample`: one that one of three of them has. Undefined where there is none. */
export function outlineOf(sample: readonly string[]): Outline | undefined {
  const apart = Math.max(1, Math.floor(sample.length / tried));
  for (const at of [0, sample.length >> 1, sample.length - 1]) {
    const outline = outlineIn(sample[at]!);
    if (outline === undefined) continue;
    let odd = 0;
    let all = 0;
    for (let next = 0; next < sample.length; next += apart) {
      all++;
      if (!hasOutline(sample[next]!, outline)) odd++;
    }
    if (areFew(odd, all)) return outline;
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

/** Cuts `values`, most of which have this outline. Undefined where too many are of another form. */
export function cut(outline: Outline, values: readonly string[]): Cut | undefined {
  const anyWidths = new Int32Array(outline.length);
  const first = cutWith(outline, anyWidths, values);
  if (first?.cutter.isMixed() !== true) return first && cutOf(first);
  // Where some have zeros before them and others have fewer digits, either these or those are of another form.
  const { cutter } = first;
  const rest =
    cutWith(outline, cutter.mixedWidths(cutter.mostPadded), values) ??
    cutWith(outline, cutter.mixedWidths(cutter.least), values);
  return rest && cutOf(rest);
}

interface CutColumn {
  readonly cutter: TemplateCutter;
  readonly odd: number[];
}

function cutWith(
  outline: Outline,
  widths: Int32Array,
  values: readonly string[],
): CutColumn | undefined {
  const cutter = new TemplateCutter(outline, widths, values.length);
  const odd: number[] = [];
  for (let at = 0; at < values.length; at++) {
    if (cutter.take(values[at]!, at)) continue;
    odd.push(at);
    if (!areFew(odd.length, values.length)) return undefined;
  }
  cutter.fillBefore(odd);
  return { cutter, odd };
}

function cutOf({ cutter, odd }: CutColumn): Cut {
  const { isNumber, least, numbers, literals, texts } = cutter;
  const parts: Part[] = [];
  const columns: (Float64Array | string[])[] = [];
  for (let index = 0; index < isNumber.length; index++) {
    const column = texts[index];
    if (isNumber[index]) {
      parts.push({ kind: 'digits', width: least[index]! });
      columns.push(numbers[index]!);
    } else if (column !== undefined) {
      parts.push({ kind: 'text' });
      columns.push(column);
    } else parts.push({ kind: 'literal', text: literals[index]! });
  }
  return { parts, columns, odd };
}
