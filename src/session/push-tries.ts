import { Code, type SyncError } from '../base/errors.ts';

/** So often what the server fails at is pushed as it is. */
export const pushTriesMax = 5;

/** What says the same each time: to try it once more as it is would be in vain. */
const lastingCodes: ReadonlySet<Code> = new Set([
  Code.invalidArgument,
  Code.notFound,
  Code.outOfRange,
]);

/** What may be a passing weakness of the server's, and may be its defect, met by just this. */
const defectCodes: ReadonlySet<Code> = new Set([Code.internal, Code.unknown]);

/**
 * How often what is pushed has ended its stream. One transaction that the server can never take would end each, and keep all
 * behind it on the device: so once the tries are used up the next stream asks for it to be refused, which settles it. What a
 * network or a lack of rights ends is no try.
 */
export class PushTries {
  private count = 0;

  /** Whether what cannot be is to be refused. */
  get isLast(): boolean {
    return this.count >= pushTriesMax;
  }

  /** All that was pushed has an answer: what was in the way is not any more. */
  answered(): void {
    this.count = 0;
  }

  /** A stream ended with something pushed that has no answer. True where the next one is the last try, and may so help. */
  failed({ code }: SyncError): boolean {
    const wasLast = this.isLast;
    if (lastingCodes.has(code)) this.count = pushTriesMax;
    else if (defectCodes.has(code)) this.count++;
    return this.isLast && !wasLast;
  }
}
