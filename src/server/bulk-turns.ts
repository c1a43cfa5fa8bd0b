import type { Clock } from '../base/clock.ts';

/** For so long work that nobody waits for holds a turn of the event loop up, about, in milliseconds. */
const turnMsMax = 4;

/**
 * Turns of the event loop for those who have much to get: first syncs, and catching up. However many they are, in one turn some
 * milliseconds of it are done, one step at least, and in between whatever has come is heard. So an edit of somebody else waits
 * for a few steps, and not for one of each.
 */
export class BulkTurns {
  private readonly clock: Clock;
  private waiting: (() => void)[] = [];
  private isPlanned = false;

  /** `clock` is only asked how long something took. */
  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Does a step when its turn has come. Steps do not throw. */
  plan(step: () => void): void {
    this.waiting.push(step);
    this.planTurn();
  }

  /** What a step says that is done when its turn has come, or throws. The work is to be in the step, not behind it. */
  turn<T>(step: () => T | PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) =>
      this.plan(() => {
        try {
          resolve(step());
        } catch (error) {
          reject(error);
        }
      }),
    );
  }

  private planTurn(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    setImmediate(() => {
      this.isPlanned = false;
      this.run();
      if (this.waiting.length > 0) this.planTurn();
    });
  }

  private run(): void {
    const endMs = this.clock.nowMs() + turnMsMax;
    // What these steps lead to has its turn later.
    const { waiting } = this;
    this.waiting = [];
    let done = 0;
    do waiting[done++]!();
    while (done < waiting.length && this.clock.nowMs() < endMs);
    this.waiting = [...waiting.slice(done), ...this.waiting];
  }
}
