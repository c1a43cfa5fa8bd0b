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

/**
 * By which transactions the newest counters of each writer were settled, so that a retry is told from another
 * device's transaction under the same counter. It is made from the commits alone. Four bytes of each digest are kept:
 * two that differ are taken for the same once in four thousand million times, and then by a writer that has already
 * been told of its fork by another counter, or will be.
 */
export class WriterDigests {
  private readonly windows = new Map<string, Window>();
  private readonly lengthMax: number;

  /** Of each writer `lengthMax` are known; the oldest are forgotten. */
  constructor(lengthMax: number) {
    this.lengthMax = lengthMax;
  }

  /** The transaction is the writer's next. Writers of the server itself never send one again under its counter. */
  note(replica: string, counter: number, digest: Uint8Array): void {
    if (replica.startsWith('$')) return;
    let window = this.windows.get(replica);
    if (window === undefined) {
      window = { newest: counter - 1, count: 0, checks: new Uint32Array(lengthMin) };
      this.windows.set(replica, window);
    }
    this.makeRoom(window);
    window.checks[counter % window.checks.length] = checkOf(digest);
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
    const { newest, count, checks } = window;
    if (count < checks.length || checks.length >= this.lengthMax) return;
    const grown = new Uint32Array(Math.min(checks.length * 2, this.lengthMax));
    for (let counter = newest - count + 1; counter <= newest; counter++) {
      grown[counter % grown.length] = checks[counter % checks.length]!;
    }
    window.checks = grown;
  }
}

function checkOf(digest: Uint8Array): number {
  return (digest[0]! | (digest[1]! << 8) | (digest[2]! << 16) | (digest[3]! << 24)) >>> 0;
}
