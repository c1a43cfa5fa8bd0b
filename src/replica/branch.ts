import { bytesEqual } from '../base/bytes.ts';
import type { Settled } from '../change/commit.ts';
import { digestOf, type Transaction } from '../change/transaction.ts';

/**
 * Whether what is queued of a writer, `next` first, builds on another transaction than the one that the home settled: two
 * devices share the writer's id. `last` was queued before it; not each says by a digest that it builds on it.
 */
export function isOtherBranch(
  { counter, digest }: Settled,
  next: Transaction | undefined,
  last: Transaction | undefined,
): boolean {
  // What is further on builds on what is not known here.
  if (next?.counter !== counter + 1) return false;
  const named = next.previousDigest.length > 0 ? next.previousDigest : last && digestOf(last);
  return named !== undefined && !bytesEqual(named, digest);
}
