import { boundedText } from '../base/bounded-text.ts';
import type { SyncError } from '../base/errors.ts';
import type { ClientEvent } from './client-event.ts';
import type { Delta, Encoding, UnreadableDelta } from './messages.ts';

/** Of the reason and the detail that a server is told. */
export const unreadableReasonLengthMax = 64;
export const unreadableDetailLengthMax = 200;

/** With so many rows left, another stream takes fewer bytes than they would as plain rows. */
const rowsLeftMin = 20_000;

const plain: readonly Encoding[] = ['rows'];

/**
 * Has rows that could not be read come as plain ones: those of that delta, and where another one cannot be read before the next
 * checkpoint, all up to there. What cannot be read as plain rows either is an error.
 */
export class RowsFallback {
  /** Where it is in use: how many rows of the catch-up are there when the delta is passed. */
  private passedAt: number | undefined;
  /** Since the last checkpoint. */
  private failures = 0;
  private isPlain = false;
  private untold: UnreadableDelta | undefined;

  /** What the next stream is to ask for of what is wished for, and what its server is to be told. */
  greets(wished: readonly Encoding[]): {
    readonly encodings: readonly Encoding[];
    readonly unreadable: UnreadableDelta | undefined;
  } {
    this.isPlain = this.passedAt !== undefined;
    return { encodings: this.isPlain ? plain : wished, unreadable: this.untold };
  }

  /** The server has taken the greeting. */
  welcomed(): void {
    this.untold = undefined;
  }

  /** A delta could not be read, which the next stream is to ask for as plain rows. Throws the error where this one did. */
  failed({ progress, checkpoint }: Delta, error: SyncError): ClientEvent {
    if (this.isPlain) throw error;
    const isAgain = this.failures++ > 0;
    const isWhole = isAgain || checkpoint !== undefined || progress === undefined;
    this.passedAt = isWhole ? Number.POSITIVE_INFINITY : progress.rowsDone;
    this.untold = {
      reason: boundedText(error.reason, unreadableReasonLengthMax),
      detail: boundedText(error.message, unreadableDetailLengthMax),
    };
    return { type: 'reencode', error };
  }

  /** A delta is stored. The event where the one that failed is passed, and so much is left that another stream is worth it. */
  stored({ progress, checkpoint }: Delta): ClientEvent | undefined {
    if (checkpoint !== undefined) {
      this.passedAt = undefined;
      this.failures = 0;
    }
    if (this.passedAt === undefined || progress === undefined) return undefined;
    if (progress.rowsDone < this.passedAt || progress.rowsLeft < rowsLeftMin) return undefined;
    this.passedAt = undefined;
    return { type: 'reencode', error: undefined };
  }
}
