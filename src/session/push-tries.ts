import { Code, type SyncError } from '../base/errors.ts';
import type { Outcome } from '../change/commit.ts';
import type { Named } from '../change/transaction.ts';

/** So often in a row what the server fails at is pushed before it is held back. */
export const pushTriesMax = 5;

/** What says the same each time: to try it once more as it is would be in vain. */
const lastingCodes: ReadonlySet<Code> = new Set([
  Code.invalidArgument,
  Code.notFound,
  Code.outOfRange,
]);

/** A weakness of the server's that may pass, or a defect of its code, which is met by just this. */
const defectCodes: ReadonlySet<Code> = new Set([Code.internal, Code.unknown, Code.dataLoss]);

/**
 * What to do about a push that has ended its stream: one transaction that the server does not take would end each, and keep all
 * behind it on the device, and all news from it. What can never be is to be refused on the next stream, which settles it. What
 * the server fails at may be all right, so nobody refuses it: after some tries it is held back on every other stream, for a while,
 * and the rest goes on meanwhile. What a network or a lack of rights ends is no try.
 */
export class PushTries {
  /** What was unanswered first when a stream failed. */
  private of: Named | undefined;
  private error: SyncError | undefined;
  private defects = 0;
  private isRefusable = false;
  private isHeld = false;

  /** Whether what can never be is to be refused on this stream. */
  get asksRefusal(): boolean {
    return this.isRefusable;
  }

  /** Something that was pushed has ended a stream, and has no answer yet. */
  get isSuspicious(): boolean {
    return this.isRefusable || this.defects > 0;
  }

  /** Why nothing is pushed now; undefined where all is. */
  get heldBack(): SyncError | undefined {
    return this.isHeld ? this.error : undefined;
  }

  /** A new stream; `isWaiting` tells whether a transaction is still to be sent. */
  begin(isWaiting: (transaction: Named) => boolean): void {
    if (this.of !== undefined && !isWaiting(this.of)) this.forget();
    this.isHeld = !this.isHeld && this.defects >= pushTriesMax;
  }

  /** It was held back for long enough. */
  release(): void {
    this.isHeld = false;
  }

  /** The answer to a push: with it what was in the way may not be any more. */
  answered(outcomes: readonly Outcome[]): void {
    const { of } = this;
    const isPast = ({ replica, counter }: Outcome) =>
      replica === of?.replica && counter >= of.counter;
    if (outcomes.some(isPast)) this.forget();
  }

  /** A stream ended with this one unanswered. True where the next one may do better, though the error lasts. */
  failed(error: SyncError, of: Named): boolean {
    const isOther = of.replica !== this.of?.replica || of.counter !== this.of.counter;
    if (isOther) this.forget();
    this.of = of;
    this.error = error;
    if (defectCodes.has(error.code)) {
      this.defects++;
      return true;
    }
    const isNew = lastingCodes.has(error.code) && !this.isRefusable;
    if (isNew) this.isRefusable = true;
    return isNew;
  }

  private forget(): void {
    this.of = undefined;
    this.error = undefined;
    this.defects = 0;
    this.isRefusable = false;
  }
}
