import { Code, SyncError } from '../base/errors.ts';

/** What comes in over one call. */
export interface Incoming {
  /** So many bytes more of a message have come. */
  came(bytes: number): void;
  /** The message is whole: what comes next is of another one. */
  whole(): void;
  /** There will be no more of it; what comes all the same counts for nothing. */
  close(): void;
}

interface Message {
  bytes: number;
  /** Gives up the call, and what there is of its message. */
  readonly drop: () => void;
}

/** Of a run of bytes that came at once, beside them: measured, and rounded up. Two thirds of it lie on the heap. */
const chunkBytes = 256;

/** Of all the room, for messages that are whole. */
const keptShare = 1 / 2;

const retryDelayMs = 1_000;

/**
 * What has come and is not read yet, that of all calls together: messages that are not whole, and those that are and wait.
 * Where it is too much, those of which nothing came for the longest are given up: who sends gets on.
 */
export class Receiving {
  private readonly bytesMax: number;
  /** Those that are not whole; those of which something came last are at the end. */
  private readonly messages = new Set<Message>();
  private sum = 0;
  private keptBytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** As much as has come, and a little for each run of bytes. */
  get usedBytes(): number {
    return this.sum;
  }

  /** A call begins; `drop` gives it up, with what there is of its message. */
  begin(drop: () => void): Incoming {
    const message = { bytes: 0, drop };
    let isOver = false;
    return {
      came: (bytes) => {
        if (!isOver) this.add(message, bytes + chunkBytes);
      },
      whole: () => this.remove(message),
      close: () => {
        isOver = true;
        this.remove(message);
      },
    };
  }

  /**
   * A message that is whole stays as it came, for as long as it waits; the answer is to be called when it does not any more.
   * RESOURCE_EXHAUSTED WAITING_FULL where half of the room is taken by such; one alone may always wait.
   */
  keep(bytes: number): () => void {
    const isTooMuch = this.keptBytes + bytes > this.bytesMax * keptShare;
    if (isTooMuch && this.keptBytes > 0) throw waitingFull();
    this.keptBytes += bytes;
    this.sum += bytes;
    return () => {
      this.keptBytes -= bytes;
      this.sum -= bytes;
    };
  }

  private add(message: Message, bytes: number): void {
    this.messages.delete(message);
    this.messages.add(message);
    message.bytes += bytes;
    this.sum += bytes;
    for (const stalest of this.messages) {
      if (this.sum <= this.bytesMax) return;
      this.remove(stalest);
      stalest.drop();
    }
  }

  private remove(message: Message): void {
    this.sum -= message.bytes;
    message.bytes = 0;
    this.messages.delete(message);
  }
}

function waitingFull(): SyncError {
  const message = 'too much waits to be ordered already: nothing of this was taken, send it again';
  return new SyncError(Code.resourceExhausted, 'WAITING_FULL', message, { retryDelayMs });
}
