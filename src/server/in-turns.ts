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
