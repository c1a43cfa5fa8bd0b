/** Which probes are to be sent on a stream, and which a checkpoint has answered. They are numbered by the client, from 1. */
export class ProbePlan {
  private asked = 0;
  /** On this stream. */
  private sent = 0;
  private last = 0;
  /** The one that the first checkpoint of this stream answers by being one. */
  private atHello = 0;

  /** The newest that a checkpoint has answered. */
  get answered(): number {
    return this.last;
  }

  /** A new stream: its first checkpoint answers all that was asked before. */
  begin(): void {
    this.sent = this.asked;
    this.atHello = this.asked;
  }

  /** Returns its number. What is asked before the hello goes out is answered by the first checkpoint. */
  ask(isBeforeHello: boolean): number {
    this.asked++;
    if (isBeforeHello) this.begin();
    return this.asked;
  }

  /** The number of the one to send now; one answers all before it. */
  next(): number | undefined {
    if (this.sent === this.asked) return undefined;
    this.sent = this.asked;
    return this.sent;
  }

  /** A checkpoint is shown, which answers up to this one. */
  checkpoint(answered: number): void {
    this.last = Math.max(this.last, this.atHello, answered);
  }
}
