import type { Bitmap } from './bitmap.ts';

/**
 * The numbers of [low, high], or with `outside` all others. NaN is in no interval, so it is among the others:
 * that makes it larger than all numbers, as in the order of cells. 0 and -0 are one number here.
 */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
  readonly outside: boolean;
}

export type RangeOperator = 'eq' | 'lt' | 'le' | 'gt' | 'ge';

export function isRangeOperator(operator: string): operator is RangeOperator {
  return ['eq', 'lt', 'le', 'gt', 'ge'].includes(operator);
}

/** The numbers for which `number operator bound` holds. */
export function numberRange(operator: RangeOperator, bound: number): NumberRange {
  switch (operator) {
    case 'eq':
      return Number.isNaN(bound)
        ? outside(upTo(Infinity))
        : { low: bound, high: bound, outside: false };
    case 'lt':
      return below(bound);
    case 'le':
      return Number.isNaN(bound) ? outside(nothing) : upTo(bound);
    case 'gt':
      return Number.isNaN(bound) ? nothing : outside(upTo(bound));
    case 'ge':
      return outside(below(bound));
  }
}

export function inRange(range: NumberRange, value: number): boolean {
  return (value >= range.low && value <= range.high) !== range.outside;
}

/**
 * Keeps the rows of a selection whose number is in the range. Row i of the selection is `values[i]`. Words of 32
 * rows without any selected one are passed over; the others are worked out whole and without branches, which is
 * eight times as fast as asking row by row.
 */
export function keepInRange(values: Float64Array, range: NumberRange, selection: Bitmap): void {
  const { low, high } = range;
  const flip = range.outside ? -1 : 0;
  for (let word = 0; word < selection.length; word++) {
    if (selection[word] === 0) continue;
    const first = word << 5;
    let bits = 0;
    for (let row = first + 31; row >= first; row--) {
      const value = values[row]!;
      bits = (bits << 1) | (Number(value >= low) & Number(value <= high));
    }
    selection[word]! &= bits ^ flip;
  }
}

const nothing: NumberRange = { low: Infinity, high: -Infinity, outside: false };

function upTo(bound: number): NumberRange {
  return { low: -Infinity, high: bound, outside: false };
}

/** All numbers less than the bound; NaN is larger than all. */
function below(bound: number): NumberRange {
  if (Number.isNaN(bound)) return upTo(Infinity);
  return bound === -Infinity ? nothing : upTo(nextDown(bound));
}

function outside(range: NumberRange): NumberRange {
  return { ...range, outside: !range.outside };
}

const bits = new DataView(new ArrayBuffer(8));

/** The largest double below a number that is neither NaN nor -Infinity. */
function nextDown(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return bits.getFloat64(0);
}
