/**
 * A set of columns: bit i stands for the column with index i. All masks of one table have the same number of
 * 32-bit words, so they can be stored side by side in typed arrays.
 */
export type Mask = Uint32Array;

/** Words that a mask of `columnCount` columns needs; at least one. */
export function maskWords(columnCount: number): number {
  return Math.max(1, (columnCount + 31) >>> 5);
}

export function emptyMask(columnCount: number): Mask {
  return new Uint32Array(maskWords(columnCount));
}

export function fullMask(columnCount: number): Mask {
  const mask = emptyMask(columnCount);
  for (let index = 0; index < columnCount; index++) addToMask(mask, index);
  return mask;
}

export function maskOf(columnCount: number, indexes: Iterable<number>): Mask {
  const mask = emptyMask(columnCount);
  for (const index of indexes) addToMask(mask, index);
  return mask;
}

export function addToMask(mask: Mask, index: number): void {
  mask[index >>> 5]! |= 1 << (index & 31);
}

export function removeFromMask(mask: Mask, index: number): void {
  mask[index >>> 5]! &= ~(1 << (index & 31));
}

export function maskHas(mask: Mask, index: number): boolean {
  return ((mask[index >>> 5]! >>> (index & 31)) & 1) === 1;
}

export function maskIsEmpty(mask: Mask): boolean {
  for (const word of mask) if (word !== 0) return false;
  return true;
}

/** target = target ∪ other. */
export function unionInto(target: Mask, other: Mask): void {
  for (let word = 0; word < target.length; word++) target[word]! |= other[word]!;
}

/** target = target minus other. */
export function subtractFrom(target: Mask, other: Mask): void {
  for (let word = 0; word < target.length; word++) target[word]! &= ~other[word]!;
}

export function intersection(left: Mask, right: Mask): Mask {
  return left.map((word, index) => word & right[index]!);
}

export function masksEqual(left: Mask, right: Mask): boolean {
  return left.length === right.length && left.every((word, index) => word === right[index]);
}

/** Indexes of the mask, ascending. */
export function maskIndexes(mask: Mask): number[] {
  const indexes: number[] = [];
  for (let word = 0; word < mask.length; word++) {
    for (let bits = mask[word]!; bits !== 0; bits &= bits - 1) {
      indexes.push((word << 5) + 31 - Math.clz32(bits & -bits));
    }
  }
  return indexes;
}
