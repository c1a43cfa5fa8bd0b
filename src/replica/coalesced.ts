import { ByteWriter } from '../base/bytes.ts';
import { type Mask, maskHas, maskIndexes, unionInto } from '../base/mask.ts';
import type { Change } from '../change/transaction.ts';
import type { PreparedChange } from '../merge/prepared.ts';
import { encodeRow } from '../schema/row-codec.ts';
import type { Cell } from '../schema/table-def.ts';

/**
 * Two edits of one row as one, where a later one takes the place of an earlier one that nobody has seen: the same row comes of
 * it, and what was overwritten is never sent. Undefined where that is not certain: of a delete, of an edit with a condition,
 * and where the writer has learnt of more between the two.
 */
export function coalesced(earlier: PreparedChange, later: PreparedChange): Change | undefined {
  if (!isPlain(earlier) || !isPlain(later) || !isSameBase(earlier, later)) return undefined;
  const { table, key } = earlier;
  const { cells, mask } = later.operation === 'put' ? later : merged(earlier, later);
  const isPut = earlier.operation === 'put' || later.operation === 'put';
  const out = new ByteWriter();
  encodeRow(table, cells, isPut ? undefined : mask, out);
  return {
    operation: isPut ? 'put' : 'patch',
    table: table.name,
    key,
    row: out.finish(),
    fields: isPut ? [] : maskIndexes(mask).map((index) => table.columns[index]!.number),
    base: earlier.base,
    baseAbsent: earlier.baseAbsent,
    baseCounter: earlier.baseCounter,
    ifMatch: '',
    ifNoneMatch: false,
  };
}

function isPlain({ operation, ifMatch, ifNoneMatch }: PreparedChange): boolean {
  return operation !== 'delete' && ifMatch === '' && !ifNoneMatch;
}

function isSameBase(earlier: PreparedChange, later: PreparedChange): boolean {
  return earlier.base === later.base && earlier.baseAbsent === later.baseAbsent;
}

function merged(earlier: PreparedChange, later: PreparedChange) {
  const mask: Mask = earlier.mask.slice();
  unionInto(mask, later.mask);
  const cellOf = (cell: Cell, column: number) =>
    maskHas(later.mask, column) ? later.cells[column]! : cell;
  return { cells: earlier.cells.map(cellOf), mask };
}
