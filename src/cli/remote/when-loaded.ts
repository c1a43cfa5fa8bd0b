import { setTimeout as delay } from 'node:timers/promises';
import { SyncError } from '../../base/errors.ts';

const retryDelayMs = 1_000;

/**
 * Does a call; where its database is still being opened, as after a start of the server, again until that is done or `timeoutMs`
 * is over, with the error of the last one.
 */
export async function whenLoaded<T>(
  timeoutMs: number,
  call: () => Promise<T>,
  wait: (ms: number) => Promise<unknown> = delay,
): Promise<T> {
  for (let leftMs = timeoutMs; ; leftMs -= retryDelayMs) {
    try {
      return await call();
    } catch (error) {
      const isLoading = error instanceof SyncError && error.reason === 'DATABASE_LOADING';
      if (!isLoading || leftMs <= 0) throw error;
      await wait(Math.min(leftMs, retryDelayMs));
    }
  }
}
