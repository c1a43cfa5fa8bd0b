import { MessageFrames } from './message-frames.ts';

/**
 * How long a peer lets us wait for the rest of what it began: for its first message from the headers on, for each later one of
 * a stream from its first byte on. While nobody reads, a message cannot come, and no time runs.
 */
export class RequestClock {
  private readonly frames = new MessageFrames();
  private readonly msMax: number;
  private readonly onLate: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Messages before the one that time runs for. */
  private awaited = 0;
  private isFirst = true;
  private isOver = false;

  constructor(msMax: number, onLate: () => void) {
    this.msMax = msMax;
    this.onLate = onLate;
    this.start();
  }

  /** Bytes came; `isRead` says whether more can. */
  came(bytes: Uint8Array, isRead: boolean): void {
    this.frames.came(bytes);
    if (!this.isFirst) this.look(isRead);
  }

  /** The first message was heard: from now on each has its own time. */
  heard(isRead: boolean): void {
    if (!this.isFirst) return;
    this.isFirst = false;
    this.stop();
    this.look(isRead);
  }

  /** Reading went on. */
  reads(): void {
    if (!this.isFirst) this.look(true);
  }

  close(): void {
    this.isOver = true;
    this.stop();
  }

  private look(isRead: boolean): void {
    const { whole, isPartial } = this.frames;
    if (!isRead || !isPartial || whole !== this.awaited) this.stop();
    if (isRead && isPartial && this.timer === undefined) this.start();
    this.awaited = whole;
  }

  private start(): void {
    if (this.isOver) return;
    this.timer = setTimeout(this.onLate, this.msMax);
    this.timer.unref();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
