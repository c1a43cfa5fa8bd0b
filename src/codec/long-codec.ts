import type { Codec } from './codec.ts';
import { sampleLongs } from './sample.ts';

/** A column of 64-bit integers: signed, or unsigned ones by their bits. */
export interface Longs {
  readonly values: BigInt64Array;
  readonly sample: BigInt64Array;
}

export type LongCodec = Codec<Longs, BigInt64Array>;

export function longsOf(values: BigInt64Array): Longs {
  return { values, sample: sampleLongs(values) };
}

/** Its 32-bit halves, in the order of this machine's memory: the lower one is at `2 * index + lowHalf`. */
export function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
export const lowHalf = isLittleEndian ? 0 : 1;
export const highHalf = 1 - lowHalf;

export const twoTo32 = 0x1_0000_0000;
