import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { bytesFor, planesBits, symbolsBits } from './entropy.ts';
import { sampleNumbers } from './sample.ts';

/**
 * Whole numbers from 0 up to 2^53, which is what the codecs leave of their columns, as streams of bytes. A byte says how:
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

export interface Shape {
  readonly shape: number;
  /** Bits that the streams would take. */
  readonly bits: number;
}

/** The best shape for `count` values up to `most`, of which these are the sample. */
export function bestShape(sample: Float64Array, most: number, count: number): Shape {
  if (most === 0) return { shape: 0, bits: 0 };
  const width = bytesFor(most);
  let best = { shape: width, bits: planesBits(sample, width, count) };
  if (most > packedMost) return best;
  for (const valueBits of [1, 2, 4]) {
    if (most >>> valueBits > 0) continue;
    const bits = packedBits(sample, valueBits, count);
    if (bits < best.bits) best = { shape: packedShape + valueBits, bits };
  }
  return best;
}

function packedBits(sample: Float64Array, valueBits: number, count: number): number {
  const bytes = packBits(sample, sample.length, valueBits);
  return symbolsBits(bytes, Math.ceil((count * valueBits) / 8));
}

/** Writes the first `count` of `values`, none above `most`. */
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
  else for (let plane = 0; plane < shape; plane++) out.numeric(planeOf(values, count, plane));
}

function packBits(values: Float64Array, count: number, valueBits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((count * valueBits) / 8));
  for (let at = 0; at < count; at++) {
    const bit = at * valueBits;
    bytes[bit >>> 3]! |= values[at]! << (bit & 7);
  }
  return bytes;
}

function planeOf(values: Float64Array, count: number, plane: number): Uint8Array {
  const bytes = new Uint8Array(count);
  if (plane < 4) {
    // A shift takes its number modulo 2^32.
    const shift = 8 * plane;
    for (let at = 0; at < count; at++) bytes[at] = values[at]! >>> shift;
    return bytes;
  }
  const scale = 256 ** plane;
  for (let at = 0; at < count; at++) bytes[at] = values[at]! / scale;
  return bytes;
}

/** Reads `count` values, none above 2^56 - 1: whoever asks holds them against its own range. */
export function readPlanes(reader: BlockReader, count: number): Float64Array {
  const values = reader.values(count);
  const shape = reader.head.u8();
  if (shape <= 7) joinPlanes(reader, values, shape);
  else unpackBits(reader, values, shape - packedShape);
  return values;
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
  let scale = 1;
  for (let plane = 0; plane < planes; plane++) {
    const bytes = reader.numeric(values.length);
    for (let at = 0; at < bytes.length; at++) values[at]! += bytes[at]! * scale;
    scale *= 256;
  }
}
