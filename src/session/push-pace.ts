import type { Outcome } from '../change/commit.ts';
import type { Named, Transaction } from '../change/transaction.ts';
import { bytesAbout } from '../change/transaction.ts';
import { LinkWindow, type OnItsWay, type WindowBytes } from './link-window.ts';

/** A message has this part of the window, so that the next is on its way while the first is answered. */
const messagesPerWindow = 2;
/** Some eight seconds of 1 kbit/s: what small edits take, about, is twice what they take on the way. */
const windowBytesMin = 2 << 10;
/** A transaction goes whole where it is no more than so many windows: in parts it takes more messages. */
const windowsOfOne = 2;

interface SentPush extends OnItsWay {
  readonly first: Named;
}

/**
 * How much of what is pushed may have no answer yet. What a cut leaves unanswered is sent once more, so over a link that is
 * slow, or that does not last, it is little; over a good one it soon bounds nothing. Stays from stream to stream: the link is
 * often the one before.
 */
export class PushPace {
  private readonly nowMs: (() => number) | undefined;
  private readonly window: LinkWindow;
  /** Oldest first. */
  private pushes: SentPush[] = [];
  private parts: OnItsWay[] = [];
  private bytes = 0;
  private greetedAtMs = 0;

  /** `bytesMax` is the most that a push may have. Without a clock nothing is held back. */
  constructor(bytesMax: number, nowMs?: () => number, bounds?: Partial<WindowBytes>) {
    this.nowMs = nowMs;
    this.window = new LinkWindow({
      min: windowBytesMin,
      max: messagesPerWindow * bytesMax,
      ...bounds,
    });
  }

  /** A new stream. */
  begin(): void {
    if (this.isUnanswered) this.window.lost();
    this.window.renew();
    this.pushes = [];
    this.parts = [];
    this.bytes = 0;
  }

  /** The greeting goes; how long its answer takes is the first that is known of the link. */
  greets(): void {
    this.greetedAtMs = this.nowMs?.() ?? 0;
  }

  welcomed(): void {
    this.arrived({ atMs: this.greetedAtMs, bytes: 0, isFull: false });
  }

  /** Whether something that was sent has no answer. */
  get isUnanswered(): boolean {
    return this.pushes.length + this.parts.length > 0;
  }

  /** Bytes that a message of several may have; 0 while enough is on its way. */
  get roomBytes(): number {
    if (this.nowMs === undefined) return Number.MAX_SAFE_INTEGER;
    const { bytes } = this.window;
    const share = bytes / messagesPerWindow;
    return this.bytes === 0 || this.bytes + share <= bytes ? share : 0;
  }

  /** Bytes that a transaction alone may have where there is room at all; any number where nothing is on its way. */
  get roomBytesOfOne(): number {
    if (this.nowMs === undefined || this.bytes === 0) return Number.MAX_SAFE_INTEGER;
    return this.window.bytes - this.bytes;
  }

  /** Bytes of a transaction that goes whole, at the most. */
  get wholeBytesMax(): number {
    return this.nowMs === undefined ? Number.MAX_SAFE_INTEGER : windowsOfOne * this.window.bytes;
  }

  /** These go in a push; with `isFull` more would have gone. */
  sendsPush(transactions: readonly Transaction[], isFull: boolean): void {
    const bytes = transactions.reduce((sum, { changes }) => sum + bytesAbout(changes), 0);
    this.bytes += bytes;
    const { replica, counter } = transactions[0]!;
    this.pushes.push({ atMs: this.nowMs?.() ?? 0, bytes, isFull, first: { replica, counter } });
  }

  /** A part goes. */
  sendsPart(bytes: number, isFull: boolean): void {
    this.bytes += bytes;
    this.parts.push({ atMs: this.nowMs?.() ?? 0, bytes, isFull });
  }

  /** The answer to a push, or to what came in parts. What went before that push has come too. */
  pushAnswered([first]: readonly Outcome[]): void {
    const index = this.pushes.findIndex(
      ({ first: { replica, counter } }) => replica === first?.replica && counter === first.counter,
    );
    for (const push of this.pushes.splice(0, index + 1)) this.leaves(push);
  }

  /** The answer to the oldest part. */
  partAnswered(): void {
    const part = this.parts.shift();
    if (part !== undefined) this.leaves(part);
  }

  private leaves(sent: OnItsWay): void {
    this.bytes -= sent.bytes;
    this.arrived(sent);
  }

  private arrived(sent: OnItsWay): void {
    if (this.nowMs !== undefined) this.window.arrived(sent, this.nowMs());
  }
}
