/** Bytes that may be on their way when nothing is known of the link: less than TCP itself sends at once. */
export const windowBytesFirst = 8 << 10;
/** Some eight seconds of the slowest link that is of use, 1 kbit/s; with less, little of a message is rows. */
const windowBytesMin = 1 << 10;

/** For so long what is sent may wait on its way: below the first the window grows, above the last it shrinks. */
const waitMsLow = 500;
const waitMsAimed = 1_000;
const waitMsHigh = 2_000;
/** With less of a wait the window is far from what the link carries, and grows by as much as this for what has come. */
const waitMsNone = 50;
const growthFast = 3;

/** No way takes longer by itself, satellites included; what does is a queue. */
const roundTripMsMax = 750;
/** What is lost again and again comes to this part of the least. */
const lostPart = 4;

/** Something that was sent, of which it shows when it has come. */
export interface OnItsWay {
  readonly atMs: number;
  readonly bytes: number;
  /** There was more to send than there was room for. */
  readonly isFull: boolean;
}

/** The bounds of a window, in bytes. */
export interface WindowBytes {
  readonly first: number;
  readonly min: number;
  readonly max: number;
}

export interface LinkWindowOptions extends Partial<WindowBytes> {
  readonly max: number;
  /** It grows while what is sent waits for less than this, in milliseconds. */
  readonly waitMsGrowing?: number;
}

/**
 * How many bytes may be on their way over a link in one direction: what it carries in a second or two. Else the buffers of
 * kernels and modems take megabytes, for which a slow link needs hours: answers and signs of life wait behind them, and a cut
 * loses them all. It grows while what is sent comes at once, and shrinks where it waits.
 */
export class LinkWindow {
  private readonly bounds: WindowBytes;
  private readonly waitMsGrowing: number;
  private size: number;
  /** What was sent before says nothing of the window as it is. */
  private shrunkAtMs = Number.NEGATIVE_INFINITY;
  /** The least that was seen; undefined where none was, and nothing was sent to find out. */
  private roundTripMs: number | undefined;

  constructor({
    first = windowBytesFirst,
    min = windowBytesMin,
    max,
    waitMsGrowing = waitMsLow,
  }: LinkWindowOptions) {
    this.bounds = { first, min, max };
    this.waitMsGrowing = waitMsGrowing;
    this.size = Math.min(first, max);
  }

  get bytes(): number {
    return this.size;
  }

  /** Another connection: over what link it is, is not known, but that it may be the one before. */
  renew(): void {
    this.size = Math.min(this.size, this.bounds.first);
    this.shrunkAtMs = Number.NEGATIVE_INFINITY;
    this.roundTripMs = undefined;
  }

  /** Whether a mark before what is to be sent would tell how long the way is by itself. Once. */
  claimTiming(): boolean {
    const isFirst = this.roundTripMs === undefined;
    this.roundTripMs ??= roundTripMsMax;
    return isFirst;
  }

  /** So long it took there and back. */
  timed(tookMs: number): void {
    this.roundTripMs = Math.min(this.roundTripMs ?? roundTripMsMax, tookMs);
  }

  /**
   * It is known to be there, and was for `heldMs` before that was said. Where the clock was set back meanwhile, that says nothing.
   */
  arrived({ atMs, bytes, isFull }: OnItsWay, nowMs: number, heldMs = 0): void {
    if (nowMs < atMs) return;
    const tookMs = Math.max(0, nowMs - atMs - heldMs);
    this.timed(tookMs);
    const waitedMs = tookMs - this.roundTripMs!;
    if (waitedMs > waitMsHigh && atMs >= this.shrunkAtMs) {
      this.resize((this.size * waitMsAimed) / waitedMs);
      this.shrunkAtMs = nowMs;
    } else if (waitedMs < this.waitMsGrowing && isFull) {
      this.resize(this.size + bytes * (waitedMs < waitMsNone ? growthFast : 1));
    }
  }

  /** It was on its way when the connection ended: it may have been too much for it, also where it was the least. */
  lost(): void {
    this.size = Math.max(this.bounds.min / lostPart, this.size / 2);
  }

  private resize(bytes: number): void {
    const { min, max } = this.bounds;
    this.size = Math.min(max, Math.max(min, bytes));
  }
}
