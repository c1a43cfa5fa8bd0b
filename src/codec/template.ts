/**
 * What strings look like that a program made: text and digits in turn, such as `INV-2024-00017` or `2024-05-01T08:30:00Z`. A
 * template says which of it is the same in all, and cuts each string into numbers and texts.
 */

/** One part of a template. */
export type Part =
  | { readonly kind: 'literal'; readonly text: string }
  /** A number of so many digits; of any, without zeros before it, where `width` is 0. */
  | { readonly kind: 'digits'; readonly width: number }
  /** Text without digits, at least one character. */
  | { readonly kind: 'text' };

/** More digits are no safe integer. */
export const digitsMax = 15;

/** Strings of more parts are prose. */
export const partsMax = 32;

const zero = 0x30;

function isDigit(unit: number): boolean {
  return unit >= zero && unit <= 0x39;
}

/** The end of the run of digits, or of anything else, that begins at `start`. */
function endOfRun(text: string, start: number): number {
  const digits = isDigit(text.charCodeAt(start));
  let end = start + 1;
  while (end < text.length && isDigit(text.charCodeAt(end)) === digits) end++;
  return end;
}

/** The runs of a string; undefined where it has too many, or too long a number. */
function runsOf(text: string): string[] | undefined {
  const runs: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = endOfRun(text, start);
    const tooLong = isDigit(text.charCodeAt(start)) && end - start > digitsMax;
    if (tooLong || runs.length === partsMax) return undefined;
    runs.push(text.slice(start, end));
    start = end;
  }
  return runs;
}

/** The template of most of `sample`: of those that are made of the same runs as one of them. Undefined where there are no numbers. */
export function templateOf(sample: readonly string[]): readonly Part[] | undefined {
  for (const at of [0, sample.length >> 1, sample.length - 1]) {
    const runs = runsOf(sample[at] ?? '');
    if (runs === undefined || !runs.some((run) => isDigit(run.charCodeAt(0)))) continue;
    const unified = unify(runs, sample);
    if (unified !== undefined) return unified;
  }
  return undefined;
}

/** Of as many strings one may be of another form. */
export const oddEach = 8;

function unify(first: readonly string[], sample: readonly string[]): readonly Part[] | undefined {
  const digits = first.map((run) => isDigit(run.charCodeAt(0)));
  const texts: (string | undefined)[] = first.slice();
  const widths = first.map((run) => run.length);
  const padded = first.map((run) => run.length > 1 && run.charCodeAt(0) === zero);
  let odd = 0;
  for (const value of sample) {
    const runs = runsOf(value);
    const isLike =
      runs?.length === first.length &&
      runs.every((run, index) => isDigit(run.charCodeAt(0)) === digits[index]);
    if (!isLike) {
      if (++odd * oddEach > sample.length) return undefined;
      continue;
    }
    runs.forEach((run, index) => {
      if (texts[index] !== run) texts[index] = undefined;
      if (widths[index] !== run.length) widths[index] = 0;
      if (run.length > 1 && run.charCodeAt(0) === zero) padded[index] = true;
    });
  }
  return first.map((_, index) => {
    const text = texts[index];
    if (!digits[index]) return text === undefined ? { kind: 'text' } : { kind: 'literal', text };
    // The same number everywhere is literal too, but for what may come behind the sample.
    return { kind: 'digits', width: padded[index] || widths[index]! > 0 ? widths[index]! : 0 };
  });
}

/** The numbers and texts of strings, part by part: a column for each part that is no literal. */
export interface Cut {
  readonly columns: readonly (Float64Array | string[])[];
  /** The places of strings of another form. Of these there is no text, and in the numbers the one before stands again. */
  readonly odd: readonly number[];
}

/** Cuts `values`. */
export function cut(parts: readonly Part[], values: readonly string[]): Cut {
  const open = parts.filter(({ kind }) => kind !== 'literal');
  const columns = open.map(({ kind }) =>
    kind === 'digits' ? new Float64Array(values.length) : ([] as string[]),
  );
  const odd: number[] = [];
  const found: (number | string)[] = new Array(open.length).fill(0);
  for (let at = 0; at < values.length; at++) {
    const fits = match(parts, values[at]!, found);
    if (!fits) odd.push(at);
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index]!;
      if (column instanceof Float64Array) {
        column[at] = fits ? (found[index] as number) : (column[at - 1] ?? 0);
      } else if (fits) column.push(found[index] as string);
    }
  }
  fillBefore(columns, odd);
  return { columns, odd };
}

/** Numbers in the place of odd strings at the beginning are those of the first that is not odd. */
function fillBefore(columns: readonly (Float64Array | string[])[], odd: readonly number[]): void {
  let first = 0;
  while (odd[first] === first) first++;
  for (const column of columns) {
    if (column instanceof Float64Array && first < column.length)
      column.fill(column[first]!, 0, first);
  }
}

/** Puts what is open in `text` into `found`. False where the string is of another form. */
function match(parts: readonly Part[], text: string, found: (number | string)[]): boolean {
  let at = 0;
  let open = 0;
  for (const part of parts) {
    if (part.kind === 'literal') {
      if (!text.startsWith(part.text, at)) return false;
      at += part.text.length;
      continue;
    }
    if (at >= text.length) return false;
    const end = endOfRun(text, at);
    if (part.kind === 'text') {
      if (isDigit(text.charCodeAt(at))) return false;
      found[open++] = text.slice(at, end);
    } else {
      if (!isNumber(text, at, end, part.width)) return false;
      found[open++] = numberOf(text, at, end);
    }
    at = end;
  }
  return at === text.length;
}

function isNumber(text: string, start: number, end: number, width: number): boolean {
  if (!isDigit(text.charCodeAt(start)) || end - start > digitsMax) return false;
  if (width > 0) return end - start === width;
  return end - start === 1 || text.charCodeAt(start) !== zero;
}

function numberOf(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + text.charCodeAt(at) - zero;
  return value;
}

/** The digits of a number in a part of this width. */
export function digitsOf(value: number, width: number): string {
  const text = String(value);
  return width > text.length ? text.padStart(width, '0') : text;
}
