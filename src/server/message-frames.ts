/** A byte that says whether a message is compressed, and four for its length. */
const headBytes = 5;

/** Follows the messages of a stream of gRPC as their bytes come, and keeps none of them. */
export class MessageFrames {
  /** Of the head of the message that comes. */
  private headSeen = 0;
  private length = 0;
  /** Messages that were whole. */
  whole = 0;

  /** Whether a message has begun and is not whole. */
  get isPartial(): boolean {
    return this.headSeen > 0;
  }

  came(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.headSeen < headBytes) {
        if (this.headSeen > 0) this.length = this.length * 256 + bytes[at]!;
        this.headSeen++;
        at++;
      } else {
        const step = Math.min(this.length, bytes.length - at);
        this.length -= step;
        at += step;
      }
      if (this.headSeen === headBytes && this.length === 0) {
        this.whole++;
        this.headSeen = 0;
      }
    }
  }
}
