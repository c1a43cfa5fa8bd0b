import { bytesEqual } from '../base/bytes.ts';

/** Checkpoints that are kept in mind until they are stored. */
const waitingMax = 64;

/** Which cursor to tell a server that this side has: never one that is ahead of what is stored. */
export class AckPlan {
  private readonly storedCursor: (() => Uint8Array) | undefined;
  private waiting: Uint8Array[] = [];

  /** `storedCursor` is the newest one on stable storage; where it is left out, all are. */
  constructor(storedCursor?: () => Uint8Array) {
    this.storedCursor = storedCursor;
  }

  /** A new stream: nothing is to be acknowledged. */
  begin(): void {
    this.waiting = [];
  }

  /** The cursor of a checkpoint that was taken. */
  add(cursor: Uint8Array): void {
    this.waiting.push(cursor);
    // Of those in between nobody needs to hear; the newest are the ones that storage comes to.
    if (this.waiting.length > waitingMax) this.waiting.splice(0, 1);
  }

  /** The newest cursor to tell; undefined where there is none. */
  next(): Uint8Array | undefined {
    const { storedCursor } = this;
    const stored = storedCursor?.();
    const index =
      stored === undefined
        ? this.waiting.length - 1
        : this.waiting.findLastIndex((cursor) => bytesEqual(cursor, stored));
    return this.waiting.splice(0, index + 1).at(-1);
  }
}
