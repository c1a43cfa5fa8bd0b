import type { Outcome } from '../change/commit.ts';
import { bytesAbout, type Named, type Transaction } from '../change/transaction.ts';
import { LinkWindow, type OnItsWay, type WindowBytes } from './link-window.ts';

/** A message has this part of the window, so that the next is on its way while the first is answered. */
const messagesPerWindow = 2;
/** Some eight seconds of 1 kbit/s: what small edits take, about, is twice what they take on the way. */
const windowBytesMin = 2 << 10;
/** The answers to two messages often come together, with rows before them: a window that is any smaller leaves the link idle. */
const waitMsGrowing = 1_000;
/** A transaction goes whole where it is no more than so many windows: in parts it takes more messages. */
const windowsOfOne = 2;

interface Sent extends OnItsWay {
  bytes: number;
  /** The transaction that it has, or the first of them. */
  readonly first: Named;
  /** How long the server had had what it was sent until then. */
  readonly heldMs: number;
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
  private pushes: Sent[] = [];
  private parts: Sent[] = [];
  private bytes = 0;
  private greetedAtMs = 0;
  /**
   * For how long something of what was sent on this stream was at the server, and not on the link: it may be slow itself, which
   * smaller pushes would not mend.
   */
  private heldMs = 0;
  private answeredAtMs = 0;

  /** `bytesMax` is the most that a push may have. Without a clock nothing is held back. */
  constructor(bytesMax: number, nowMs?: () => number, bounds?: Partial<WindowBytes>) {
    this.nowMs = nowMs;
    this.window = new LinkWindow({
      waitMsGrowing,
      min: windowBytesMin,
      max: messagesPerWindow * bytesMax,
      ...bounds,
    });
  }

  /** A new stream. */
  begin(): void {
    if (this.unanswered !== undefined) this.window.lost();
    this.window.renew();
    this.pushes = [];
    this.parts = [];
    this.bytes = 0;
    this.answeredAtMs = this.now();
  }

  /** The greeting goes; how long its answer takes is the first that is known of the link. */
  greets(): void {
    this.greetedAtMs = this.now();
  }

  welcomed(): void {
    this.arrived({ atMs: this.greetedAtMs, bytes: 0, isFull: false }, 0);
  }

  /** The first that was sent and has no answer, or is in what has none. */
  get unanswered(): Named | undefined {
    return (this.pushes[0] ?? this.parts[0])?.first;
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

  /** These go in a push, as this share of their bytes; with `isFull` more would have gone. */
  sendsPush(transactions: readonly Transaction[], isFull: boolean, share = 1): void {
    const sum = transactions.reduce((bytes, { changes }) => bytes + bytesAbout(changes), 0);
    const bytes = Math.ceil(sum * share);
    this.bytes += bytes;
    this.pushes.push(this.sent(transactions[0]!, bytes, isFull));
  }

  /** So many bytes were what was pushed last, which has no answer yet. */
  tookPush(bytes: number): void {
    const last = this.pushes.at(-1);
    if (last === undefined) return;
    this.bytes += bytes - last.bytes;
    last.bytes = bytes;
  }

  /** A part goes. */
  sendsPart(of: Named, bytes: number, isFull: boolean): void {
    this.bytes += bytes;
    this.parts.push(this.sent(of, bytes, isFull));
  }

  private sent({ replica, counter }: Named, bytes: number, isFull: boolean): Sent {
    const { heldMs } = this;
    return { atMs: this.now(), bytes, isFull, heldMs, first: { replica, counter } };
  }

  /**
   * The answer to a push, or to what came in parts, which the server had for `orderingMs`. What went before that push has come
   * too.
   */
  pushAnswered([first]: readonly Outcome[], orderingMs = 0): void {
    const nowMs = this.now();
    // What it had at the same time counts once.
    this.heldMs += Math.max(0, Math.min(orderingMs, nowMs - this.answeredAtMs));
    this.answeredAtMs = nowMs;
    const index = this.pushes.findIndex(
      ({ first: { replica, counter } }) => replica === first?.replica && counter === first.counter,
    );
    for (const push of this.pushes.splice(0, index + 1)) this.leaves(push);
  }

  /** The answer to the oldest part. With `isPushed` an outcome of what that completed is to follow. */
  partAnswered(isPushed: boolean): void {
    const part = this.parts.shift();
    if (part === undefined) return;
    this.leaves(part);
    if (isPushed) this.pushes.push(this.sent(part.first, 0, false));
  }

  private leaves(sent: Sent): void {
    this.bytes -= sent.bytes;
    this.arrived(sent, this.heldMs - sent.heldMs);
  }

  private arrived(sent: OnItsWay, heldMs: number): void {
    if (this.nowMs !== undefined) this.window.arrived(sent, this.nowMs(), heldMs);
  }

  private now(): number {
    return this.nowMs?.() ?? 0;
  }
}
