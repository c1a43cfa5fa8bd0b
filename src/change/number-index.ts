/**
 * Finds the local slot of a row number on a replica, whose slots differ from the home's numbers. Open
 * addressing with linear probing over slots; the numbers themselves are kept by the caller, by slot.
 */
export class NumberIndex {
  private table = new Uint32Array(16);
  private count = 0;
  private readonly numberOf: (slot: number) => number;

  constructor(numberOf: (slot: number) => number) {
    this.numberOf = numberOf;
  }

  get memoryBytes(): number {
    return this.table.byteLength;
  }

  /** The slot, or -1. */
  find(number: number): number {
    const mask = this.table.length - 1;
    for (let at = place(number, mask); ; at = (at + 1) & mask) {
      const entry = this.table[at]!;
      if (entry === 0) return -1;
      if (this.numberOf(entry - 1) === number) return entry - 1;
    }
  }

  /** The number of `slot` must be set already and not be in the index. */
  add(slot: number): void {
    if ((this.count + 1) * 4 > this.table.length * 3) this.grow();
    this.insert(slot);
    this.count++;
  }

  /** Takes a number out and closes the gap by moving later entries of its run back (Knuth 6.4, Algorithm R). */
  remove(number: number): void {
    const mask = this.table.length - 1;
    let gap = place(number, mask);
    while (this.table[gap] !== 0 && this.numberOf(this.table[gap]! - 1) !== number)
      gap = (gap + 1) & mask;
    if (this.table[gap] === 0) return;
    this.count--;
    for (let at = (gap + 1) & mask; this.table[at] !== 0; at = (at + 1) & mask) {
      const wanted = place(this.numberOf(this.table[at]! - 1), mask);
      if (((at - wanted) & mask) < ((at - gap) & mask)) continue;
      this.table[gap] = this.table[at]!;
      gap = at;
    }
    this.table[gap] = 0;
  }

  private insert(slot: number): void {
    const mask = this.table.length - 1;
    let at = place(this.numberOf(slot), mask);
    while (this.table[at] !== 0) at = (at + 1) & mask;
    this.table[at] = slot + 1;
  }

  private grow(): void {
    const old = this.table;
    this.table = new Uint32Array(old.length * 2);
    for (const entry of old) if (entry !== 0) this.insert(entry - 1);
  }
}

function place(number: number, mask: number): number {
  let hash = (number >>> 0) ^ Math.floor(number / 0x1_0000_0000);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) & mask;
}
