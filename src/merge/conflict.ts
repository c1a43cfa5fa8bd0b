import {
  addToMask,
  emptyMask,
  type Mask,
  maskHas,
  maskIndexes,
  maskIsEmpty,
  unionInto,
} from '../base/mask.ts';
import type { ChangeEntry } from '../change/change-index.ts';
import type { RowState } from '../change/row-state.ts';
import type { Cell, ColumnDef, MergeRule, TableDef } from '../schema/table-def.ts';
import { type Contender, mergeStrategies } from './strategy.ts';

/** A field that two writers set without knowing of each other, and how that was settled. */
export interface FieldConflict {
  readonly column: ColumnDef;
  readonly rule: MergeRule;
  readonly localWon: boolean;
}

/** One ledger entry in the making: a change that met edits it did not know of. */
export interface RowConflict {
  readonly changeIndex: number;
  /** The seq up to which the change knew the row. */
  readonly base: number;
  /** The committed row, as it was before the transaction. */
  readonly met: RowState;
  /** Scopes of the row as the change would have it, if nobody else had changed it. */
  readonly localScopes: readonly string[];
  /** Who made the newest of the edits that it did not know of. */
  readonly remote: Contender;
  /** What was at stake. */
  readonly fields: readonly FieldConflict[];
  /** One side had deleted the row. */
  readonly aboutDelete: boolean;
}

/** Edits that a change did not know of, newest first: those behind its base that it is not the writer of. */
export function unknownEntries(
  entries: readonly ChangeEntry[],
  isKnown: (entry: ChangeEntry) => boolean,
): ChangeEntry[] {
  return entries.filter((entry) => !isKnown(entry) && !maskIsEmpty(entry.mask));
}

/** Columns that the entries changed. A oneof is one value: whoever sets one member changes them all. */
export function columnsOf(entries: readonly ChangeEntry[], table: TableDef): Mask {
  const mask = emptyMask(table.columns.length);
  for (const entry of entries) unionInto(mask, entry.mask);
  for (const index of maskIndexes(mask)) {
    for (const sibling of table.columns[index]!.oneofSiblings) addToMask(mask, sibling);
  }
  return mask;
}

/** One side of a conflict as an entry tells it. */
export function contenderOf(entry: ChangeEntry, nameOf: (writer: number) => string): Contender {
  return { stamp: entry.stamp, replica: nameOf(entry.writer), counter: 0 };
}

/** Two writers' versions of one row. */
export interface Dispute {
  readonly table: TableDef;
  readonly local: Contender;
  readonly localCells: readonly Cell[];
  /** Edits that the local side did not know of, newest first. */
  readonly unknown: readonly ChangeEntry[];
  readonly nameOf: (writer: number) => string;
}

/** Settles each of the columns by its own rule; the members of a oneof together, so that only one stays set. */
export function settleFields(dispute: Dispute, conflicting: Mask): FieldConflict[] {
  const { table, local, unknown, nameOf } = dispute;
  return maskIndexes(conflicting).map((index) => {
    const column = table.columns[index]!;
    const members = [index, ...column.oneofSiblings];
    const entry = unknown.find(({ mask }) => members.some((member) => maskHas(mask, member)))!;
    const rule = decidingColumn(dispute, column, conflicting).merge;
    const localWon = mergeStrategies[rule](local, contenderOf(entry, nameOf)) === 'local';
    return { column, rule, localWon };
  });
}

/**
 * Of a oneof the member that the local side sets, or the first where it sets none. Whoever sets one differs from the
 * row in it, so it is among the conflicting; a cell that the change does not name is not.
 */
function decidingColumn(
  { table, localCells }: Dispute,
  column: ColumnDef,
  conflicting: Mask,
): ColumnDef {
  if (column.oneofSiblings.length === 0) return column;
  const members = [column.index, ...column.oneofSiblings].sort((left, right) => left - right);
  const isSet = (member: number) => maskHas(conflicting, member) && localCells[member] !== null;
  const chosen = members.find(isSet) ?? members[0]!;
  return table.columns[chosen]!;
}

/** The rule for a row as a whole, which is that of its key: a key has no edits of its own to settle. */
export function rowRule(table: TableDef): MergeRule {
  return table.columns[table.key]!.merge;
}
