import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { judged, ranked, readWithNamed, writeWithBest } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import { joinMoment, type MomentPlace, momentIn, momentSizes, splitMoment } from './moment.ts';
import type { Plan } from './plan.ts';
import { cut, digitsMax, digitsOf, oddEach, type Part, partsMax, templateOf } from './template.ts';
import { characterBits, type TextCodec, textsOf } from './text-codec.ts';
import { textCodes } from './text-codes.ts';
import { textFront } from './text-front.ts';
import { textPlain } from './text-plain.ts';

/** How the texts of a template are written. */
const partCodecs: readonly TextCodec[] = [textPlain, textCodes, textFront];

/** How the parts are told from each other in a block; a number has `digitsKind` and its width. */
const literalKind = 0;
const textKind = 1;
const digitsKind = 2;

/** Of a string that is of another form: its place. */
const placeBits = 16;

/**
 * Strings that are text and digits in turn (`template.ts`): the number of parts, then of each its kind as a byte (0 a literal, 1
 * text, 2 and up a number of two digits less) and a literal's text; the index of a moment's year among the open parts, and one less
 * than how many numbers it has, or 0 where there is none (`moment.ts`); the odd strings that are of another form (their number, and
 * how many places each is behind the one before), and these as `plain`. Then a column for each open part, of integers or texts,
 * and one for all the numbers of a moment.
 */
export const textTemplate: TextCodec = {
  id: 3,
  name: 'template',

  judge({ values, sample }, level) {
    const parts = templateOf(sample);
    if (parts === undefined) return undefined;
    const { columns, odd } = laneColumns(parts, sample);
    const scale = values.length / sample.length;
    let bits = 0;
    for (const column of columns) {
      if (column instanceof Float64Array) bits += integersBits(column, values.length);
      else if (column.length > 0) {
        bits += ranked(partCodecs, textsOf(column), level)[0]!.bits * scale;
      }
    }
    for (const at of odd) bits += (placeBits + sample[at]!.length * characterBits) * scale;
    return judged(bits);
  },

  write(out, { values, sample }, plan) {
    const parts = templateOf(sample);
    if (parts === undefined) return false;
    const { columns, odd, moment } = laneColumns(parts, values);
    if (odd.length * oddEach > values.length) return false;
    writeParts(out, parts, moment);
    writeOdd(out, odd, values, plan.part(0));
    columns.forEach((column, index) => {
      if (column instanceof Float64Array) {
        writeIntegers(out, column, column.length, plan.part(index + 1));
      } else writeWithBest(partCodecs, out, textsOf(column), plan.part(index + 1));
    });
    return true;
  },

  read(reader, count) {
    const { parts, moment } = readParts(reader);
    const odd = readOdd(reader, count);
    const values: string[] = new Array(count).fill('');
    for (const [at, text] of odd) values[at] = text;
    let open = 0;
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index]!;
      if (part.kind === 'literal') appendText(values, odd, () => part.text);
      else if (open++ === moment?.first) {
        appendMoments(reader, values, odd, parts.slice(index, index + 2 * moment.size - 1));
        index += 2 * moment.size - 2;
        open += moment.size - 1;
      } else if (part.kind === 'digits') {
        const numbers = readIntegers(reader, count);
        checkDigits(reader, numbers, part.width);
        appendText(values, odd, (at) => digitsOf(numbers[at]!, part.width));
      } else {
        const texts = readWithNamed(partCodecs, reader, count - odd.size);
        let next = 0;
        appendText(values, odd, () => texts[next++]!);
      }
    }
    return values;
  },
};

/** The columns of the open parts, with the numbers of a moment as one. */
function laneColumns(parts: readonly Part[], values: readonly string[]) {
  const { columns, odd } = cut(parts, values);
  const place = momentIn(parts);
  if (place === undefined) return { columns, odd, moment: undefined };
  const { first, size } = place;
  const moments = joinMoment(columns.slice(first, first + size) as Float64Array[]);
  if (moments === undefined) return { columns, odd, moment: undefined };
  return {
    columns: [...columns.slice(0, first), moments, ...columns.slice(first + size)],
    odd,
    moment: place,
  };
}

function writeParts(
  out: BlockWriter,
  parts: readonly Part[],
  moment: MomentPlace | undefined,
): void {
  out.head.varint(parts.length);
  for (const part of parts) {
    if (part.kind === 'digits') out.head.u8(digitsKind + part.width);
    else if (part.kind === 'text') out.head.u8(textKind);
    else {
      out.head.u8(literalKind);
      out.head.lengthText(part.text);
    }
  }
  out.head.varint(moment?.first ?? 0);
  out.head.varint(moment === undefined ? 0 : moment.size - 1);
}

function readParts(reader: BlockReader) {
  const size = reader.head.varint();
  if (size > partsMax) throw reader.fail('a template has too many parts');
  const parts = Array.from({ length: size }, () => readPart(reader));
  const first = reader.head.varint();
  const numbers = reader.head.varint();
  if (numbers === 0) return { parts, moment: undefined };
  const found = momentIn(parts);
  const isSound = momentSizes.some((each) => each === numbers + 1) && found?.first === first;
  if (!isSound || found.size !== numbers + 1) throw reader.fail('a template has no such moment');
  return { parts, moment: found };
}

function readPart(reader: BlockReader): Part {
  const kind = reader.head.u8();
  if (kind === literalKind) return { kind: 'literal', text: reader.head.lengthText() };
  if (kind === textKind) return { kind: 'text' };
  if (kind - digitsKind > digitsMax) throw reader.fail('a number has too many digits');
  return { kind: 'digits', width: kind - digitsKind };
}

function writeOdd(
  out: BlockWriter,
  odd: readonly number[],
  values: readonly string[],
  plan: Plan,
): void {
  out.head.varint(odd.length);
  let last = 0;
  for (const at of odd) {
    out.head.varint(at - last);
    last = at;
  }
  if (odd.length === 0) return;
  textPlain.write(out, textsOf(odd.map((at) => values[at]!)), plan);
}

function readOdd(reader: BlockReader, count: number): ReadonlyMap<number, string> {
  const places: number[] = [];
  let at = 0;
  for (let left = reader.head.count(); left > 0; left--) {
    at += reader.head.varint();
    if (at >= count || at === places.at(-1)) throw reader.fail('an odd string has no place');
    places.push(at);
  }
  if (places.length === 0) return noOdd;
  const texts = textPlain.read(reader, places.length);
  return new Map(places.map((place, index) => [place, texts[index]!]));
}

const noOdd: ReadonlyMap<number, string> = new Map();

/** Puts text behind every string but the odd ones. */
function appendText(
  values: string[],
  odd: ReadonlyMap<number, string>,
  textAt: (at: number) => string,
): void {
  for (let at = 0; at < values.length; at++) {
    if (odd.size > 0 && odd.has(at)) continue;
    values[at] += textAt(at);
  }
}

function appendMoments(
  reader: BlockReader,
  values: string[],
  odd: ReadonlyMap<number, string>,
  parts: readonly Part[],
): void {
  const moments = readIntegers(reader, values.length);
  const size = (parts.length + 1) / 2;
  const literals = parts.flatMap((part) => (part.kind === 'literal' ? [part.text] : []));
  appendText(values, odd, (at) => {
    const digits = splitMoment(moments[at]!, size);
    if (digits === undefined) throw reader.fail('a moment has no year');
    let text = digits[0]!;
    for (let index = 1; index < size; index++) text += literals[index - 1]! + digits[index]!;
    return text;
  });
}

function checkDigits(reader: BlockReader, numbers: Float64Array, width: number): void {
  const limit = 10 ** (width === 0 ? digitsMax : width);
  for (let at = 0; at < numbers.length; at++) {
    const value = numbers[at]!;
    if (value < 0 || value >= limit) throw reader.fail('a number has too many digits');
  }
}
