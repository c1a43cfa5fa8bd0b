/** What a process holds, in bytes. */
export interface MemoryUse {
  /** Resident set: everything, typed arrays too. */
  readonly rss: number;
  /** The JavaScript heap in use. */
  readonly heap: number;
  /** Typed arrays and the like, off the heap; part of the resident set as far as they were touched. */
  readonly external: number;
}

/**
 * Collects garbage, gives the allocator time to return what is free, and tells what is left. Needs `--expose-gc`.
 */
export async function settledMemory(): Promise<MemoryUse> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('start node with --expose-gc');
  for (let round = 0; round < 5; round++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed, external };
}

/**
 * Node options that fix the size of the young generation of the heap. Left to itself it is anything between one
 * and 130 megabytes, whatever V8 likes after the garbage that a program made, however many rows there are.
 */
export const youngGenerationFixed = ['--min-semi-space-size=16', '--max-semi-space-size=16'];

/** Fills the young generation once, so that it is resident before memory is measured. */
export function touchYoungGeneration(): void {
  // Each object outlives one collection at the most: none of this gets into the old generation.
  const alive: object[] = [];
  for (let index = 0; index < 4_000_000; index++) {
    alive[index % 30_000] = { index, text: `${index}` };
  }
}

export function growth(before: MemoryUse, after: MemoryUse): MemoryUse {
  return {
    rss: after.rss - before.rss,
    heap: after.heap - before.heap,
    external: after.external - before.external,
  };
}
