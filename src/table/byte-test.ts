import type { Operator } from './filter.ts';
import { orderHolds } from './filter.ts';

/** A predicate on the byte string `bytes[start, end)`. */
export type ByteTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/** The comparison of a byte string with operands, by unsigned bytes. */
export function byteTest(
  operator: Exclude<Operator, 'ne' | 'absent'>,
  operands: readonly Uint8Array[],
): ByteTest {
  const first = operands[0];
  switch (operator) {
    case 'in':
      return inList(operands);
    case 'eq':
      return (bytes, start, end) =>
        end - start === first!.length && startsWith(bytes, start, end, first!);
    case 'starts-with':
      return (bytes, start, end) => startsWith(bytes, start, end, first!);
    default:
      return (bytes, start, end) => orderHolds(operator, compareRange(bytes, start, end, first!));
  }
}

/** The order of `bytes[start, end)` and an operand: unsigned, a prefix first. */
export function compareRange(
  bytes: Uint8Array,
  start: number,
  end: number,
  operand: Uint8Array,
): number {
  const length = Math.min(end - start, operand.length);
  for (let index = 0; index < length; index++) {
    const difference = bytes[start + index]! - operand[index]!;
    if (difference !== 0) return difference;
  }
  return end - start - operand.length;
}

function startsWith(bytes: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false;
  for (let index = 0; index < prefix.length; index++) {
    if (bytes[start + index] !== prefix[index]) return false;
  }
  return true;
}

/** Looks among the operands by halving. */
function inList(operands: readonly Uint8Array[]): ByteTest {
  const sorted = operands.toSorted((left, right) => compareRange(left, 0, left.length, right));
  return (bytes, start, end) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareRange(bytes, start, end, sorted[middle]!);
      if (order === 0) return true;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return false;
  };
}
