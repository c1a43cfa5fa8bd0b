/** The first and the last counter of a writer that may be sent. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** How one writer's line is joined. */
interface Joining {
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
 * sent at a time is a window of counters; of a window that found no place at all only the last is tried, and then it stands
 * still: something else is in the way. The next retry goes on with that one, and what is before it comes after it, whatever
 * has become of what was there. The answer to its last one ends a window, so there is none whose last one cannot be sent.
 */
export class JoiningLines {
  private readonly sizeMax: number;
  private readonly spanOf: (writer: string) => Span | undefined;
  private readonly lines = new Map<string, Joining>();
  /** Those that stand still until a retry. */
  private readonly stalled = new Map<string, Joining>();

  /** `sizeMax` is how many a push may have; `spanOf` says which are there to be sent. */
  constructor(sizeMax: number, spanOf: (writer: string) => Span | undefined) {
    this.sizeMax = sizeMax;
    this.spanOf = spanOf;
  }

  /** A new stream. */
  clear(): void {
    this.lines.clear();
    this.stalled.clear();
  }

  forget(writer: string): void {
    this.lines.delete(writer);
    this.stalled.delete(writer);
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
   * What is held begins behind `upto`. Returns behind which counter the writer's transactions are to be sent from now on;
   * those that are not allowed wait. Undefined where `upto` is not there to be sent: then what is there cannot be joined.
   */
  begin(writer: string, upto: number): number | undefined {
    this.forget(writer);
    const line = { heldTo: upto, from: 0, upto, size: this.sizeMax, lowestHeld: undefined };
    return this.open(writer, line);
  }

  /**
   * What stands still goes on: returns behind which counter, by writer. Gives up the lines whose window cannot be sent any more:
   * it was settled, or dropped.
   */
  retry(): Map<string, number> {
    for (const [writer, { upto }] of [...this.lines, ...this.stalled])
      if (!this.reaches(writer, upto)) this.forget(writer);
    const again = new Map<string, number>();
    for (const [writer, line] of this.stalled) again.set(writer, this.open(writer, line)!);
    this.stalled.clear();
    return again;
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
    const { lowestHeld, heldTo, upto } = line;
    this.forget(writer);
    if (lowestHeld === undefined) {
      if (line.size > 1) return this.open(writer, { ...line, size: 1 });
      this.stalled.set(writer, line);
      return undefined;
    }
    // Where a push had room for less than a window has, the next has no more than that; where it had room, twice as much.
    const held = upto - lowestHeld + 1;
    const size = held < line.size ? held : Math.min(this.sizeMax, 2 * held);
    return this.open(writer, { ...line, upto: lowestHeld - 1, size }) ?? heldTo;
  }

  private open(writer: string, line: Joining): number | undefined {
    if (!this.reaches(writer, line.upto)) return undefined;
    const from = Math.max(this.spanOf(writer)!.first, line.upto - line.size + 1);
    this.lines.set(writer, { ...line, from, lowestHeld: undefined });
    return from - 1;
  }

  private reaches(writer: string, counter: number): boolean {
    const span = this.spanOf(writer);
    return span !== undefined && counter >= span.first && counter <= span.last;
  }
}
