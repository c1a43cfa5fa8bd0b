/** Work that is done in bounded steps, one for each `next`, so that others get their turn in between. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all that is left at once. */
export function finish<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
