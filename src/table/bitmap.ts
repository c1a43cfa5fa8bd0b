/** One bit for each row of a chunk, 32 rows a word. */
export type Bitmap = Uint32Array;

export function hasBit(bits: Bitmap, row: number): boolean {
  return ((bits[row >>> 5]! >>> (row & 31)) & 1) === 1;
}

export function setBit(bits: Bitmap, row: number): void {
  bits[row >>> 5]! |= 1 << (row & 31);
}

export function clearBit(bits: Bitmap, row: number): void {
  bits[row >>> 5]! &= ~(1 << (row & 31));
}

/** The bitmap of a chunk that has grown: a copy with room for `rows`. */
export function grownBitmap(bits: Bitmap, rows: number): Bitmap {
  const grown = new Uint32Array(rows >>> 5);
  grown.set(bits);
  return grown;
}

/** target = target ∩ other. */
export function keepBits(target: Bitmap, other: Bitmap): void {
  for (let word = 0; word < target.length; word++) target[word]! &= other[word]!;
}

/** target = target minus other. */
export function dropBits(target: Bitmap, other: Bitmap): void {
  for (let word = 0; word < target.length; word++) target[word]! &= ~other[word]!;
}

/** target = target ∪ other. */
export function joinBits(target: Bitmap, other: Bitmap): void {
  for (let word = 0; word < target.length; word++) target[word]! |= other[word]!;
}

export function isEmptyBitmap(bits: Bitmap): boolean {
  for (let word = 0; word < bits.length; word++) if (bits[word] !== 0) return false;
  return true;
}

export function countBits(bits: Bitmap): number {
  let count = 0;
  for (let word = 0; word < bits.length; word++) {
    let rest = bits[word]!;
    rest -= (rest >>> 1) & 0x55555555;
    rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
    count += Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** True where asking row by row is faster than working out all rows: for less than one in eight. */
export function isSparse(bits: Bitmap): boolean {
  return countBits(bits) < bits.length * 4;
}

/** Calls `visit` with each row of the bitmap, ascending. */
export function forEachBit(bits: Bitmap, visit: (row: number) => void): void {
  for (let word = 0; word < bits.length; word++) {
    for (let rest = bits[word]!; rest !== 0; rest &= rest - 1) {
      visit((word << 5) + 31 - Math.clz32(rest & -rest));
    }
  }
}

/** Takes out the rows for which `holds` is false. */
export function keepRows(bits: Bitmap, holds: (row: number) => boolean): void {
  for (let word = 0; word < bits.length; word++) {
    let kept = bits[word]!;
    for (let rest = kept; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      if (!holds((word << 5) + 31 - Math.clz32(bit))) kept &= ~bit;
    }
    bits[word] = kept;
  }
}
