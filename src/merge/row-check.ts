import { ByteWriter } from '../base/bytes.ts';
import type { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { encodeRow } from '../schema/row-codec.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import { Refused } from './refused.ts';

/** The team's own constraints: undefined where the row satisfies them. */
export type RowRules = (table: TableDef, cells: readonly Cell[]) => SyncError | undefined;

const littleBytes = 4 << 10;

/**
 * Throws Refused where a change makes a row that breaks the rules, or makes it too large. What was wrong with the row
 * before is not held against a change that leaves it so: rules are added later, and then nobody could mend such a row
 * field by field.
 */
export function checkRow(
  table: TableDef,
  before: readonly Cell[] | undefined,
  after: readonly Cell[],
  rules: RowRules,
  limits: Limits,
): void {
  const broken = rules(table, after);
  if (broken !== undefined && !brokeBefore(table, before, broken, rules)) {
    throw new Refused(broken.reason, broken.message, { violations: broken.fields });
  }
  const { rowBytesMax } = limits;
  if (bytesAtMost(after) <= rowBytesMax || encodedBytes(table, after) <= rowBytesMax) return;
  throw new Refused('ROW_TOO_LARGE', `the row would have more than ${rowBytesMax} bytes`);
}

function brokeBefore(
  table: TableDef,
  before: readonly Cell[] | undefined,
  broken: SyncError,
  rules: RowRules,
): boolean {
  const known = before === undefined ? undefined : rules(table, before);
  if (known === undefined) return false;
  return broken.fields.every(({ field, description }) =>
    known.fields.some((other) => other.field === field && other.description === description),
  );
}

/** An upper bound that is cheap to have: tag, length and numbers take 32 bytes at the most. */
export function bytesAtMost(cells: readonly Cell[]): number {
  let sum = 0;
  for (const cell of cells) {
    if (typeof cell === 'string') sum += cell.length * 3;
    else if (cell instanceof Uint8Array) sum += cell.length;
    sum += 32;
  }
  return sum;
}

/** Bytes of a row: as many as it has, or, where that is little, as it may have at the most. */
export function rowBytes(table: TableDef, cells: readonly Cell[]): number {
  const bytes = bytesAtMost(cells);
  return bytes <= littleBytes ? bytes : encodedBytes(table, cells);
}

function encodedBytes(table: TableDef, cells: readonly Cell[]): number {
  const out = new ByteWriter();
  encodeRow(table, cells, undefined, out);
  return out.length;
}
