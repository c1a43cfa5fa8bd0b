import { ByteWriter } from '../base/bytes.ts';
import { maskOf } from '../base/mask.ts';
import type { Outcome } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { defaultCell } from '../schema/cell.ts';
import { encodeRow } from '../schema/row-codec.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import { HiddenColumns, type Reader } from './hidden-columns.ts';

/**
 * What one reader is not told of the ledger and of refusals (invariant 7). An entry stands in its writer's scope and has
 * values of two versions of a row, which may each be in scopes that the reader does not hold: a writer need not be able
 * to read what it met, and a relay holds the ledgers and the outcomes of all writers. Only contents are left out: who
 * holds an entry, its key and its row version stay, so proofs do. An entry that came here redacted is passed on so.
 */
export class Redaction {
  private readonly schema: Schema;
  private readonly reader: Reader;
  private readonly holdsAll: boolean;
  private readonly hidden: HiddenColumns;

  constructor(schema: Schema, reader: Reader) {
    this.schema = schema;
    this.reader = reader;
    this.holdsAll = reader.scopes.includes('*');
    this.hidden = new HiddenColumns(schema, reader);
  }

  /** Whether something may be left out of rows of this table. */
  concerns(table: TableDef): boolean {
    return this.hidden.concerns(table);
  }

  /** Names of the columns of a row of such a table that the reader may not have. */
  hiddenOf(table: TableDef, cells: readonly Cell[]): readonly string[] {
    return this.hidden.of(table, cells);
  }

  /** Such a row's cells as the reader may have them; undefined where it may have them all. */
  cut(table: TableDef, cells: readonly Cell[]): readonly Cell[] | undefined {
    const hidden = this.hiddenOf(table, cells);
    return hidden.length === 0 ? undefined : without(table, cells, hidden);
  }

  /** The deltas as the reader may have them; `state` is what they were gathered from, and as it was then. */
  of(deltas: readonly RowDelta[], state: CommittedState): readonly RowDelta[] {
    if (this.holdsAll) return deltas;
    const tables = deltas.map(({ table }) => this.schema.tableByName.get(table)!);
    // A batch rarely has any, and need not be copied then.
    if (!tables.some((table) => this.concerns(table))) return deltas;
    return deltas.map((delta, index) => this.ofDelta(delta, tables[index]!, state));
  }

  /** Outcomes as the reader may have them. What a refusal says of a row is for its writer. */
  ofOutcomes(outcomes: readonly Outcome[]): readonly Outcome[] {
    return this.holdsAll ? outcomes : outcomes.map((outcome) => this.ofOutcome(outcome));
  }

  private ofOutcome(outcome: Outcome): Outcome {
    const { replica, status, refusal } = outcome;
    if (this.reader.replicas.includes(replica) || status !== 'refused') return outcome;
    return { ...outcome, refusal: { ...refusal!, message: '', currentEtag: '', violations: [] } };
  }

  private ofDelta(delta: RowDelta, table: TableDef, state: CommittedState): RowDelta {
    if (!this.concerns(table)) return delta;
    if (delta.kind === 'deleted' || delta.kind === 'evicted') return delta;
    const cells = this.cut(table, state.cells(table, delta.key)!);
    if (cells === undefined) return delta;
    const numbers = delta.fields.map((number) => table.columnByNumber.get(number)!.index);
    const mask = delta.kind === 'patch' ? maskOf(table.columns.length, numbers) : undefined;
    const out = new ByteWriter();
    encodeRow(table, cells, mask, out);
    // The row as it stands in its slot is not the reader's.
    const { slot: _, ...told } = delta;
    return { ...told, row: out.finish() };
  }
}

function without(table: TableDef, cells: readonly Cell[], hidden: readonly string[]): Cell[] {
  return table.columns.map((column) => {
    if (column.name === 'redacted') return true;
    return hidden.includes(column.name) ? defaultCell(column) : cells[column.index]!;
  });
}
