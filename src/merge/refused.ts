import type { Refusal } from '../change/commit.ts';

/** Leaves a transaction at the first change that cannot be. */
export class Refused extends Error {
  private readonly currentEtag: string;
  private readonly reason: string;

  constructor(reason: string, message: string, currentEtag = '') {
    super(message);
    this.reason = reason;
    this.currentEtag = currentEtag;
  }

  /** The same refusal, told otherwise. */
  withMessage(message: string): Refused {
    return new Refused(this.reason, message, this.currentEtag);
  }

  /** What the writer is told. */
  refusal(changeIndex: number): Refusal {
    const { reason, message, currentEtag } = this;
    return { reason, message, changeIndex, currentEtag };
  }
}
