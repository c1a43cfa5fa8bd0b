import { ByteWriter, bytesEqual } from '../base/bytes.ts';
import type { Limits } from '../base/limits.ts';
import { type Mask, maskOf } from '../base/mask.ts';
import { keyOfCells } from '../schema/key.ts';
import { decodeRow, encodeRow } from '../schema/row-codec.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import type { Change } from './transaction.ts';
import type { RowForm } from './transaction-marks.ts';

/** Rows that stand together: whole ones of a table, or patches of it. */
export interface RowGroup {
  readonly def: TableDef;
  readonly rows: (readonly Cell[])[];
  /** Undefined for a whole row. */
  readonly masks: (Mask | undefined)[];
}

/** Finds out which rows come back from columns to the byte, and gathers these in groups, in the order of their first rows. */
export class RowForms {
  private readonly byName = new Map<string, RowGroup>();
  private readonly schema: Schema;
  private readonly limits: Limits;
  private readonly scratch = new ByteWriter(4 << 10);

  constructor(schema: Schema, limits: Limits) {
    this.schema = schema;
    this.limits = limits;
  }

  get groups(): Iterable<RowGroup> {
    return this.byName.values();
  }

  /** How the row of a change is to stand. */
  add(change: Change): RowForm {
    if (change.operation === 'delete') return byColumns;
    const def = this.schema.tableByName.get(change.table);
    if (def === undefined) return asBytes;
    const mask = maskOfFields(def, change);
    const cells = mask === 'unknown' ? undefined : this.cellsOf(def, change.row, mask);
    if (mask === 'unknown' || cells === undefined) return asBytes;
    const { rows, masks } = this.groupOf(def, change);
    rows.push(cells);
    masks.push(mask);
    return mask === undefined && rowKey(def, cells) === change.key ? withKey : byColumns;
  }

  private groupOf(def: TableDef, change: Change): RowGroup {
    const name = groupName(change);
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const group: RowGroup = { def, rows: [], masks: [] };
    this.byName.set(name, group);
    return group;
  }

  /** Undefined where these are not the bytes that the cells would be written as. */
  private cellsOf(def: TableDef, row: Uint8Array, mask: Mask | undefined): Cell[] | undefined {
    const { scratch, limits } = this;
    try {
      const { cells } = decodeRow(def, row, 0, row.length, limits);
      scratch.reset();
      encodeRow(def, cells, mask, scratch);
      return bytesEqual(scratch.peek(), row) ? cells : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Rows of the same name stand together. */
export function groupName({ operation, table }: Pick<Change, 'operation' | 'table'>): string {
  return `${operation} ${table}`;
}

/**
 * The columns that a patch names, undefined for a whole row. `unknown` where a patch names none, and so all that its row has, or
 * some that the table does not have.
 */
export function maskOfFields(
  def: TableDef,
  { operation, fields }: Pick<Change, 'operation' | 'fields'>,
): Mask | undefined | 'unknown' {
  if (operation === 'put') return undefined;
  const indexes = fields.map((number) => def.columnByNumber.get(number)?.index ?? -1);
  if (indexes.length === 0 || indexes.includes(-1)) return 'unknown';
  return maskOf(def.columns.length, indexes);
}

/** The key that a row has; undefined where that is none. */
export function rowKey(def: TableDef, cells: readonly Cell[]): string | undefined {
  try {
    return keyOfCells(def, cells);
  } catch {
    return undefined;
  }
}

const asBytes: RowForm = { hasKey: false, isBytes: true };
const byColumns: RowForm = { hasKey: false, isBytes: false };
const withKey: RowForm = { hasKey: true, isBytes: false };
