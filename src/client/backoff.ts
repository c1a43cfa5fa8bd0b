/** How long to wait before the next attempt to connect, in milliseconds. */
export interface BackoffOptions {
  /** Ceiling of the first wait. */
  readonly delayMsMin: number;
  /** Ceiling that doubling stops at. */
  readonly delayMsMax: number;
}

export const defaultBackoff: BackoffOptions = { delayMsMin: 1_000, delayMsMax: 32_000 };

/**
 * Exponential backoff with full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015): attempt n waits a
 * random time below `delayMsMin * 2^n`, at most `delayMsMax`. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number, options = defaultBackoff): number {
  const ceiling = Math.min(options.delayMsMax, options.delayMsMin * 2 ** Math.min(attempt, 30));
  return Math.floor(random * ceiling);
}
