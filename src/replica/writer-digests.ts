/** The newest transactions of one writer. */
interface Window {
  /** Counter of the newest one; those before it follow without a gap. */
  newest: number;
  /** How many are known. */
  count: number;
  /** The check of counter `c` stands at `c` modulo the length. */
  checks: Uint32Array;
}

const lengthMin = 4;
/** About what a writer takes on the heap beside its checks. */
const writerBytes = 350;

/** What is known of counters that follow one another. */
export interface DigestPiece {
  readonly replica: string;
  /** Counter of the first. */
  readonly first: number;
  readonly checks: Uint32Array;
}

/**
 * By which transactions the newest counters of each writer were settled, so that a retry is told from another
 * device's transaction under the same counter. It is made from the commits alone. Four bytes of each digest are kept:
 * two that differ are taken for the same once in four thousand million times, and then by a writer that has already
 * been told of its fork by another counter, or will be.
 */
export class WriterDigests {
  private readonly windows = new Map<string, Window>();
  private lengthMax: number;

  /** Of each writer `lengthMax` are known; the oldest are forgotten. */
  constructor(lengthMax: number) {
    this.lengthMax = lengthMax;
  }

  get memoryBytes(): number {
    let sum = this.windows.size * writerBytes;
    for (const { checks } of this.windows.values()) sum += checks.byteLength;
    return sum;
  }

  /**
   * Memory is short: from now on half of what the longest window has is known of a writer, but no less than `lengthFloor`.
   * Whoever asks for older ones is told that they are forgotten.
   */
  shrink(lengthFloor: number): void {
    let longest = 0;
    for (const { count } of this.windows.values()) longest = Math.max(longest, count);
    this.lengthMax = Math.min(this.lengthMax, Math.max(lengthFloor, longest >>> 1));
    for (const window of this.windows.values()) {
      if (window.checks.length > this.lengthMax) this.resize(window, this.lengthMax);
    }
  }

  /**
   * The transaction is the writer's next, or was noted before. Writers of the server itself never send one again under its
   * counter.
   */
  note(replica: string, counter: number, digest: Uint8Array): void {
    if (!replica.startsWith('$')) this.noteCheck(replica, counter, checkOf(digest));
  }

  /**
   * What is known of each writer up to a counter, oldest first and in pieces of up to `checksMax`, for a snapshot. Others
   * may be noted between two pieces.
   */
  *pieces(uptoOf: (replica: string) => number, checksMax: number): Generator<DigestPiece> {
    for (const [replica, window] of this.windows) {
      for (let next = 0; ; ) {
        const { newest, count, checks } = window;
        const first = Math.max(next, newest - count + 1);
        const end = Math.min(newest, uptoOf(replica)) + 1;
        if (first >= end) break;
        next = Math.min(end, first + checksMax);
        const piece = new Uint32Array(next - first);
        for (let at = 0; at < piece.length; at++) piece[at] = checks[(first + at) % checks.length]!;
        yield { replica, first, checks: piece };
      }
    }
  }

  /** Takes up a piece, behind those of the same writer that came before it. */
  restore({ replica, first, checks }: DigestPiece): void {
    for (const [at, check] of checks.entries()) this.noteCheck(replica, first + at, check);
  }

  private noteCheck(replica: string, counter: number, check: number): void {
    let window = this.windows.get(replica);
    if (window === undefined) {
      window = { newest: counter - 1, count: 0, checks: new Uint32Array(lengthMin) };
      this.windows.set(replica, window);
    }
    if (counter <= window.newest) return;
    // While a snapshot was gathered, a window may have moved on past what was to come next.
    if (counter > window.newest + 1) window.count = 0;
    this.makeRoom(window);
    window.checks[counter % window.checks.length] = check;
    window.newest = counter;
    window.count = Math.min(window.count + 1, this.lengthMax);
  }

  /** Whether the transaction of this counter has this digest; undefined where it is not known. */
  isSame(replica: string, counter: number, digest: Uint8Array): boolean | undefined {
    const window = this.windows.get(replica);
    if (window === undefined) return undefined;
    const { newest, count, checks } = window;
    if (counter > newest || counter <= newest - count) return undefined;
    return checks[counter % checks.length] === checkOf(digest);
  }

  /** Forgets those behind `counter`: they were not ordered after all. */
  cut(replica: string, counter: number): void {
    const window = this.windows.get(replica);
    if (window === undefined || counter >= window.newest) return;
    window.count = Math.max(0, window.count - (window.newest - counter));
    window.newest = counter;
  }

  private makeRoom(window: Window): void {
    const { count, checks } = window;
    if (count < checks.length || checks.length >= this.lengthMax) return;
    this.resize(window, Math.min(checks.length * 2, this.lengthMax));
  }

  private resize(window: Window, length: number): void {
    const { newest, checks } = window;
    window.count = Math.min(window.count, length);
    window.checks = new Uint32Array(length);
    for (let counter = newest - window.count + 1; counter <= newest; counter++) {
      window.checks[counter % length] = checks[counter % checks.length]!;
    }
  }
}

function checkOf(digest: Uint8Array): number {
  return (digest[0]! | (digest[1]! << 8) | (digest[2]! << 16) | (digest[3]! << 24)) >>> 0;
}
