/** Columns of which a test vector is made. */
import { BlockWriter } from '../../../src/codec/block-writer.ts';
import { Plan } from '../../../src/codec/plan.ts';
import type { FlatColumn } from './families.ts';
import { writeColumn, writeColumnWith } from './families.ts';

/** One column, and the codec that it is to be written with; the encoder's choice where none is named. */
export interface ColumnChoice {
  readonly column: FlatColumn;
  readonly codec?: string;
  /** See `Plan.parameters`. */
  readonly parameters?: readonly number[];
}

/** Columns that stand one after the other in one block, and nothing else. */
export interface ColumnCase {
  readonly name: string;
  readonly columns: readonly ColumnChoice[];
}

export function framesOfCase({ columns }: ColumnCase): Uint8Array[] {
  const out = new BlockWriter();
  for (const { column, codec, parameters } of columns) {
    const plan = new Plan('balanced');
    if (codec === undefined) writeColumn(out, column, plan);
    else {
      if (parameters !== undefined) plan.choose(-1, parameters);
      writeColumnWith(out, column, codec, plan);
    }
  }
  return out.frames().map(({ bytes }) => bytes.slice());
}

export function integers(values: Iterable<number>): FlatColumn {
  return { kind: 'integers', values: Float64Array.from(values) };
}

export function longs(values: Iterable<bigint>): FlatColumn {
  return { kind: 'longs', values: BigInt64Array.from(values) };
}

export function floats(values: Iterable<number>): FlatColumn {
  return { kind: 'floats', values: Float64Array.from(values) };
}

export function texts(values: readonly string[]): FlatColumn {
  return { kind: 'texts', values };
}

export function byteStrings(values: readonly (readonly number[])[]): FlatColumn {
  return { kind: 'bytes', values: values.map((bytes) => Uint8Array.from(bytes)) };
}

/** `count` values of a function of their places. */
export function made<T>(count: number, value: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => value(at));
}

/** Numbers from 0 up to 2^32 - 1 that look like chance, the same each time (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
