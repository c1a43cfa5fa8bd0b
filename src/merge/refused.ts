import type { FieldViolation } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Refusal } from '../change/commit.ts';
import { boundedRefusal } from './bounded-refusal.ts';

/** What a program reads of a refusal beside its reason. */
export interface RefusedDetails {
  readonly currentEtag?: string;
  readonly violations?: readonly FieldViolation[];
}

/** Leaves a transaction at the first change that cannot be. */
export class Refused extends Error {
  private readonly details: RefusedDetails;
  private readonly reason: string;

  constructor(reason: string, message: string, details: RefusedDetails = {}) {
    super(message);
    this.reason = reason;
    this.details = details;
  }

  /** The same refusal for one who may not know the details. */
  withoutDetails(message: string): Refused {
    return new Refused(this.reason, message);
  }

  /** What the writer is told, within the limits. */
  refusal(changeIndex: number, limits: Limits): Refusal {
    const { reason, message, details } = this;
    return boundedRefusal({ reason, message, changeIndex, ...details }, limits);
  }
}
