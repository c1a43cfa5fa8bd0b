import type { Transaction } from '../change/transaction.ts';
import { counterGap } from './replica-errors.ts';

/**
 * The lines of the writers in one push, which its transactions share: behind one of a writer that cannot be ordered
 * nothing of that writer is. What is behind another device's transaction, and does not say by a digest on which one it
 * builds, may have the next free counter by chance: its writer, told of the fork, would send it once more under a new
 * id, and it would be applied twice.
 */
export class PushLines {
  /** By writer: the lowest counter that could not be ordered. */
  private readonly broken = new Map<string, number>();

  /** The transaction could not be ordered. */
  broke({ replica, counter }: Transaction): void {
    const before = this.broken.get(replica) ?? counter;
    this.broken.set(replica, before < counter ? before : counter);
  }

  /** FAILED_PRECONDITION COUNTER_GAP where one before it in the same push could not be ordered. */
  check({ replica, counter }: Transaction): void {
    const broken = this.broken.get(replica);
    if (broken !== undefined && broken < counter) throw counterGap(replica, counter, broken);
  }
}
