/** Numbers, of which more are taken up. */
export class NumberList {
  length = 0;
  private values = new Float64Array(16);

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }

  /** Takes back what came after the first `length`. */
  truncate(length: number): void {
    this.length = length;
  }

  /** A view of the numbers, valid until the next one is taken up. */
  peek(): Float64Array {
    return this.values.subarray(0, this.length);
  }
}
