import type { Codec } from './codec.ts';

/** A column of doubles, or of singles that are kept as doubles. Every NaN is the canonical one. */
export interface Floats {
  /** The first `count` are the column. */
  readonly values: Float64Array;
  readonly count: number;
  readonly sample: Float64Array;
  /** True where each is a single: rounding changes none. */
  readonly single: boolean;
}

/** One way to write floats: a reader gets the same bits. */
export type FloatCodec = Codec<Floats, Float64Array>;

/** Bytes may have any NaN; a reader gets the one. */
export function canonical(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value;
}
