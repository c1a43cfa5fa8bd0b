/** Values that are remembered of a context; also the rank of those that are not, where it is full. */
export const ranksMax = 64;

interface Seen {
  readonly values: number[];
  readonly times: number[];
}

/**
 * The values that have stood in each context, the frequent ones first. A value that comes again moves before those that have come
 * as often or less, one that is new goes to the end; where there are `ranksMax` already it is not remembered.
 */
export class ContextRanks {
  private readonly seen = new Map<number, Seen>();

  /** The rank of a value, from 0; of one that is not remembered, how many are. */
  rankOf(context: number, value: number): number {
    const seen = this.seen.get(context);
    if (seen === undefined) return 0;
    const rank = seen.values.indexOf(value);
    return rank < 0 ? seen.values.length : rank;
  }

  /** The value of a rank; undefined of one that is not remembered. */
  valueAt(context: number, rank: number): number | undefined {
    return this.seen.get(context)?.values[rank];
  }

  /** It has come (once more). */
  note(context: number, value: number): void {
    const seen = this.seen.get(context);
    if (seen === undefined) {
      this.seen.set(context, { values: [value], times: [1] });
      return;
    }
    const { values, times } = seen;
    let rank = values.indexOf(value);
    if (rank < 0) {
      if (values.length === ranksMax) return;
      values.push(value);
      times.push(1);
      rank = values.length - 1;
    } else times[rank]!++;
    for (; rank > 0 && times[rank - 1]! <= times[rank]!; rank--) {
      values[rank] = values[rank - 1]!;
      values[rank - 1] = value;
      const count = times[rank]!;
      times[rank] = times[rank - 1]!;
      times[rank - 1] = count;
    }
  }
}
