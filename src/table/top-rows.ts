/** The first rows of an order among any number that are offered, in a heap whose root is the last of them. */
export interface TopRows {
  /** The last row that is kept, once there is room for no more; `undefined` before. */
  readonly worst: number | undefined;
  offer(row: number): void;
  /** The rows kept, first to last. Nothing may be offered afterwards. */
  finish(): number[];
}

/** `count` may be Infinity, for all of them. Rows are numbers that only `compare` understands. */
export function createTopRows(
  count: number,
  compare: (left: number, right: number) => number,
): TopRows {
  return new HeapOfRows(count, compare);
}

class HeapOfRows implements TopRows {
  private readonly count: number;
  private readonly compare: (left: number, right: number) => number;
  /** A heap once it is full; before that in no order. */
  private readonly rows: number[] = [];

  constructor(count: number, compare: (left: number, right: number) => number) {
    this.count = count;
    this.compare = compare;
  }

  get worst(): number | undefined {
    return this.rows.length === this.count ? this.rows[0] : undefined;
  }

  offer(row: number): void {
    if (this.rows.length < this.count) {
      this.rows.push(row);
      if (this.rows.length === this.count) this.heapify();
    } else if (this.count > 0 && this.compare(row, this.rows[0]!) < 0) {
      this.rows[0] = row;
      this.sink(0);
    }
  }

  finish(): number[] {
    return this.rows.sort(this.compare);
  }

  private heapify(): void {
    for (let at = (this.rows.length >>> 1) - 1; at >= 0; at--) this.sink(at);
  }

  /** Moves the row at a place down until no row below it comes later. */
  private sink(from: number): void {
    const { rows, compare } = this;
    const row = rows[from]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= rows.length) break;
      if (child + 1 < rows.length && compare(rows[child + 1]!, rows[child]!) > 0) child++;
      if (compare(rows[child]!, row) <= 0) break;
      rows[at] = rows[child]!;
      at = child;
    }
    rows[at] = row;
  }
}
