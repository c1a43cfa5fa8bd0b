/** How one writer's line is joined. */
interface Joining {
  /** The first counter that is not there. */
  readonly missing: number;
  /** What is there reaches to this counter, as far as the answers tell. */
  heldTo: number;
  /** Counters that are sent now: from, and up to the one before what is there. */
  from: number;
  upto: number;
  /** The lowest counter of them that was held by the answers so far. */
  lowestHeld: number | undefined;
  /** So many at a time. */
  size: number;
}

/**
 * A relay may hold a writer's transactions from some counter on when the home loses those that came before. These have a
 * place there only right before what is held, so they go backwards: the last ones first, until none is missing. Which are
 * sent at a time is a window of counters; of a window that found no place at all only the last is tried, and then it is
 * given up: something else is in the way.
 */
export class JoiningLines {
  private readonly sizeMax: number;
  private readonly lines = new Map<string, Joining>();

  /** `sizeMax` is how many a push may have. */
  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  /** A new stream. */
  clear(): void {
    this.lines.clear();
  }

  forget(writer: string): void {
    this.lines.delete(writer);
  }

  has(writer: string): boolean {
    return this.lines.has(writer);
  }

  /** Whether this one may be sent now. */
  allows(writer: string, counter: number): boolean {
    const line = this.lines.get(writer);
    return line === undefined || (counter >= line.from && counter <= line.upto);
  }

  /**
   * What is held begins behind `upto`, and the writer has all from `missing` on. Returns behind which counter its
   * transactions are to be sent from now on; those that are not allowed wait.
   */
  begin(writer: string, missing: number, upto: number): number {
    const line = { missing, heldTo: upto, from: 0, upto, size: this.sizeMax };
    return this.open(writer, { ...line, lowestHeld: undefined });
  }

  /** An answer to `counter`. Returns the like, where that is another now. */
  answered(writer: string, counter: number, isHeld: boolean): number | undefined {
    const line = this.lines.get(writer);
    if (line === undefined) return undefined;
    if (isHeld) line.heldTo = Math.max(counter, line.heldTo);
    if (counter < line.from || counter > line.upto) return undefined;
    if (isHeld) line.lowestHeld = Math.min(counter, line.lowestHeld ?? counter);
    if (counter < line.upto) return undefined;
    return this.next(writer, line);
  }

  /** All of the window is answered. */
  private next(writer: string, line: Joining): number | undefined {
    const { lowestHeld, missing, heldTo, upto } = line;
    if (lowestHeld !== undefined && lowestHeld <= missing) {
      this.forget(writer);
      return heldTo;
    }
    // A push had room for less of it than a window has: from now on a window has no more than that.
    if (lowestHeld !== undefined) {
      return this.open(writer, { ...line, upto: lowestHeld - 1, size: upto - lowestHeld + 1 });
    }
    if (line.size > 1) return this.open(writer, { ...line, size: 1 });
    this.forget(writer);
    return undefined;
  }

  private open(writer: string, line: Joining): number {
    const from = Math.max(line.missing, line.upto - line.size + 1);
    this.lines.set(writer, { ...line, from, lowestHeld: undefined });
    return from - 1;
  }
}
