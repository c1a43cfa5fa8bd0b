import type { IndexedKeys } from '../../../src/table/index-segment.ts';

/** Keys by slot with hashes of the test's own choice. */
export class TestKeys implements IndexedKeys {
  readonly keys: (string | undefined)[] = [];
  soughtHash = 0;
  /** Keys that were looked at to see whether they are the one sought. */
  looks = 0;
  private sought = '';
  private readonly hash: (key: string) => number;

  constructor(hash: (key: string) => number) {
    this.hash = hash;
  }

  seek(key: string): number {
    this.sought = key;
    this.soughtHash = this.hash(key) >>> 0;
    return this.soughtHash;
  }

  isSought(slot: number): boolean {
    this.looks++;
    return this.keys[slot] === this.sought;
  }

  hashAt(slot: number): number {
    return this.hash(this.keys[slot]!) >>> 0;
  }
}

/** Spreads small numbers over all bits. */
export function mixed(key: string): number {
  let hash = Math.imul(Number(key) + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
