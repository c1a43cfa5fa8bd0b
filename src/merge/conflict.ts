import { emptyMask, type Mask, maskHas, maskIndexes, unionInto } from '../base/mask.ts';
import type { ChangeEntry } from '../change/change-index.ts';
import type { RowState } from '../change/table-state.ts';
import type { ColumnDef, MergeRule } from '../schema/table-def.ts';
import { type Contender, mergeStrategies } from './strategy.ts';

/** A field that two writers set without knowing of each other, and how that was settled. */
export interface FieldConflict {
  readonly column: ColumnDef;
  readonly rule: MergeRule;
  readonly localWon: boolean;
  readonly remote: Contender;
}

/** One ledger entry in the making: a change that met edits it did not know of. */
export interface RowConflict {
  readonly changeIndex: number;
  /** The committed row as the change met it. */
  readonly met: RowState;
  readonly fields: readonly FieldConflict[];
  /** One side had deleted the row. */
  readonly aboutDelete: boolean;
  /** Whether the arriving change, or its delete, took effect. Decides only where `fields` is empty. */
  readonly localWon: boolean;
}

/** Edits of the row that a change with this base and writer did not know of. */
export function unknownEntries(row: RowState, base: number, writer: number): ChangeEntry[] {
  return row.entries.filter((entry) => entry.seq > base && entry.writer !== writer);
}

/** Columns that the entries changed. */
export function columnsOf(entries: readonly ChangeEntry[], columnCount: number): Mask {
  const mask = emptyMask(columnCount);
  for (const entry of entries) unionInto(mask, entry.mask);
  return mask;
}

/** Settles each of the columns by its own rule. */
export function settleFields(
  columns: readonly ColumnDef[],
  conflicting: Mask,
  unknown: readonly ChangeEntry[],
  local: Contender,
  nameOf: (writer: number) => string,
): FieldConflict[] {
  return maskIndexes(conflicting).map((index) => {
    const column = columns[index]!;
    const entry = unknown.find((candidate) => maskHas(candidate.mask, index))!;
    const remote = { stamp: entry.stamp, replica: nameOf(entry.writer), counter: 0 };
    const localWon = mergeStrategies[column.merge](local, remote) === 'local';
    return { column, rule: column.merge, localWon, remote };
  });
}
