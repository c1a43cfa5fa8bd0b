import type { Replica } from '../replica/replica.ts';
import type { Delta } from './messages.ts';
import { withOwnRows } from './own-rows.ts';
import { ShortCursors } from './short-cursors.ts';

/** What a client is told on its streams, with all that the server could leave out because the client has it. */
export class ToldDeltas {
  private readonly replica: Replica;
  private readonly isTakenUp: () => boolean;
  private cursors = new ShortCursors();

  /** `isTakenUp` says whether what comes now is. */
  constructor(replica: Replica, isTakenUp: () => boolean) {
    this.replica = replica;
    this.isTakenUp = isTakenUp;
  }

  /** Another stream. */
  begin(): void {
    this.cursors = new ShortCursors();
  }

  /**
   * A Delta with its whole cursor, and with its own rows where it is taken up. To be called with each one of a stream: the next one
   * may go on from it. DATA_LOSS BAD_CURSOR, OWN_ROW_UNKNOWN.
   */
  whole(delta: Delta): Delta {
    const told = this.cursors.whole(delta);
    return this.isTakenUp() ? { ...told, deltas: withOwnRows(told.deltas, this.replica) } : told;
  }
}
