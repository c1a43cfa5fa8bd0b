/** Bytes 0 to 3 of a chain hash, as a number: enough to tell two histories apart. */
export function chainCheck(chain: Uint8Array): number {
  return (chain[0]! | (chain[1]! << 8) | (chain[2]! << 16) | (chain[3]! << 24)) >>> 0;
}

/** Checks of positions that follow one another, of which the first is `first`. */
export interface ChecksRun {
  readonly first: number;
  readonly checks: Iterable<number>;
}

/** The same, of so many. */
export interface ChecksPiece extends ChecksRun {
  readonly checks: Uint32Array;
}

const lengthMin = 64;

/**
 * Four bytes of the chain hash at each of the newest positions of a log: whether a receiver that knows one of them has
 * followed this very log. Two histories agree by chance once in four thousand million times.
 */
export class ChainChecks {
  private lengthMax: number;
  private checks = new Uint32Array(lengthMin);
  private newest = 0;
  private count = 0;

  /** The newest `lengthMax` are known. */
  constructor(lengthMax: number) {
    this.lengthMax = lengthMax;
  }

  /** The oldest position that is known; one behind the newest where none is. */
  get oldest(): number {
    return this.newest - this.count + 1;
  }

  /** The newest position that is known; 0 for none. */
  get upto(): number {
    return this.newest;
  }

  get memoryBytes(): number {
    return this.checks.byteLength;
  }

  /** The chain at the next position, or at any where it begins. */
  note(position: number, check: number): void {
    if (position <= this.newest && this.count > 0) return;
    if (this.count === this.checks.length) this.grow();
    this.checks[position % this.checks.length] = check;
    this.newest = position;
    this.count = Math.min(this.count + 1, this.checks.length, this.lengthMax);
  }

  /** The same of many, in their order. */
  noteAll({ first, checks }: ChecksRun): void {
    let position = first;
    for (const check of checks) this.note(position++, check);
  }

  /** Undefined where it is not known. */
  at(position: number): number | undefined {
    // Before the first commit.
    if (position === 0) return 0;
    if (position < this.oldest || position > this.newest) return undefined;
    return this.checks[position % this.checks.length];
  }

  /** Those up to a position, oldest first, in pieces of `lengthMax` at most. */
  *pieces(upto: number, lengthMax: number): Generator<ChecksPiece, void> {
    for (let first = this.oldest; first <= upto; ) {
      const length = Math.min(lengthMax, upto - first + 1);
      yield { first, checks: Uint32Array.from({ length }, (_, index) => this.at(first + index)!) };
      // What was noted meanwhile may have taken the room of what comes next.
      first = Math.max(first + length, this.oldest);
    }
  }

  /** Forgets those behind `position`: they were not ordered after all. */
  cut(position: number): void {
    if (position >= this.newest) return;
    this.count = Math.max(0, this.count - (this.newest - position));
    this.newest = position;
  }

  /** Memory is short: half of them are known from now on, but no fewer than `lengthFloor`. */
  shrink(lengthFloor: number): void {
    this.lengthMax = Math.min(this.lengthMax, Math.max(lengthFloor, this.count >>> 1));
    if (this.checks.length > this.lengthMax) this.resize(this.lengthMax);
  }

  private grow(): void {
    if (this.checks.length >= this.lengthMax) return;
    this.resize(Math.min(this.checks.length * 2, this.lengthMax));
  }

  private resize(length: number): void {
    this.count = Math.min(this.count, length);
    const resized = new Uint32Array(length);
    for (let position = this.oldest; position <= this.newest; position++) {
      resized[position % length] = this.checks[position % this.checks.length]!;
    }
    this.checks = resized;
  }
}
