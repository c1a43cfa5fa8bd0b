import type { Transaction } from '../change/transaction.ts';
import type { KeptTransaction } from './kept-transactions.ts';
import type { SavedChain } from './own-chain.ts';

/** What a replica needs to go on writing where its copy was lost: what its storage has of its writes. */
export interface SavedWrites extends SavedChain {
  /** Ids that it had before, newest last; none where it is left out. */
  readonly former?: readonly string[];
  /** Its own that are settled and not safe yet, oldest first; none where it is left out. */
  readonly kept?: readonly KeptTransaction[];
  /** What a relay carries for other writers, each one's in order. */
  readonly others: readonly Transaction[];
}
