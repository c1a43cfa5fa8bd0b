/** Bytes that may be on their way when nothing is known of the link: less than TCP itself sends at once. */
const windowBytesFirst = 8 << 10;
/** Some eight seconds of the slowest link that is of use, 1 kbit/s; with less, little of a message is rows. */
const windowBytesMin = 1 << 10;
/** Bytes of rows for each byte that is written, about: compression leaves a third, and of small batches more. */
const rowBytesPerByte = 3;
/** In Deltas of the largest size, of which compression leaves a part. */
const windowDeltas = 4;

/** For so long what is written may wait on its way: below the first the window grows, above the last it shrinks. */
const waitMsLow = 500;
const waitMsAimed = 1_000;
const waitMsHigh = 2_000;
/** With less of a wait the window is far from what the link carries, and grows by as much as this for what has come. */
const waitMsNone = 50;
const growthFast = 3;

/** No way takes longer by itself, satellites included; what does is a queue. */
const roundTripMsMax = 750;

/** A connection of HTTP/2 bears ten. */
const marksMax = 4;

interface Mark {
  readonly atMs: number;
  /** Written since the mark before it. */
  readonly bytes: number;
  /** There was more to send than a Delta could have. */
  readonly isFull: boolean;
}

/**
 * How much of what a client is sent may be on its way: what its link carries in a second or two. Else the buffers of kernels
 * and modems take megabytes, for which a slow link needs hours: answers and signs of life wait behind them, and a cut loses
 * them all. Behind what was written goes a mark, and when that comes back, all before it is there.
 */
export class Pace {
  private readonly deltaBytesMax: number;
  private windowBytes = windowBytesFirst;
  /** Written, and not known to be there. */
  private bytes = 0;
  /** Of these, what no mark is behind. */
  private unmarked = 0;
  private isFull = false;
  private marks: Mark[] = [];
  /** Marks from before say nothing of the window as it is. */
  private shrunkAtMs = 0;
  /** The least that was seen; undefined where none was, and nothing was sent to find out. */
  private roundTripMs: number | undefined;

  constructor(deltaBytesMax: number) {
    this.deltaBytesMax = deltaBytesMax;
  }

  /** Bytes of rows that the next Delta may have; 0 while enough is on its way. */
  get deltaBytes(): number {
    if (this.bytes >= this.windowBytes) return 0;
    return Math.min(this.deltaBytesMax, rowBytesPerByte * this.windowBytes);
  }

  /** Whether a mark before what is to be written would tell how long the way is by itself. Once. */
  claimTiming(): boolean {
    const isFirst = this.roundTripMs === undefined;
    this.roundTripMs ??= roundTripMsMax;
    return isFirst;
  }

  /** A mark has come back in such a time. */
  timed(tookMs: number): void {
    this.roundTripMs = Math.min(this.roundTripMs ?? roundTripMsMax, tookMs);
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
    return this.isFull || this.bytes >= Math.min(windowBytesFirst, this.windowBytes);
  }

  /** A mark is sent. */
  mark(nowMs: number): void {
    this.marks.push({ atMs: nowMs, bytes: this.unmarked, isFull: this.isFull });
    this.unmarked = 0;
    this.isFull = false;
  }

  /** The oldest mark has come back. */
  returned(nowMs: number): void {
    const mark = this.marks.shift();
    if (mark === undefined) return;
    const { atMs, bytes, isFull } = mark;
    this.bytes -= bytes;
    const tookMs = nowMs - atMs;
    this.timed(tookMs);
    const waitedMs = tookMs - this.roundTripMs!;
    if (waitedMs > waitMsHigh && atMs >= this.shrunkAtMs) {
      this.resize((this.windowBytes * waitMsAimed) / waitedMs);
      this.shrunkAtMs = nowMs;
    } else if (waitedMs < waitMsLow && isFull) {
      this.resize(this.windowBytes + bytes * (waitedMs < waitMsNone ? growthFast : 1));
    }
  }

  /** No mark can be sent: then nobody knows, and nothing is held back. */
  forget(): void {
    this.marks = [];
    this.bytes = 0;
    this.unmarked = 0;
    this.isFull = false;
  }

  private resize(bytes: number): void {
    const most = windowDeltas * this.deltaBytesMax;
    this.windowBytes = Math.min(most, Math.max(windowBytesMin, bytes));
  }
}
