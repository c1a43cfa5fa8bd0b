import type { Timer } from '../base/clock.ts';

export interface DeviceSurplusOptions {
  /** Rows of devices that are not kept any more. */
  readonly numbers: readonly number[];
  readonly timer: Timer;
  /** Removes the rows with these numbers from the log, in one commit. */
  readonly remove: (numbers: readonly number[]) => Promise<void>;
  /** Told why rows could not be removed just now; they are tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** Milliseconds between two commits: whoever starts has more to do than that. */
const stepMs = 1_000;
/** Milliseconds after which it is tried again. */
const retryMs = 60_000;
/** Rows of one commit. */
const rowsPerCommit = 100;

/** Lets go of the rows that a log has above the limit, as it has when the limit was lowered: some at a time. */
export class DeviceSurplus {
  private readonly options: DeviceSurplusOptions;
  private readonly left: number[];
  private stop: (() => void) | undefined;
  private removing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(options: DeviceSurplusOptions) {
    this.options = options;
    this.left = [...options.numbers];
    this.planIn(stepMs);
  }

  /** What is left is the next start's. */
  async close(): Promise<void> {
    this.closed = true;
    this.stop?.();
    await this.removing;
  }

  private planIn(ms: number): void {
    if (this.closed || this.left.length === 0) return;
    this.stop = this.options.timer(ms, () => {
      this.removing = this.removeSome();
    });
  }

  private async removeSome(): Promise<void> {
    const { remove, onFailure } = this.options;
    const some = this.left.slice(0, rowsPerCommit);
    try {
      await remove(some);
    } catch (error) {
      onFailure(error);
      this.planIn(retryMs);
      return;
    }
    this.left.splice(0, some.length);
    this.planIn(stepMs);
  }
}
