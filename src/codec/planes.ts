import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { bytesFor, planesBits, symbolsBits } from './entropy.ts';
import { sampleNumbers } from './sample.ts';

/**
 * Whole numbers from 0 up to 2^53 - 1, which is what the codecs leave of their columns, as streams of bytes. A byte says how:
 *
 * | shape | streams |
 * |---|---|
 * | 0 | none: all are 0 |
 * | 1 to 7 | so many planes, each with a byte of every value: the lowest bytes first |
 * | 9, 10, 12 | one, with 1, 2 or 4 bits a value: the first value in the lowest bits of the first byte |
 */

/** Added to the bits of a value in the shapes that have several values in a byte. */
const packedShape = 8;

/** The values that may share a byte. */
const packedMost = 15;

/** What the lower four planes hold is below this. */
const twoTo32 = 0x1_0000_0000;

export interface Shape {
  readonly shape: number;
  /** Bits that the streams would take. */
  readonly bits: number;
}

/** The best shape for `count` values up to `most`, of which these are the sample; what takes `bitsMax` need not be counted to the end. */
export function bestShape(
  sample: Float64Array,
  most: number,
  count: number,
  bitsMax?: number,
): Shape {
  if (most === 0) return { shape: 0, bits: 0 };
  const width = bytesFor(most);
  const plain = { shape: width, bits: planesBits(sample, width, count, bitsMax) };
  if (most > packedMost) return plain;
  const valueBits = most > 3 ? 4 : most > 1 ? 2 : 1;
  const bytes = packBits(sample, sample.length, valueBits);
  const bits = symbolsBits(bytes, Math.ceil((count * valueBits) / 8));
  return bits < plain.bits ? { shape: packedShape + valueBits, bits } : plain;
}

/** Writes the first `count` of `values`, none above `most`. They are not kept. */
export function writePlanes(
  out: BlockWriter,
  values: Float64Array,
  count: number,
  most: number,
): void {
  // Wide values have but one shape.
  const { shape } =
    most > packedMost
      ? { shape: bytesFor(most) }
      : bestShape(sampleNumbers(values, count), most, count);
  out.head.u8(shape);
  if (shape > packedShape) out.numeric(packBits(values, count, shape - packedShape));
  else for (const plane of splitPlanes(values, count, shape)) out.numeric(plane);
}

function packBits(values: Float64Array, count: number, valueBits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((count * valueBits) / 8));
  for (let at = 0; at < count; at++) {
    const bit = at * valueBits;
    bytes[bit >>> 3]! |= values[at]! << (bit & 7);
  }
  return bytes;
}

/** Most columns have one to three planes, which one pass makes. */
function splitPlanes(values: Float64Array, count: number, planes: number): Uint8Array[] {
  const split = Array.from({ length: planes }, () => new Uint8Array(count));
  const [first, second, third] = split;
  if (planes === 1) for (let at = 0; at < count; at++) first![at] = values[at]!;
  else if (planes === 2) {
    for (let at = 0; at < count; at++) {
      const value = values[at]! >>> 0;
      first![at] = value;
      second![at] = value >>> 8;
    }
  } else {
    for (let at = 0; at < count && third !== undefined; at++) {
      const value = values[at]! >>> 0;
      first![at] = value;
      second![at] = value >>> 8;
      third[at] = value >>> 16;
    }
    for (let plane = 3; plane < planes; plane++) splitPlane(values, split[plane]!, plane);
  }
  return split;
}

function splitPlane(values: Float64Array, bytes: Uint8Array, plane: number): void {
  // A shift takes its number modulo 2^32.
  const scale = plane < 4 ? 1 : 1 / twoTo32;
  const shift = 8 * (plane % 4);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (values[at]! * scale) >>> shift;
}

/**
 * Reads `count` values into an array of their own: whole numbers from 0 up to 2^53 - 1, or DATA_LOSS. Before them it has room for
 * `before` others.
 */
export function readPlanes(reader: BlockReader, count: number, before = 0): Planes {
  const all = reader.values(before + count);
  const values = before === 0 ? all : all.subarray(before);
  const shape = reader.head.u8();
  if (shape <= 7) {
    joinPlanes(reader, values, shape);
    return { values: all, most: shape === 7 ? Number.MAX_SAFE_INTEGER : 256 ** shape - 1 };
  }
  const valueBits = shape - packedShape;
  unpackBits(reader, values, valueBits);
  return { values: all, most: 2 ** valueBits - 1 };
}

export interface Planes {
  readonly values: Float64Array;
  /** None is above this, and few need be near to it. */
  readonly most: number;
}

function unpackBits(reader: BlockReader, values: Float64Array, valueBits: number): void {
  if (valueBits !== 1 && valueBits !== 2 && valueBits !== 4) {
    throw reader.fail('there is no such shape of planes');
  }
  const bytes = reader.numeric(Math.ceil((values.length * valueBits) / 8));
  const mask = (1 << valueBits) - 1;
  for (let at = 0; at < values.length; at++) {
    const bit = at * valueBits;
    values[at] = (bytes[bit >>> 3]! >>> (bit & 7)) & mask;
  }
}

function joinPlanes(reader: BlockReader, values: Float64Array, planes: number): void {
  if (planes === 0) return;
  const count = values.length;
  const first = reader.numeric(count);
  const second = planes > 1 ? reader.numeric(count) : noBytes;
  const third = planes > 2 ? reader.numeric(count) : noBytes;
  if (planes === 1) for (let at = 0; at < count; at++) values[at] = first[at]!;
  else if (planes === 2) {
    for (let at = 0; at < count; at++) values[at] = first[at]! | (second[at]! << 8);
  } else {
    for (let at = 0; at < count; at++) {
      values[at] = first[at]! | (second[at]! << 8) | (third[at]! << 16);
    }
  }
  for (let plane = 3; plane < planes; plane++) joinPlane(reader, values, plane);
}

const noBytes = new Uint8Array(0);

/** The highest bits of a byte in the seventh plane, which no safe integer has. */
const unsafeBits = 0xe0;

function joinPlane(reader: BlockReader, values: Float64Array, plane: number): void {
  const bytes = reader.numeric(values.length);
  const scale = 256 ** plane;
  let all = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    all |= byte;
    values[at]! += byte * scale;
  }
  if (plane === 6 && (all & unsafeBits) !== 0) throw reader.fail('a number is out of range');
}
