/** Rooms above this are not kept. */
const keptMax = 0x1_0000;

/**
 * Room for numbers on their way, kept from one column to the next: codecs work through column after column, and what each makes
 * is of use only until its bytes are written.
 */
export class Scratch {
  private room = new Float64Array(1024);

  /** Room for `count` numbers, which has any values. What was taken before is no longer valid. */
  take(count: number): Float64Array {
    if (count > keptMax) return new Float64Array(count);
    if (count > this.room.length) {
      this.room = new Float64Array(Math.min(keptMax, Math.max(count, 2 * this.room.length)));
    }
    return this.room.subarray(0, count);
  }
}
