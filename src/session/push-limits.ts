import type { Limits } from '../base/limits.ts';

/** What a server was started with, of what those that push have to keep to; 0 is what was not told. */
export interface PushLimits {
  readonly pushTransactionsMax: number;
  /** Bytes of what a push has. */
  readonly pushBytesMax: number;
  readonly partBytesMax: number;
  /** Bytes of a transaction that comes in parts. */
  readonly partTransactionBytesMax: number;
}

export function pushLimitsOf(limits: Limits): PushLimits {
  const { pushTransactionsMax, pushBytesMax, partBytesMax } = limits;
  const partTransactionBytesMax = Math.min(limits.transactionBytesMax, limits.partsBytesMax);
  return { pushTransactionsMax, pushBytesMax, partBytesMax, partTransactionBytesMax };
}

/** One's own as far as those that were told are not less. */
export function withinTold(own: PushLimits, told: PushLimits): PushLimits {
  const least = (mine: number, theirs: number) => (theirs > 0 ? Math.min(mine, theirs) : mine);
  return {
    pushTransactionsMax: least(own.pushTransactionsMax, told.pushTransactionsMax),
    pushBytesMax: least(own.pushBytesMax, told.pushBytesMax),
    partBytesMax: least(own.partBytesMax, told.partBytesMax),
    partTransactionBytesMax: least(own.partTransactionBytesMax, told.partTransactionBytesMax),
  };
}
