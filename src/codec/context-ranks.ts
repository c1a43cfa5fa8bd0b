import { keep } from './kept.ts';

/** Values that are remembered of a context; also the rank of those that are not, where it is full. */
export const ranksMax = 64;

interface Seen {
  readonly values: number[];
  readonly times: number[];
}

/**
 * The values that have stood in each context, the frequent ones first. A value that comes again moves before those that have come
 * as often or less, one that is new goes to the end, and then before those that have come once; where there are `ranksMax` already
 * it is not remembered. Contexts are whole numbers from 0 up.
 */
export class ContextRanks {
  private readonly seen: (Seen | undefined)[];

  constructor(contexts: number) {
    this.seen = new Array(contexts).fill(undefined);
  }

  /** How many values are remembered of a context: the rank of all others. */
  sizeOf(context: number): number {
    return this.seen[context]?.values.length ?? 0;
  }

  /** A value has come (once more): the rank that it had. */
  note(context: number, value: number): number {
    const seen = this.seen[context];
    if (seen === undefined) {
      this.seen[context] = { values: [value], times: [1] };
      return 0;
    }
    const rank = seen.values.indexOf(value);
    if (rank >= 0) {
      raise(seen, rank);
      return rank;
    }
    const size = seen.values.length;
    if (size < ranksMax) {
      seen.values.push(value);
      seen.times.push(0);
      raise(seen, size);
    }
    return size;
  }

  /** The value that has a rank, which has come once more; undefined of a rank that none has. */
  noteRank(context: number, rank: number): number | undefined {
    const seen = this.seen[context];
    const value = seen?.values[rank];
    if (value !== undefined) raise(seen!, rank);
    return value;
  }
}

function raise({ values, times }: Seen, from: number): void {
  const value = values[from]!;
  const count = times[from]! + 1;
  let rank = from;
  for (; rank > 0 && times[rank - 1]! <= count; rank--) {
    values[rank] = values[rank - 1]!;
    times[rank] = times[rank - 1]!;
  }
  values[rank] = value;
  times[rank] = count;
}

keep(new ContextRanks(0));
