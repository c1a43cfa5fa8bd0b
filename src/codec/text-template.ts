import { assert } from '../base/errors.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { ranked, readWithNamed, writeWithBest } from './codec.ts';
import { digitsMax, putDecimal } from './digits.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import {
  checkMoment,
  fractionWidthOf,
  isMonthly,
  joinMoments,
  type MomentPlace,
  momentsIn,
  splitMoments,
} from './moment.ts';
import { areFew } from './odd-places.ts';
import { type OddTexts, oddTextBits, readOddTexts, writeOddTexts } from './odd-texts.ts';
import { type Cut, cut, outlineOf, type Part, partsMax } from './template.ts';
import { TextBuilder } from './text-builder.ts';
import { type TextCodec, Texts } from './text-codec.ts';
import { textCodes } from './text-codes.ts';
import { textFront } from './text-front.ts';
import { textPlain } from './text-plain.ts';

/** How the texts of a template are written. */
const partCodecs: readonly TextCodec[] = [textPlain, textCodes, textFront];

/** How the parts are told from each other in a block; a number has `digitsKind` and its width. */
const literalKind = 0;
const textKind = 1;
const digitsKind = 1;

/**
 * Strings that are text and digits in turn (`template.ts`).
 *
 * The number of parts as a varint, at most 32; for each a byte with its kind: 0 a literal, 1 text, 2 to 16 a number of one less
 * digits, or of more without zeros before them. A literal's text follows (a varint of its bytes and UTF-8).
 *
 * Then, as varints, how many numbers are a moment: 0, 3, 5, 6 or 7; and if there are any, the index of its first one among the parts that
 * are no literals, and the order of its date: 0 year, month, day; 1 day, month, year; 2 month, day, year. Behind the date come hour and
 * minute, second, and a fraction of a second, which has at most 6 digits.
 *
 * Then the odd strings, which are of another form (`odd-texts.ts`). Then for each part that is no literal, in order: a number as
 * a column of integers, below 10^15; a text with one of the codecs plain, codes and front, whose id stands before it. A
 * moment is one column of integers in the place of its first number: days from 1970-01-01 in the proleptic Gregorian calendar (years from 0
 * to 9999), or these times 24 * 60 and so on, with hour, minute, second and fraction.
 *
 * The strings are the parts one behind the other. Columns of numbers have a value for each string, also for an odd one, where it means nothing; columns
 * of texts have none there.
 *
 * The plan's parameters are the moment: its first number, how many it has, its order.
 */
export const textTemplate: TextCodec = {
  id: 3,
  name: 'template',

  judge({ values, sample, scale }, level) {
    const outline = outlineOf(sample);
    const made = outline && cut(outline, sample);
    if (made === undefined) return undefined;
    const { place, lanes } = withBestMoment(made);
    let bits = oddTextBits(lanes.odd, sample) * scale;
    for (const column of lanes.columns) {
      bits +=
        column instanceof Float64Array
          ? integersBits(column, values.length)
          : ranked(partCodecs, new Texts(column), level)[0]!.bits * scale;
    }
    const parameters = place === undefined ? [] : [place.first, place.size, place.order];
    return { bits, parameters };
  },

  write(out, { values, sample }, plan) {
    const outline = outlineOf(sample);
    const whole = outline && cut(outline, values);
    if (whole === undefined) return false;
    const place = placeIn(whole, plan.parameters);
    const made = (place && withMoment(whole, place)) ?? whole;
    writeParts(out, whole.parts, made === whole ? undefined : place);
    writeOddTexts(out, made.odd, values, plan.part(0));
    made.columns.forEach((column, index) => {
      // A part that becomes text must not find what was planned for numbers.
      if (column instanceof Float64Array) {
        writeIntegers(out, column, column.length, plan.part(2 * index + 1));
      } else writeWithBest(partCodecs, out, new Texts(column), plan.part(2 * index + 2));
    });
    return true;
  },

  read(reader, count) {
    const { parts, place } = readParts(reader);
    const odd = readOddTexts(reader, count);
    const open = parts.filter(({ kind }) => kind !== 'literal');
    const columns: (Float64Array | string[])[] = [];
    while (columns.length < open.length) {
      const part = open[columns.length]!;
      if (columns.length === place?.first) {
        const moments = readIntegers(reader, count);
        columns.push(...splitMoments(reader, moments, place, fractionWidthOf(place, open)));
      } else if (part.kind === 'digits') columns.push(readNumbers(reader, count));
      else columns.push(readWithNamed(partCodecs, reader, count - odd.size));
    }
    return join(reader, parts, columns, odd, count);
  },
};

/** The moment that the most strings have, if there is one worth while. */
function withBestMoment(made: Cut): { readonly place?: MomentPlace; readonly lanes: Cut } {
  let best: { readonly place?: MomentPlace; readonly lanes: Cut } = { lanes: made };
  for (const place of momentsIn(made.parts)) {
    const numbers = made.columns.slice(place.first, place.first + place.size) as Float64Array[];
    const lanes = isMonthly(numbers, place) ? undefined : withMoment(made, place);
    const isBetter = best.place === undefined || (lanes?.odd.length ?? 0) < best.lanes.odd.length;
    if (lanes !== undefined && isBetter) best = { place, lanes };
  }
  return best;
}

/** The place that was planned, if there is one like it. */
function placeIn({ parts }: Cut, parameters: readonly number[]): MomentPlace | undefined {
  const [first, size, order] = parameters;
  return momentsIn(parts).find(
    (place) => place.first === first && place.size === size && place.order === order,
  );
}

/** The same with the numbers of a moment as one column, and odd where there is none; undefined where that is too often. */
function withMoment(made: Cut, place: MomentPlace): Cut | undefined {
  const { first, size } = place;
  const open = made.parts.filter(({ kind }) => kind !== 'literal');
  const numbers = made.columns.slice(first, first + size) as Float64Array[];
  const moments = joinMoments(numbers, place, fractionWidthOf(place, open), made.odd);
  if (!areFew(moments.odd.length, moments.values.length)) return undefined;
  const others = made.columns.map((column) =>
    column instanceof Float64Array ? column : without(column, made.odd, moments.odd),
  );
  const columns = [...others.slice(0, first), moments.values, ...others.slice(first + size)];
  return { parts: made.parts, columns, odd: moments.odd };
}

/** The texts of all but the `odd` strings, of those of all but the ones that `wereOdd` before. */
function without(texts: string[], wereOdd: readonly number[], odd: readonly number[]): string[] {
  if (odd.length === wereOdd.length) return texts;
  const before = new Set(wereOdd);
  const gone = new Set(odd);
  const kept: string[] = [];
  for (let at = 0, next = 0; next < texts.length; at++) {
    if (before.has(at)) continue;
    if (!gone.has(at)) kept.push(texts[next]!);
    next++;
  }
  return kept;
}

function writeParts(out: BlockWriter, parts: readonly Part[], place?: MomentPlace): void {
  out.head.varint(parts.length);
  for (const part of parts) {
    if (part.kind === 'digits') out.head.u8(digitsKind + part.width);
    else if (part.kind === 'text') out.head.u8(textKind);
    else {
      assert(part.text.isWellFormed(), 'a string has a lone surrogate');
      out.head.u8(literalKind);
      out.head.lengthText(part.text);
    }
  }
  out.head.varint(place?.size ?? 0);
  if (place === undefined) return;
  out.head.varint(place.first);
  out.head.varint(place.order);
}

function readParts(reader: BlockReader) {
  const count = reader.head.varint();
  if (count > partsMax) throw reader.fail('a template has too many parts');
  const parts = Array.from({ length: count }, () => readPart(reader));
  const size = reader.head.varint();
  if (size === 0) return { parts, place: undefined };
  const open = parts.filter(({ kind }) => kind !== 'literal');
  const place = { first: reader.head.varint(), size, order: reader.head.varint() };
  return { parts, place: checkMoment(reader, place, open) };
}

function readPart(reader: BlockReader): Part {
  const kind = reader.head.u8();
  if (kind === literalKind) return { kind: 'literal', text: reader.head.lengthText() };
  if (kind === textKind) return { kind: 'text' };
  if (kind - digitsKind > digitsMax) throw reader.fail('a number has too many digits');
  return { kind: 'digits', width: kind - digitsKind };
}

const limit = 10 ** digitsMax;

function readNumbers(reader: BlockReader, count: number): Float64Array {
  const numbers = readIntegers(reader, count);
  for (let at = 0; at < count; at++) {
    if (!(numbers[at]! >= 0 && numbers[at]! < limit)) {
      throw reader.fail('a number has too many digits');
    }
  }
  return numbers;
}

/** Puts the strings together, row by row. */
function join(
  reader: BlockReader,
  parts: readonly Part[],
  columns: readonly (Float64Array | string[])[],
  odd: OddTexts,
  count: number,
): string[] {
  const filled = fill(parts, columns);
  const values = joinFixed(reader, filled, count) ?? joinEach(reader, filled, odd, count);
  for (const [at, text] of odd) values[at] = text;
  return values;
}

/** Strings that are all of one length and have no texts, part by part, which is much faster. Undefined for others. */
function joinFixed(
  reader: BlockReader,
  filled: readonly Filled[],
  count: number,
): string[] | undefined {
  if (!filled.every(isFixed)) return undefined;
  const length = filled.reduce((sum, { width }) => sum + width, 0);
  reader.allowText(length * count);
  const bytes = new Uint8Array(length * count);
  let offset = 0;
  for (const { numbers, literal, width } of filled) {
    if (numbers === undefined) putLiteral(bytes, offset, length, literal);
    else putNumbers(bytes, offset, length, numbers, width);
    offset += width;
  }
  const text = decodeUtf8(bytes);
  const values: string[] = new Array(count);
  for (let at = 0; at < count; at++) values[at] = text.slice(at * length, (at + 1) * length);
  return values;
}

/** True of ASCII, and of numbers that have no more digits than they must have. */
function isFixed({ numbers, texts, literal, width }: Filled): boolean {
  if (texts !== undefined) return false;
  if (numbers === undefined) return literal.every((byte) => byte < 0x80);
  const end = 10 ** width;
  for (let at = 0; at < numbers.length; at++) if (numbers[at]! >= end) return false;
  return true;
}

function putLiteral(bytes: Uint8Array, start: number, apart: number, literal: Uint8Array): void {
  for (let place = start; place < bytes.length; place += apart) {
    for (let at = 0; at < literal.length; at++) bytes[place + at] = literal[at]!;
  }
}

function putNumbers(
  bytes: Uint8Array,
  start: number,
  apart: number,
  numbers: Float64Array,
  width: number,
): void {
  for (let at = 0, place = start; at < numbers.length; at++, place += apart) {
    putDecimal(bytes, place, numbers[at]!, width);
  }
}

/** Puts the strings together one by one; those that are odd are empty. */
function joinEach(
  reader: BlockReader,
  filled: readonly Filled[],
  odd: OddTexts,
  count: number,
): string[] {
  const least = filled.reduce((sum, { width }) => sum + width, 0);
  const most = filled.reduce((sum, { width, numbers }) => sum + (numbers ? digitsMax : width), 0);
  const builder = new TextBuilder(reader, count, least * count + most);
  let next = 0;
  for (let at = 0; at < count; at++) {
    if (odd.size === 0 || !odd.has(at)) {
      builder.reserve(most);
      for (let index = 0; index < filled.length; index++) {
        const { numbers, texts, literal, width } = filled[index]!;
        if (numbers !== undefined) builder.decimal(numbers[at]!, width);
        else if (texts === undefined) builder.utf8(literal);
        else {
          builder.text(texts[next]!);
          builder.reserve(most);
        }
      }
      next++;
    }
    builder.end();
  }
  return builder.texts();
}

/** A part with what is behind it: numbers, or texts, or else a literal. */
interface Filled {
  readonly numbers: Float64Array | undefined;
  readonly texts: string[] | undefined;
  readonly literal: Uint8Array;
  /** Digits that a number has at least, or bytes of a literal. */
  readonly width: number;
}

function fill(parts: readonly Part[], columns: readonly (Float64Array | string[])[]): Filled[] {
  let next = 0;
  return parts.map((part): Filled => {
    if (part.kind === 'literal') {
      const literal = encodeUtf8(part.text);
      return { numbers: undefined, texts: undefined, literal, width: literal.length };
    }
    const column = columns[next++]!;
    return column instanceof Float64Array
      ? {
          numbers: column,
          texts: undefined,
          literal: noBytes,
          width: part.kind === 'digits' ? part.width : 0,
        }
      : { numbers: undefined, texts: column, literal: noBytes, width: 0 };
  });
}

const noBytes = new Uint8Array(0);
