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

/** Rounds before those that count, so that code is compiled and caches are filled. */
interface WarmUp {
  readonly warmUp?: boolean;
}

/**
 * Medians of two measurements that take turns, A B A B, so that a slow moment of the machine meets both. One round
 * before those that count warms both up, unless `warmUp` is false.
 */
export async function alternate(
  rounds: number,
  candidate: () => number | Promise<number>,
  baseline: () => number | Promise<number>,
  options: WarmUp = {},
): Promise<Compared> {
  const { only } = await alternateAll(
    rounds,
    async () => ({ only: await candidate() }),
    async () => ({ only: await baseline() }),
    options,
  );
  return only;
}

interface Several<Name extends string> extends WarmUp {
  /** Of these the largest counts, and not the middle one: the longest time that somebody waited, for example. */
  readonly largest?: readonly NoInfer<Name>[];
}

/** The same for measurements of several numbers at once, by name. */
export async function alternateAll<Name extends string>(
  rounds: number,
  candidate: () => Promise<Readonly<Record<Name, number>>>,
  baseline: () => Promise<Readonly<Record<Name, number>>>,
  { warmUp = true, largest = [] }: Several<Name> = {},
): Promise<Readonly<Record<Name, Compared>>> {
  const values: Readonly<Record<Name, number>>[] = [];
  const baselines: Readonly<Record<Name, number>>[] = [];
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    const value = await candidate();
    const other = await baseline();
    if (round < 0) continue;
    values.push(value);
    baselines.push(other);
  }
  const compared = (Object.keys(values[0]!) as Name[]).map((name) => {
    const one = largest.includes(name) ? (all: number[]) => Math.max(...all) : median;
    const value = one(values.map((each) => each[name]));
    return [name, { value, baseline: one(baselines.map((each) => each[name])) }];
  });
  return Object.fromEntries(compared) as Readonly<Record<Name, Compared>>;
}

/** Fails the benchmark: a number that was not verified is worth nothing. */
export function verify(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(`verification failed: ${problem}`);
}
