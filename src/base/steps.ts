/** Work that is done in bounded steps, one for each `next`, so that others get their turn in between. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** How much is done in one step. */
export interface StepLimits {
  /** Items, such as changes. */
  readonly stepChangesMax: number;
  /** Bytes that they have; the item that reaches it is the last one. */
  readonly stepBytesMax: number;
}

/** Counts what a step has done. */
export class StepCount {
  private readonly limits: StepLimits;
  private items = 0;
  private bytes = 0;

  constructor(limits: StepLimits) {
    this.limits = limits;
  }

  /** An item of so many bytes is done. */
  add(bytes: number): void {
    this.items++;
    this.bytes += bytes;
  }

  /** To be asked before an item: true where it begins another step. */
  ends(): boolean {
    const { stepChangesMax, stepBytesMax } = this.limits;
    if (this.items < stepChangesMax && this.bytes < stepBytesMax) return false;
    this.items = 0;
    this.bytes = 0;
    return true;
  }
}

/** Steps that are the whole. */
export const oneStep: StepLimits = {
  stepChangesMax: Number.POSITIVE_INFINITY,
  stepBytesMax: Number.POSITIVE_INFINITY,
};

/** Work that is one step. */
// biome-ignore lint/correctness/useYield: there is nothing to wait for.
export function* atOnce<T>(work: () => T): Steps<T> {
  return work();
}

/** Does all that is left at once. */
export function finish<T>(steps: Generator<unknown, T, undefined>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
