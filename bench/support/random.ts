/** Numbers that look random and are the same in every run: for data that measurements and their checks both make. */
export interface Random {
  /** Below 1, 0 and up. */
  next(): number;
  /** A whole number below `end`, 0 and up. */
  below(end: number): number;
  /** 32 bits, unsigned. */
  bits(): number;
}

/** The sequence of a seed and an index, so that row 70,000 can be made without the rows before it. */
export function createRandom(seed: number, index = 0): Random {
  return new Sfc32(seed, index);
}

/** sfc32, Chris Doty-Humphrey's Small Fast Counting generator (PractRand, public domain). */
class Sfc32 implements Random {
  private a: number;
  private b: number;
  private c = 0x9e3779b9 | 0;
  private counter = 1;

  constructor(seed: number, index: number) {
    this.a = seed | 0;
    this.b = index | 0;
    for (let round = 0; round < 12; round++) this.bits();
  }

  bits(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  next(): number {
    return this.bits() / 2 ** 32;
  }

  below(end: number): number {
    return Math.floor(this.next() * end);
  }
}
