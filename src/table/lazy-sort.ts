/** Comparisons of one step, about: a few milliseconds. A larger part is still split in one go. */
const stepRows = 1 << 16;
/** Parts of so few rows are sorted by insertion. */
const insertionRows = 12;
/** Of larger parts nine rows are looked at for one in the middle, of others three. */
const ninthsRows = 1 << 10;

type Compare = (left: number, right: number) => number;

/**
 * Rows that come into order from the first one on, as far as they are asked for: a quicksort that leaves alone what
 * lies behind. All of n rows cost about n log n comparisons, the first k of them about 2 n and k log k.
 *
 * What `compare` goes by may change between two steps. Rows that stay what they are stand in order even so: within a
 * step a part is split as a whole or not at all.
 */
export class LazySort {
  private readonly rows: Uint32Array;
  private readonly compare: Compare;
  /** Rows before it are where they belong. */
  private sorted = 0;
  /** Ends of parts, the nearest last: no row before an end comes later than a row behind it. */
  private readonly ends: number[];
  private random = 1;

  /** `rows` is sorted in place. No two of them compare as equal. */
  constructor(rows: Uint32Array, compare: Compare) {
    this.rows = rows;
    this.compare = compare;
    this.ends = [rows.length];
  }

  /** How many of the first rows are where they belong. */
  get ready(): number {
    return this.sorted;
  }

  /** One step towards having the first `count` rows ready; true when they are. */
  step(count: number): boolean {
    const wanted = Math.min(count, this.rows.length);
    let compared = 0;
    while (this.sorted < wanted && compared < stepRows) {
      const end = this.ends.at(-1)!;
      compared += end - this.sorted;
      if (end - this.sorted > insertionRows) this.ends.push(this.split(this.sorted, end));
      else {
        this.insertionSort(this.sorted, end);
        this.sorted = end;
        this.ends.pop();
      }
    }
    return this.sorted >= wanted;
  }

  /** Splits a part so that no row of the first half comes later than one of the second; returns where that begins. */
  private split(start: number, end: number): number {
    const { rows, compare } = this;
    const pivot = this.pivotOf(start, end);
    let low = start - 1;
    let high = end;
    // Hoare's way. The bounds hold by themselves while `compare` is an order, which rows that are gone may not have.
    for (;;) {
      do low++;
      while (low < end - 1 && compare(rows[low]!, pivot) < 0);
      do high--;
      while (high > start && compare(rows[high]!, pivot) > 0);
      if (low >= high) break;
      const row = rows[low]!;
      rows[low] = rows[high]!;
      rows[high] = row;
    }
    return Math.min(end - 1, Math.max(start + 1, low));
  }

  private pivotOf(start: number, end: number): number {
    if (end - start < ninthsRows) return this.middleOfThree(start, end);
    return this.median(
      this.middleOfThree(start, end),
      this.middleOfThree(start, end),
      this.middleOfThree(start, end),
    );
  }

  private middleOfThree(start: number, end: number): number {
    return this.median(this.anyRow(start, end), this.anyRow(start, end), this.anyRow(start, end));
  }

  /** Chosen so that no order in which rows were added makes for bad splits. */
  private anyRow(start: number, end: number): number {
    this.random = (Math.imul(this.random, 1_664_525) + 1_013_904_223) >>> 0;
    return this.rows[start + Math.floor((this.random / 0x1_0000_0000) * (end - start))]!;
  }

  private median(first: number, second: number, third: number): number {
    const { compare } = this;
    const [low, high] = compare(first, second) < 0 ? [first, second] : [second, first];
    if (compare(third, low) < 0) return low;
    return compare(third, high) < 0 ? third : high;
  }

  private insertionSort(start: number, end: number): void {
    const { rows, compare } = this;
    for (let index = start + 1; index < end; index++) {
      const row = rows[index]!;
      let at = index;
      for (; at > start && compare(rows[at - 1]!, row) > 0; at--) rows[at] = rows[at - 1]!;
      rows[at] = row;
    }
  }
}
