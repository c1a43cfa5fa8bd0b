import type { Outcome } from '../change/commit.ts';
import { hadNoRoom } from './push-waits.ts';

/** After a push that went well the next may have this part more. */
const growth = 1 / 8;

/**
 * How many transactions a push may have. Where the server has no room for what it makes of one, the next have half as many,
 * down to a single one; what goes well lets them be more again, slowly, since each that is too much is sent in vain.
 */
export class PushSize {
  private readonly max: number;
  private size: number;

  constructor(transactionsMax: number) {
    this.max = transactionsMax;
    this.size = transactionsMax;
  }

  get transactionsMax(): number {
    return Math.floor(this.size);
  }

  /** The answer to a push. */
  answered(outcomes: readonly Outcome[]): void {
    // A single one would be as large the next time.
    const isTooMuch = outcomes.length > 1 && outcomes.some(hadNoRoom);
    if (isTooMuch) this.size = Math.max(1, Math.min(this.size, outcomes.length / 2));
    else if (outcomes.some(({ status }) => status !== 'unordered')) {
      this.size = Math.min(this.max, this.size + Math.max(1, this.size * growth));
    }
  }
}
