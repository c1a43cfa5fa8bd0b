import { type ByteWriter, malformed } from '../../base/bytes.ts';
import type { SyncError } from '../../base/errors.ts';
import type { Limits } from '../../base/limits.ts';
import type { BatchColumn } from '../../codec/batch.ts';

/** Bytes that all texts and byte strings of a batch may come to: a few can stand for many. */
export class Room {
  bytesLeft: number;

  constructor(bytesMax: number) {
    this.bytesLeft = bytesMax;
  }
}

/** What the cells of one column are held against while they are made of a batch. */
export class Rebuilding {
  readonly limits: Limits;
  /** Whether records are in it that somebody else has made, so that the whole has to be checked. */
  hasForeign = false;
  private readonly name: string;
  private readonly room: Room;

  /** `name` is that of the column. */
  constructor(name: string, room: Room, limits: Limits) {
    this.name = name;
    this.room = room;
    this.limits = limits;
  }

  /** DATA_LOSS MALFORMED_BYTES that names the column. */
  fail(problem: string, cause?: unknown): SyncError {
    return malformed('column batch', `${this.name}: ${problem}`, cause);
  }

  /** Takes the room of so many bytes. */
  take(bytes: number): void {
    this.room.bytesLeft -= bytes;
    if (this.room.bytesLeft < 0) throw this.tooLong();
  }

  /** Refuses what is about to be longer than there is room. */
  check(out: ByteWriter): void {
    if (out.length > this.room.bytesLeft) throw this.tooLong();
  }

  /** Refuses columns of which two have the same row. */
  checkApart(columns: readonly BatchColumn[], rowCount: number): void {
    if (columns.length < 2) return;
    const taken = new Uint8Array(rowCount);
    for (const { present } of columns) {
      for (let row = 0; row < rowCount; row++) {
        if (present !== undefined && present[row] === 0) continue;
        if (taken[row] === 1) throw this.fail('a row has two values');
        taken[row] = 1;
      }
    }
  }

  private tooLong(): SyncError {
    return this.fail('the rows are longer than a batch may be');
  }
}
