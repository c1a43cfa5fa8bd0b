/** A message that comes in. */
export interface Incoming {
  /** Gives up the call, and what there is of its message. */
  drop(): void;
}

/** Of a run of bytes that came at once, beside them. */
const chunkBytes = 128;

/**
 * What has come of messages that are not whole yet, those of all calls together. Where that is too much, those of which
 * nothing came for the longest are given up: who sends gets on.
 */
export class Receiving {
  private readonly bytesMax: number;
  /** Bytes of each; those of which something came last are at the end. */
  private readonly messages = new Map<Incoming, number>();
  private sum = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** So many bytes more of a message have come. */
  came(message: Incoming, bytes: number): void {
    const before = this.messages.get(message) ?? 0;
    this.messages.delete(message);
    this.messages.set(message, before + bytes + chunkBytes);
    this.sum += bytes + chunkBytes;
    for (const [stalest] of this.messages) {
      if (this.sum <= this.bytesMax) return;
      this.done(stalest);
      stalest.drop();
    }
  }

  /** It is whole, or there will be no more of it. */
  done(message: Incoming): void {
    this.sum -= this.messages.get(message) ?? 0;
    this.messages.delete(message);
  }
}
