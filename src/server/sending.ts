interface Message {
  readonly bytes: number;
  readonly drop: () => void;
}

/**
 * What was written and not taken by its readers yet, that of all calls together. Where it is too much, the calls that have let
 * theirs wait for the longest are given up: whoever reads gets on.
 */
export class Sending {
  private readonly bytesMax: number;
  /** Those that wait for the longest come first. */
  private readonly messages = new Set<Message>();
  private sum = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get usedBytes(): number {
    return this.sum;
  }

  /** A message is written; `drop` gives its call up. The answer is to be called when it is taken, or the call is over. */
  begin(bytes: number, drop: () => void): () => void {
    const message = { bytes, drop };
    this.messages.add(message);
    this.sum += bytes;
    for (const stalest of this.messages) {
      // Whoever comes last is no reason to wait for anybody.
      if (this.sum <= this.bytesMax || stalest === message) break;
      this.remove(stalest);
      stalest.drop();
    }
    return () => this.remove(message);
  }

  private remove(message: Message): void {
    if (!this.messages.delete(message)) return;
    this.sum -= message.bytes;
  }
}
