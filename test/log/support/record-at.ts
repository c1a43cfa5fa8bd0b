/**
 * Bytes that can be told from those of any other position: the position, then a pattern made from it. This file
 * runs in child processes too, so it imports nothing.
 */
export function recordAt(position: number, bytes = 8 + (position % 50)): Uint8Array {
  const record = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index++) {
    record[index] = index < 4 ? position >>> (8 * index) : position * 31 + index * 7;
  }
  return record;
}
