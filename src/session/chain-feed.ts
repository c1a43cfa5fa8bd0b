import { positionOf, type Seq } from '../base/seq.ts';
import type { CursorGroup } from './cursor.ts';
import type { SyncSource } from './source.ts';

/**
 * What a relay is told of the chain of the log, so that it tells cursors of its own history from others: the check at each
 * commit since the checkpoint that it shows, `checkpointChecksMax` at most.
 */
export class ChainFeed {
  private readonly source: SyncSource;
  /** Position of the last checkpoint that was told of. */
  private told: number;

  /** `groups` are those that the session begins with. */
  constructor(source: SyncSource, groups: readonly CursorGroup[]) {
    this.source = source;
    this.told = positionOf(Math.max(0, ...groups.map(({ since }) => since)));
  }

  /** For the checkpoint at `seq`: oldest first, without those that the source does not know. */
  next(seq: Seq): number[] {
    const { source } = this;
    const upto = positionOf(seq);
    const behind = Math.max(this.told, upto - source.limits.checkpointChecksMax);
    const checks: number[] = [];
    for (let position = upto; position > behind; position--) {
      const check = source.checkAt(position);
      if (check === undefined) break;
      checks.push(check);
    }
    this.told = upto;
    return checks.reverse();
  }
}
