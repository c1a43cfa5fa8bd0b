import { Code, SyncError } from '../base/errors.ts';
import type { Delta } from './messages.ts';

/** The cursors of one stream, of which most begin like the one before: a history, and names of scopes. */
export class ShortCursors {
  private last = new Uint8Array(0) as Uint8Array;

  /** Leaves out what this cursor has of the one before. */
  shortened(delta: Delta): Delta {
    const { cursor } = delta;
    const kept = commonBytes(this.last, cursor);
    this.last = cursor;
    return kept === 0 ? delta : { ...delta, cursor: cursor.subarray(kept), cursorKept: kept };
  }

  /** Puts it back. DATA_LOSS BAD_CURSOR where the one before was not so long. */
  whole(delta: Delta): Delta {
    const { cursorKept = 0, ...rest } = delta;
    const { last } = this;
    if (cursorKept > last.length) {
      const problem = `cursor_kept is ${cursorKept}; the cursor before had ${last.length} bytes`;
      throw new SyncError(Code.dataLoss, 'BAD_CURSOR', problem);
    }
    if (cursorKept === 0) {
      this.last = delta.cursor;
      return delta;
    }
    const cursor = new Uint8Array(cursorKept + delta.cursor.length);
    cursor.set(last.subarray(0, cursorKept));
    cursor.set(delta.cursor, cursorKept);
    this.last = cursor;
    return { ...rest, cursor };
  }
}

function commonBytes(left: Uint8Array, right: Uint8Array): number {
  const most = Math.min(left.length, right.length);
  let at = 0;
  while (at < most && left[at] === right[at]) at++;
  return at;
}
