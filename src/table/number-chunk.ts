import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import { type Bitmap, isSparse, keepRows } from './bitmap.ts';
import type { ChunkPart } from './chunks.ts';
import { inRange, keepInRange, type NumberRange } from './number-range.ts';

/** What numbers a chunk expects: whole ones, such as decimal fractions, or those of 32-bit floats. */
export type NumberStyle = 'whole' | 'decimal' | 'float';

type NumberArray = Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

const int8 = 0;
const int16 = 1;
const int32 = 2;
const float32 = 3;
const float64 = 4;

/** Decimal fractions have nine digits behind the point at most; with more they would not fit in 32 bits. */
const scaleMax = 1e9;
const scales: readonly number[] = Array.from({ length: 10 }, (_, digits) => 10 ** digits);

/**
 * The numbers of one chunk, each exactly as it was put in; what was never put in is no number of any row. Whole
 * numbers and decimal fractions are integers of one, two or four bytes: number = (integer + base) / scale, where
 * the scale is a power of ten, and of the integers the two least stand for NaN and -0. The first number that cannot
 * be had in this form makes the chunk work out a base, scale and width for all of them anew; when there are none,
 * it falls back to doubles. A chunk begins in the form of the one before it, and becomes narrower only once, when
 * the next one begins.
 *
 * Dividing an integer by a power of ten gives the double nearest to that decimal fraction, which is also what
 * parsing its text gives: so coordinates with six decimals take four bytes and come back bit by bit.
 */
export class NumberChunk implements ChunkPart {
  private form: number;
  private values: NumberArray;
  private readonly style: NumberStyle;
  private base = 0;
  private scale = 1;
  /** True once an integer may stand for -0 or NaN. */
  private odd = false;
  /** Rows behind this one were never set. */
  private end = 0;

  constructor(style: NumberStyle, rows: number, previous?: NumberChunk) {
    this.style = style;
    this.form = style === 'float' ? float32 : int8;
    if (previous !== undefined) {
      this.form = previous.form;
      this.base = previous.base;
      this.scale = previous.scale;
    }
    this.values = newArray(this.form, rows);
  }

  get memoryBytes(): number {
    return this.values.byteLength;
  }

  /** Bytes that one number takes at present. */
  get width(): number {
    return this.values.BYTES_PER_ELEMENT;
  }

  resize(rows: number): void {
    const grown = newArray(this.form, rows);
    grown.set(this.values);
    this.values = grown;
  }

  get(row: number): number {
    // One access for each type of array: an access that meets all five is ten times as slow.
    switch (this.form) {
      case int8:
        return this.numberOf((this.values as Int8Array)[row]!);
      case int16:
        return this.numberOf((this.values as Int16Array)[row]!);
      case int32:
        return this.numberOf((this.values as Int32Array)[row]!);
      case float32:
        return (this.values as Float32Array)[row]!;
      default:
        return (this.values as Float64Array)[row]!;
    }
  }

  set(row: number, value: number): void {
    if (!this.fits(row, value)) {
      this.adapt(value);
      assert(this.fits(row, value), 'a number has been lost');
    }
    if (row >= this.end) this.end = row + 1;
  }

  /** Appends the numbers of some rows as they stand here. */
  save(row: number, count: number, out: ByteWriter): void {
    out.u8(this.form);
    out.u8(Number(this.odd));
    out.double(this.base);
    out.double(this.scale);
    out.bytes(bytesOf(this.values, row, count));
  }

  /** Takes up what `save` wrote: in one piece where the form is the same, and where nothing is here yet. */
  restore(row: number, count: number, reader: ByteReader): void {
    const saved = new NumberChunk(this.style, 0);
    saved.readForm(reader);
    if (this.end === 0) this.takeForm(saved);
    if (this.form === saved.form && this.base === saved.base && this.scale === saved.scale) {
      this.copyFrom(reader, row, count);
      this.odd ||= saved.odd;
      return;
    }
    saved.values = newArray(saved.form, count);
    saved.copyFrom(reader, 0, count);
    for (let at = 0; at < count; at++) this.set(row + at, saved.get(at));
  }

  keep(range: NumberRange, selection: Bitmap): void {
    if (isSparse(selection)) keepRows(selection, (row) => inRange(range, this.get(row)));
    else if (this.form === float64) keepInRange(this.values as Float64Array, range, selection);
    else {
      // Copying to doubles first is so fast that a loop for each type of array would gain nothing.
      const numbers = scratch(this.values.length);
      numbers.set(this.values);
      keepInRange(
        numbers,
        this.form === float32 ? range : this.integerRange(range, numbers),
        selection,
      );
    }
  }

  /**
   * Gives doubles up where less would do: the number that called for them may be gone, or have belonged to the
   * chunk before this one.
   */
  narrow(): void {
    if (this.form !== float64) return;
    let scale = 1;
    for (let row = 0; row < this.end && scale > 0; row++) {
      scale = this.scaleFor(this.get(row), scale);
    }
    if (scale > 0) this.refit(scale, int8);
  }

  private takeForm({ form, base, scale }: NumberChunk): void {
    if (form !== this.form) this.values = newArray(form, this.values.length);
    this.form = form;
    this.base = base;
    this.scale = scale;
  }

  private readForm(reader: ByteReader): void {
    this.form = reader.u8();
    this.odd = reader.u8() === 1;
    this.base = reader.double();
    this.scale = reader.double();
    const isScale = scales.includes(this.scale) && (this.style === 'decimal' || this.scale === 1);
    const isOddWhole = this.odd && this.style === 'whole';
    if (this.form > float64 || !isScale || !Number.isSafeInteger(this.base) || isOddWhole) {
      throw reader.fail('numbers of an unknown form');
    }
  }

  private copyFrom(reader: ByteReader, row: number, count: number): void {
    const raw = bytesOf(this.values, row, count);
    raw.set(reader.bytes(raw.length));
    this.end = Math.max(this.end, row + count);
    // Whoever reads whole numbers makes bigints of them, which must not fail then.
    if (this.style !== 'whole' || this.form < float32) return;
    for (let at = row; at < row + count; at++) {
      if (!Number.isSafeInteger(this.get(at))) throw reader.fail('a number is not whole');
    }
  }

  private numberOf(integer: number): number {
    if (this.odd && integer <= -maxOf(this.form)) {
      return integer === -maxOf(this.form) ? -0 : Number.NaN;
    }
    return (integer + this.base) / this.scale;
  }

  /** Stores the number if the present form can hold it. */
  private fits(row: number, value: number): boolean {
    if (this.form === float64) (this.values as Float64Array)[row] = value;
    else if (this.form === float32) (this.values as Float32Array)[row] = value;
    else {
      const max = maxOf(this.form);
      let integer = Math.round(value * this.scale) - this.base;
      if (isOdd(value)) {
        integer = Number.isNaN(value) ? -max - 1 : -max;
        this.odd = true;
      } else {
        if (!(integer > -max && integer <= max)) return false;
        if ((integer + this.base) / this.scale !== value) return false;
      }
      if (this.form === int8) (this.values as Int8Array)[row] = integer;
      else if (this.form === int16) (this.values as Int16Array)[row] = integer;
      else (this.values as Int32Array)[row] = integer;
    }
    return true;
  }

  /** Works out a form for the numbers that are there and one more. */
  private adapt(value: number): void {
    const scale = this.scaleFor(value, this.scale);
    if (scale > 0) this.refit(scale, this.form, value);
    else this.rewrite(float64, 0, 1);
  }

  /** The least scale from `scale` on at which the number is an integer, or 0. */
  private scaleFor(value: number, scale: number): number {
    if (isOdd(value)) return scale;
    if (!Number.isFinite(value)) return 0;
    const max = this.style === 'decimal' ? scaleMax : 1;
    for (let next = scale; next <= max; next *= 10) {
      if (Math.round(value * next) / next === value) return next;
    }
    return 0;
  }

  private refit(scale: number, formMin: number, value = this.get(0)): void {
    let low = isOdd(value) ? 0 : Math.round(value * scale);
    let high = low;
    for (let row = 0; row < this.end; row++) {
      // NaN is neither below nor above.
      const integer = Math.round(this.get(row) * scale);
      if (integer < low) low = integer;
      if (integer > high) high = integer;
    }
    const form = formFor(low, high, scale, formMin);
    if (form !== float64) {
      // The middle, so that the next numbers may lie on either side.
      this.rewrite(form, low + Math.floor((high - low) / 2), scale);
    } else if (this.form !== float64) this.rewrite(float64, 0, 1);
  }

  private rewrite(form: number, base: number, scale: number): void {
    const numbers = scratch(this.end);
    for (let row = 0; row < this.end; row++) numbers[row] = this.get(row);
    this.form = form;
    this.values = newArray(form, this.values.length);
    this.base = base;
    this.scale = scale;
    this.odd = false;
    for (let row = 0; row < this.end; row++) {
      assert(this.fits(row, numbers[row]!), 'a number has been lost');
    }
  }

  /**
   * The integers, without the base, that stand for the numbers of the range. Where no interval would do, the
   * copy of the integers at hand is changed.
   */
  private integerRange({ low, high, outside }: NumberRange, integers: Float64Array): NumberRange {
    const from = leastFrom(low, this.scale) - this.base;
    const to = -leastFrom(-high, this.scale) - this.base;
    if (!this.odd) return { low: from, high: to, outside };
    const negativeZero = -maxOf(this.form);
    const hasZero = low <= 0 && high >= 0;
    if (low === -Infinity) {
      // The integer for -0 is the least but that for NaN, so an interval that is open below may begin with it.
      if (hasZero) return { low: negativeZero, high: Math.max(to, negativeZero), outside };
      return { low: negativeZero + 1, high: to, outside };
    }
    if (hasZero) this.translateOdd(integers);
    else if (from <= negativeZero) return { low: Infinity, high: -Infinity, outside };
    return { low: from, high: to, outside };
  }

  /** Puts what they stand for in the place of integers that stand for -0 and NaN. */
  private translateOdd(integers: Float64Array): void {
    const negativeZero = -maxOf(this.form);
    for (let row = 0; row < this.end; row++) {
      if (integers[row] === negativeZero) integers[row] = -this.base;
      else if (integers[row] === negativeZero - 1) integers[row] = Number.NaN;
    }
  }
}

function newArray(form: number, rows: number): NumberArray {
  switch (form) {
    case int8:
      return new Int8Array(rows);
    case int16:
      return new Int16Array(rows);
    case int32:
      return new Int32Array(rows);
    case float32:
      return new Float32Array(rows);
    default:
      return new Float64Array(rows);
  }
}

function bytesOf(values: NumberArray, row: number, count: number): Uint8Array {
  const width = values.BYTES_PER_ELEMENT;
  return new Uint8Array(values.buffer, row * width, count * width);
}

/** Not a number, or 0 with a sign: what no integer is. */
function isOdd(value: number): boolean {
  return Number.isNaN(value) || Object.is(value, -0);
}

/** The narrowest form from `formMin` on for integers of [low, high] with the best base. */
function formFor(low: number, high: number, scale: number, formMin: number): number {
  // Beyond 2^50, number times scale is no longer within half a unit of the integer.
  const magnitudeMax = scale === 1 ? Number.MAX_SAFE_INTEGER : 2 ** 50;
  if (low < -magnitudeMax || high > magnitudeMax) return float64;
  // A new base for the same width pays only where it lasts.
  if (high - low <= maxOf(formMin)) return formMin;
  for (let form = formMin + 1; form <= int32; form++) {
    if (high - low < 2 * maxOf(form)) return form;
  }
  return float64;
}

/** The largest integer of a form. Its negative stands for -0, and the one below that for NaN. */
function maxOf(form: number): number {
  return form === int8 ? 0x7f : form === int16 ? 0x7fff : 0x7fffffff;
}

/** The least integer n with n / scale >= bound. */
function leastFrom(bound: number, scale: number): number {
  if (!Number.isFinite(bound)) return bound;
  const guess = Math.ceil(bound * scale);
  if ((guess - 1) / scale >= bound) return guess - 1;
  return guess / scale < bound ? guess + 1 : guess;
}

let shared = new Float64Array(0);

/** Room for the numbers of one chunk, shared by all: valid until the next use. */
function scratch(length: number): Float64Array {
  if (shared.length < length) shared = new Float64Array(length);
  return shared;
}
