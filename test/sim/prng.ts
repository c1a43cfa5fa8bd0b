/**
 * Where all chance of a simulation comes from (sfc32). Whoever takes chances has a sequence of its own: what one of them
 * does more or less of shifts nobody else's.
 */
export interface Prng {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** The sequence of this seed and name. */
export function createPrng(seed: number, name = ''): Prng {
  return new Sfc32(seed, hashOf(name));
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}

class Sfc32 implements Prng {
  private a: number;
  private b: number;
  private c = 0x243f6a88;
  private counter = 1;

  constructor(seed: number, name: number) {
    this.a = seed | 0;
    this.b = name ^ 0x9e3779b9;
    // Seeds that stand side by side lead to sequences that have nothing in common.
    for (let round = 0; round < 15; round++) this.word();
  }

  below(below: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * below);
  }

  chance(probability: number): boolean {
    return this.word() < probability * 0x1_0000_0000;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  private word(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
