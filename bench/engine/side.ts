import type { MemoryUse } from '../support/memory.ts';
import { createRandom, type Random } from '../support/random.ts';
import { type RecordStatus, recordIdAt } from '../support/records.ts';

export interface RowsOptions {
  readonly count: number;
  /** Rows that are put into another store before the memory is measured, so that the code is compiled. */
  readonly warmUp: number;
}

/** What both sides of the benchmark can do. */
export type EngineSide = {
  /** Puts all rows in and tells by how much the process has grown, and in which time. */
  build(
    options: RowsOptions,
  ): Promise<MemoryUse & { readonly seconds: number; readonly estimate: number }>;
  /** Counts the rows of a status that are warmer than `above`. */
  count(where: { readonly status: RecordStatus; readonly above: number }): {
    readonly count: number;
    readonly ms: number;
  };
  /** Reads whole rows by key, in random order; in milliseconds. */
  read(work: { readonly round: number; readonly reads: number }): number;
  /** Changes a field or two of rows, with the bookkeeping, in random order; in milliseconds. */
  write(work: { readonly round: number; readonly writes: number }): number;
  /** Throws unless every row is what it was when it was put in. Before any write. */
  verify(): void;
  /** By how much the process has grown since `build` began. */
  memory(): Promise<MemoryUse & { readonly estimate: number }>;
};

/** Who made the commits. */
export const writers: readonly string[] = Array.from(
  { length: 50 },
  (_, index) => `writer-${index}`,
);

/** Keys of random rows as a request brings them: strings of their own, not those that are stored. */
export function freshKeys(round: number, count: number, rows: number): string[] {
  const random = createRandom(round, 0);
  return Array.from({ length: count }, () => recordIdAt(random.below(rows)));
}

const sliceWrites = 5_000;

/**
 * Prepares and runs `writes` changes of random rows, some thousands at a time, so that what is prepared does not
 * fill the heap. Returns the milliseconds of the runs alone.
 */
export function timedInSlices(
  round: number,
  writes: number,
  rows: number,
  prepare: (keys: readonly string[], random: Random) => () => void,
): number {
  const random = createRandom(round, 1);
  let ms = 0;
  for (let slice = 0; slice < writes; slice += sliceWrites) {
    const count = Math.min(sliceWrites, writes - slice);
    const keys = Array.from({ length: count }, () => recordIdAt(random.below(rows)));
    const run = prepare(keys, random);
    const startedMs = performance.now();
    run();
    ms += performance.now() - startedMs;
  }
  return ms;
}
