import { type BackoffOptions, defaultBackoff } from './backoff.ts';

/** How a client goes on where it does not reach its server. It never gives up by itself. */
export interface RetryOptions extends BackoffOptions {
  /** Attempts that fail in a row before the client is `offline`; until then it is `connecting`. At least 1. */
  readonly attemptsMax: number;
  /** Milliseconds within which the server must have answered an attempt. */
  readonly attemptMsMax: number;
  /**
   * Milliseconds for which not a byte may come over a link, about, before it is taken for dead and another is made. The client
   * asks for one where nothing else comes for three quarters of that.
   */
  readonly silenceMsMax: number;
  /** Milliseconds for which nothing is pushed where the server has failed at it five times in a row. */
  readonly heldBackMs: number;
}

/** Waits of up to 1, 2, 4, 8, 16 and then 32 seconds. */
export const defaultRetry: RetryOptions = {
  ...defaultBackoff,
  attemptsMax: 5,
  attemptMsMax: 20_000,
  silenceMsMax: 40_000,
  heldBackMs: 60_000,
};
