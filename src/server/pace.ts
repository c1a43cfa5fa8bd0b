import { LinkWindow, type OnItsWay, windowBytesFirst } from '../session/link-window.ts';

/** Bytes of rows for each byte that is written, about: compression leaves a third, and of small batches more. */
const rowBytesPerByte = 3;
/** In Deltas of the largest size, of which compression leaves a part. */
const windowDeltas = 4;

/** A connection of HTTP/2 bears ten. */
const marksMax = 4;

/**
 * How much of what a client is sent may be on its way. Behind what was written goes a mark, and when that comes back, all
 * before it is there.
 */
export class Pace {
  private readonly deltaBytesMax: number;
  private readonly window: LinkWindow;
  /** Written, and not known to be there. */
  private bytes = 0;
  /** Of these, what no mark is behind. */
  private unmarked = 0;
  private isFull = false;
  private marks: OnItsWay[] = [];
  /** Marks that were sent, or that nobody waits for any more. */
  private sent = 0;

  constructor(deltaBytesMax: number) {
    this.deltaBytesMax = deltaBytesMax;
    this.window = new LinkWindow({ max: windowDeltas * deltaBytesMax });
  }

  /** Bytes of rows that the next Delta may have; 0 while enough is on its way. */
  get deltaBytes(): number {
    const { bytes } = this.window;
    if (this.bytes >= bytes) return 0;
    return Math.min(this.deltaBytesMax, rowBytesPerByte * bytes);
  }

  /** Whether a mark before what is to be written would tell how long the way is by itself. Once. */
  claimTiming(): boolean {
    return this.window.claimTiming();
  }

  /** A mark has come back in such a time. */
  timed(tookMs: number): void {
    this.window.timed(tookMs);
  }

  /** So many bytes are written; with `isFull` more is to follow. */
  writes(bytes: number, isFull: boolean): void {
    this.bytes += bytes;
    this.unmarked += bytes;
    this.isFull ||= isFull;
  }

  /** Whether a mark is to go now: a little now and then is not worth one. */
  get wantsMark(): boolean {
    if (this.unmarked === 0 || this.marks.length >= marksMax) return false;
    return this.isFull || this.bytes >= Math.min(windowBytesFirst, this.window.bytes);
  }

  /** The number of the mark that is sent next. */
  get nextMark(): number {
    return this.sent;
  }

  /** A mark is sent. */
  mark(nowMs: number): void {
    this.sent++;
    this.marks.push({ atMs: nowMs, bytes: this.unmarked, isFull: this.isFull });
    this.unmarked = 0;
    this.isFull = false;
  }

  /** The mark of this number has come back: the oldest, or one from before nobody could send any. */
  returned(number: number, nowMs: number): void {
    if (number < this.sent - this.marks.length) return;
    const mark = this.marks.shift();
    if (mark === undefined) return;
    this.bytes -= mark.bytes;
    this.window.arrived(mark, nowMs);
  }

  /** No mark can be sent: then nobody knows, and nothing is held back. */
  forget(): void {
    this.marks = [];
    this.bytes = 0;
    this.unmarked = 0;
    this.isFull = false;
  }
}
