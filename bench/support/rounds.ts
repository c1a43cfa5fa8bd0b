/** The middle value: half of the others are not larger, half are not smaller. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >>> 1;
  if (sorted.length === 0) throw new Error('no values');
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Compared {
  readonly value: number;
  readonly baseline: number;
}

/**
 * Medians of two measurements that take turns, A B A B, so that a slow moment of the machine meets both. One round
 * before those that count warms both up, unless `warmUp` is false.
 */
export async function alternate(
  rounds: number,
  candidate: () => number | Promise<number>,
  baseline: () => number | Promise<number>,
  { warmUp = true } = {},
): Promise<Compared> {
  const values: number[] = [];
  const baselines: number[] = [];
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    const value = await candidate();
    const other = await baseline();
    if (round < 0) continue;
    values.push(value);
    baselines.push(other);
  }
  return { value: median(values), baseline: median(baselines) };
}

/** Fails the benchmark: a number that was not verified is worth nothing. */
export function verify(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(`verification failed: ${problem}`);
}
