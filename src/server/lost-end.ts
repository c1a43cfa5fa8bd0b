import { epochOf, type Seq } from '../base/seq.ts';
import type { Home } from '../replica/home.ts';

/**
 * What a home makes of receivers that show it commits which its log does not have. What was acknowledged can only have been
 * lost when the log was opened; so the first to show it has the home begin an epoch there, once for each start. Whoever
 * shows it has this very log's id; a forged cursor costs the database an epoch at each start, and nothing else.
 */
export class LostEnd {
  private readonly home: Home;
  private readonly openedAt: Seq;
  private readonly beginEpoch: (forkedAt: Seq) => Promise<void>;
  private begins = false;

  /** `openedAt` is the newest commit that the log had when it was opened. `beginEpoch` resolves when that is durable. */
  constructor(home: Home, openedAt: Seq, beginEpoch: (forkedAt: Seq) => Promise<void>) {
    this.home = home;
    this.openedAt = openedAt;
    this.beginEpoch = beginEpoch;
  }

  /** Whether an epoch begins because of `seq`, which somebody has and this home has not. */
  shown(seq: Seq): boolean {
    const { openedAt, home } = this;
    if (seq <= openedAt || epochOf(openedAt) !== epochOf(home.state.head)) return false;
    if (this.begins) return true;
    this.begins = true;
    // It is shown again, and tried again.
    this.beginEpoch(openedAt).catch(() => {
      this.begins = false;
    });
    return true;
  }
}
