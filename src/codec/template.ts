import { digitsMax, isDigit } from './digits.ts';
import { areFew, fewOf } from './odd-places.ts';
import { type CutPart, type CutParts, type Outline, TemplateCutter } from './template-cutter.ts';

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
  const cutter = new TemplateCutter(values);
  const oddMax = fewOf(values.length);
  const first = cutter.cut(outline, new Int32Array(outline.length), oddMax);
  if (first === undefined) return undefined;
  if (!first.parts.some(isMixed)) return cutOf(first);
  // Where some have zeros before them and others have fewer digits, either these or those are of another form.
  const widths = (of: (part: Digits) => number) =>
    Int32Array.from(first.parts, (part) => (isMixed(part) ? of(part) : 0));
  const rest =
    cutter.cut(
      outline,
      widths(({ mostPadded }) => mostPadded),
      oddMax,
    ) ??
    cutter.cut(
      outline,
      widths(({ least }) => least),
      oddMax,
    );
  return rest && cutOf(rest);
}

type Digits = Extract<CutPart, { readonly kind: 'digits' }>;

function isMixed(part: CutPart): part is Digits {
  return part.kind === 'digits' && part.mostPadded > part.least;
}

function cutOf({ parts, odd }: CutParts): Cut {
  return {
    parts: parts.map((part): Part => {
      if (part.kind === 'digits') return { kind: 'digits', width: part.least };
      return part.kind === 'text' ? { kind: 'text' } : part;
    }),
    columns: parts.flatMap((part): (Float64Array | string[])[] => {
      if (part.kind === 'digits') return [part.numbers];
      return part.kind === 'text' ? [part.texts] : [];
    }),
    odd,
  };
}
