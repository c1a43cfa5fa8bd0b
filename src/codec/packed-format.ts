/**
 * How one row differs from what a receiver holds. The same as the engine's RowDelta, which this floor must not
 * know.
 */
export interface PackedRow {
  readonly kind: 'full' | 'patch' | 'deleted' | 'evicted' | 'own';
  /** Full name of the table. */
  readonly table: string;
  /** The home's number of the row. A safe integer, 0 and up, as are `version` and `stamp`. */
  readonly number: number;
  /** Not sent; empty in what was decoded. */
  readonly key: string;
  readonly version: number;
  /** Not sent of an evicted row, whose receiver has no business with who took it away: 0 when decoded. */
  readonly stamp: number;
  /** Not sent of an evicted row: empty when decoded. */
  readonly writer: string;
  /** Patch: numbers of the changed fields, ascending. Not sent of the others: empty when decoded. */
  readonly fields: readonly number[];
  /** Full and patch: the scopes that hold the row. Not sent of the others: empty when decoded. */
  readonly scopes: readonly string[];
  /** Full and patch: the row as protobuf bytes. Not sent of the others: empty when decoded. */
  readonly row: Uint8Array;
  /** Own: the receiver's transaction that has it, by its counter, and the index of the change there. Version 2 alone. */
  readonly own?: { readonly counter: number; readonly change: number };
}

/**
 * The packed batch, version 1: rows without their keys, column by column.
 *
 * A `varint` is an unsigned number below 2^53 as in Protocol Buffers: seven bits a byte, the lowest first, the top
 * bit set on all bytes but the last. `text` is a varint of the length in bytes, then UTF-8. `list of X` is a varint
 * of the count, then each X.
 *
 * ```text
 * byte        0x50, the letter P
 * byte        0x01, the version of this format
 * tables      list of text: full names of tables
 * writers     list of text: replica ids
 * scopes      list of text: names of scopes
 * scope sets  list of list of varint: indexes into `scopes`, from 0
 * field sets  list of list of varint: numbers of fields, ascending; each as its difference from the one before,
 *             the first from 0
 * row count   varint, at most 65536
 * kinds       column, of each row: 1 full, 2 patch, 3 deleted, 4 evicted
 * table       column, of each row: index into `tables`
 * number      column of steps, of each row, from the row before it of the same table: the row's number
 * version     column of steps, of each row, from the row before it: the row's version
 * stamp       column of steps, of each row but the evicted, from such a row before it: its stamp
 * writer      column, of each row but the evicted: index into `writers`
 * scope set   column, of each full row and patch: index into `scope sets`
 * field set   column, of each patch: index into `field sets`
 * length      column, of each full row and patch: bytes of the row
 * rows        the bytes of each full row and patch, one after the other, up to the end of the batch
 * ```
 *
 * A `column` of n values is a sequence of spans that together have n values, none where n is 0. A span is a varint
 * `2 * count + 1` and one varint, which is a value that stands count times; or a varint `2 * count` and count
 * varints, which are that many values. The count is at least 1.
 *
 * A `step` is the difference from the number before it, or from 0 where there is none, modulo 2^53 and taken as a
 * number from -2^52 up to 2^52 - 1, in zigzag form: `2 * d` where d is 0 or more, else `-2 * d - 1`. So a reader adds
 * d and keeps the lower 53 bits.
 *
 * Keys are not sent: a full row has its key in it, and the others are known by table and number. Nothing of it is
 * compressed here; a thousand rows of one table, in the order of their versions, take about three bytes a row beside
 * their own.
 *
 * Version 2 is for few rows, between two who know the same tables:
 *
 * ```text
 * byte        0x02, in place of 0x01
 * tables      list of: a varint `2 * place` for the team's table at this place, from 0, in ascending order of their full
 *             names; or a varint `2 * length + 1` and that many bytes of UTF-8, the full name of another
 * columns     a column of one value is a varint, the value, without a span
 * kinds       also 5: own, a row as the receiver wrote it itself. It has a stamp, a writer and a scope set, no length and no bytes
 * counter     behind `length`: a column of steps, of each own row, from the one before: the counter of the receiver's transaction
 * change      a column, of each own row: index of the change in that transaction
 * ```
 */
export const packedFormat = {
  /** Name of the format in errors. */
  name: 'packed batch',
  magic: 0x50,
  version: 0x01,
  shortVersion: 0x02,
  /** Rows of one batch. Bounds what the few bytes of a long span can make a reader allocate. */
  rowsMax: 65_536,
} as const;

/** The kind with the number i + 1. */
export const packedKinds = ['full', 'patch', 'deleted', 'evicted', 'own'] as const;

/** 2^53: steps are taken modulo this. */
const modulus = 2 ** 53;
const half = 2 ** 52;

/** The step from one safe integer to another, in zigzag form: below 2^53. */
export function stepOf(from: number, to: number): number {
  let step = to - from;
  if (step >= half) step -= modulus;
  else if (step < -half) step += modulus;
  return step < 0 ? -2 * step - 1 : 2 * step;
}

/** Where a step leads. Whatever the step, that is a safe integer, 0 and up. */
export function afterStep(from: number, zigzag: number): number {
  if (zigzag % 2 === 0) {
    const step = zigzag / 2;
    // In an order in which no sum goes beyond what a double holds exactly.
    return from < modulus - step ? from + step : from - (modulus - step);
  }
  const to = from - (zigzag + 1) / 2;
  return to < 0 ? to + modulus : to;
}
