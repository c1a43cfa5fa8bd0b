import { setImmediate as turn } from 'node:timers/promises';
import type { Steps } from '../base/steps.ts';

/** The next turn of the event loop: whatever else waits comes before it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Does work a step in a turn, so that what takes seconds holds nobody up for long. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (step.done !== true) {
    await nextTurn();
    step = steps.next();
  }
  return step.value;
}

/** For so long work without steps holds a turn of the event loop up, about, in milliseconds. */
const workMsMax = 8;

/**
 * To be asked now and then by long work: what it is to wait for, when it has held others up for some milliseconds. Throws the
 * reason of `signal` where that is aborted.
 */
export function pauses(signal?: AbortSignal): () => Promise<void> | undefined {
  let sinceMs = performance.now();
  return () => {
    signal?.throwIfAborted();
    if (performance.now() - sinceMs < workMsMax) return undefined;
    return turn().then(() => {
      sinceMs = performance.now();
    });
  };
}
