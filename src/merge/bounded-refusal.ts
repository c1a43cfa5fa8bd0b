import { boundedText } from '../base/bounded-text.ts';
import type { FieldViolation } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Refusal } from '../change/commit.ts';

type RefusalLimits = Pick<Limits, 'refusalViolationsMax' | 'refusalTextLengthMax'>;

/** A refusal, as its writer is told it. */
export interface ToldRefusal extends Pick<Refusal, 'reason' | 'message' | 'changeIndex'> {
  readonly currentEtag?: string;
  readonly violations?: readonly FieldViolation[];
}

/**
 * What is kept of a refusal: for ever, and by every copy that holds its writer's scope, none of which could take one without
 * a bound. It quotes what was written, so there is no other.
 */
export function boundedRefusal(
  { reason, message, changeIndex, currentEtag = '', violations = [] }: ToldRefusal,
  { refusalViolationsMax, refusalTextLengthMax }: RefusalLimits,
): Refusal {
  const bounded = (text: string) => boundedText(text, refusalTextLengthMax);
  return {
    ...{ reason, message: bounded(message), changeIndex, currentEtag },
    violations: violations.slice(0, refusalViolationsMax).map(({ field, description }) => ({
      field: bounded(field),
      description: bounded(description),
    })),
  };
}

/** Bytes of a refusal as a row, at the most: its texts, and what has a bound elsewhere (reason, replica id, etag). */
export function refusalBytesMax({
  refusalViolationsMax,
  refusalTextLengthMax,
}: RefusalLimits): number {
  const textBytes = refusalTextLengthMax * 3 + 16;
  return textBytes * (1 + 2 * refusalViolationsMax) + 16 * refusalViolationsMax + restBytesMax;
}

const restBytesMax = 4 << 10;
