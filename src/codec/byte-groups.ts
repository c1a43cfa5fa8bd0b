import type { BlockReader } from './block-reader.ts';
import { type BlockWriter, streamBytesMin } from './block-writer.ts';
import type { Judgement } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import type { Plan } from './plan.ts';

/** Byte strings of one width, one after the other. */
export interface Records {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly width: number;
}

/** Wider records are not cut into groups: what is so long is no number. */
export const groupedWidthMax = 64;

/** Bytes of a group: as many as a safe integer has. */
const groupBytes = 6;

/** A group is numbers where that saves one of as many bits; of a few records every noise looks as if it had fewer bits. */
const savedEach = 16;
const savedEachOfFew = 2;

/**
 * Byte strings of one width in groups of six bytes, the last of what is left: a group is either numbers or noise. The beginning of
 * an identifier is often a time, and its end a counter; what was drawn at random has nothing to count.
 *
 * A varint says which groups are numbers: the sum of `2 ** index` over them. Then follows a column of integers for each of these: its
 * bytes as one number, the first byte the highest. Then the bytes of the other groups as one stream of numbers, value by value;
 * nothing where there are none.
 *
 * The plan's first parameter is that sum.
 */
export function writeGroups(out: BlockWriter, records: Records, chosen: number, plan: Plan): void {
  const starts = groupStarts(records.width);
  const numbers = chosen % 2 ** starts.length;
  const isNumbers = marksOf(numbers, starts.length);
  out.head.varint(numbers);
  starts.forEach((start, index) => {
    if (isNumbers[index])
      writeIntegers(out, laneOf(records, start), records.count, plan.part(index));
  });
  const noise = noiseOf(starts, isNumbers, records.width);
  if (noise.length > 0) out.numeric(gathered(records, noise));
}

/** The bits of `count` records of which these are the sample, and which groups of them are numbers. */
export function judgeGroups(sample: Records, count: number): Judgement {
  let bits = 0;
  let chosen = 0;
  const each = count < streamBytesMin ? savedEachOfFew : savedEach;
  groupStarts(sample.width).forEach((start, index) => {
    const plain = 8 * sizeAt(start, sample.width) * count;
    const asNumbers = integersBits(laneOf(sample, start), count);
    if (asNumbers * each < plain * (each - 1)) {
      bits += asNumbers;
      chosen += 2 ** index;
    } else bits += plain;
  });
  return { bits, parameters: [chosen] };
}

/** Reads what `writeGroups` wrote of `count` records. */
export function readGroups(reader: BlockReader, count: number, width: number): Uint8Array {
  reader.allowText(count * width);
  const bytes = new Uint8Array(count * width);
  const starts = groupStarts(width);
  const numbers = reader.head.varint();
  if (numbers >= 2 ** starts.length) throw reader.fail('there are no such groups of bytes');
  const isNumbers = marksOf(numbers, starts.length);
  starts.forEach((start, index) => {
    if (isNumbers[index]) putLane(reader, bytes, readIntegers(reader, count), start, width);
  });
  const noise = noiseOf(starts, isNumbers, width);
  if (noise.length > 0) {
    scatter(bytes, reader.numeric(noise.length * count), noise, width);
  }
  return bytes;
}

/** Of each group whether it is numbers. */
function marksOf(numbers: number, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => Math.floor(numbers / 2 ** index) % 2 === 1);
}

function groupStarts(width: number): number[] {
  return Array.from({ length: Math.ceil(width / groupBytes) }, (_, index) => index * groupBytes);
}

function sizeAt(start: number, width: number): number {
  return Math.min(groupBytes, width - start);
}

/** The places in a record that no group of numbers has. */
function noiseOf(starts: readonly number[], isNumbers: readonly boolean[], width: number) {
  return starts.flatMap((start, index) =>
    isNumbers[index] ? [] : Array.from({ length: sizeAt(start, width) }, (_, byte) => start + byte),
  );
}

function laneOf({ bytes, count, width }: Records, start: number): Float64Array {
  const lane = new Float64Array(count);
  const size = sizeAt(start, width);
  for (let at = 0, offset = start; at < count; at++, offset += width) {
    let value = 0;
    for (let index = 0; index < size; index++) value = value * 256 + bytes[offset + index]!;
    lane[at] = value;
  }
  return lane;
}

function putLane(
  reader: BlockReader,
  bytes: Uint8Array,
  lane: Float64Array,
  start: number,
  width: number,
): void {
  const size = sizeAt(start, width);
  const limit = 256 ** size;
  for (let at = 0, offset = start; at < lane.length; at++, offset += width) {
    const value = lane[at]!;
    if (value < 0 || value >= limit) throw reader.fail('a number has more bytes than its group');
    // Shifts take a number modulo 2^32.
    const high = Math.floor(value / 0x1_0000_0000);
    for (let index = size - 1, shift = 0; index >= 0; index--, shift += 8) {
      bytes[offset + index] = shift < 32 ? value >>> shift : high >>> (shift - 32);
    }
  }
}

function gathered({ bytes, count, width }: Records, places: readonly number[]): Uint8Array {
  if (places.length === width) return bytes;
  const noise = new Uint8Array(count * places.length);
  let next = 0;
  for (let start = 0; next < noise.length; start += width) {
    for (let at = 0; at < places.length; at++) noise[next++] = bytes[start + places[at]!]!;
  }
  return noise;
}

function scatter(
  bytes: Uint8Array,
  noise: Uint8Array,
  places: readonly number[],
  width: number,
): void {
  let next = 0;
  for (let start = 0; next < noise.length; start += width) {
    for (let at = 0; at < places.length; at++) bytes[start + places[at]!] = noise[next++]!;
  }
}
