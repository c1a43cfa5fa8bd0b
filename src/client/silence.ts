import { setTimer } from './timer.ts';

/** In so many pieces the time is looked at: so late at the most a link is given up. */
const looks = 4;

/**
 * Watches over a link, from which bytes should come now and then. It is the bytes that count and not an answer to a ping: that
 * waits behind what is on its way, which takes minutes where a link is slow, and all the while the link is fine.
 */
export class Silence {
  private readonly silenceMsMax: number;
  private readonly bytesRead: () => number;
  private readonly onSilence: () => void;
  private stopTimer = () => {};
  private seen = 0;
  private quiet = 0;

  /** `bytesRead` counts what has come; `onSilence` is called where that stayed the same for so long. */
  constructor(silenceMsMax: number, bytesRead: () => number, onSilence: () => void) {
    this.silenceMsMax = silenceMsMax;
    this.bytesRead = bytesRead;
    this.onSilence = onSilence;
  }

  /** Watches from now on. */
  begin(): void {
    this.seen = this.bytesRead();
    this.quiet = 0;
    this.wait();
  }

  end(): void {
    this.stopTimer();
  }

  private wait(): void {
    this.stopTimer();
    this.stopTimer = setTimer(() => this.look(), this.silenceMsMax / looks);
  }

  private look(): void {
    const bytes = this.bytesRead();
    this.quiet = bytes === this.seen ? this.quiet + 1 : 0;
    this.seen = bytes;
    if (this.quiet < looks) this.wait();
    else this.onSilence();
  }
}
