import type { Row } from '../../gen/ts/syncdb/v1/data.ts';
import { ByteWriter } from '../base/bytes.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { encodeRow } from '../schema/row-codec.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { Redaction } from '../session/redaction.ts';
import { rowToWire } from '../wire/rows.ts';

/** Every row of a long query is written here before it is copied, so that memory is asked for once a row, not twice. */
const out = new ByteWriter(4096);

/** A live row with its bookkeeping, as the reader may have it; whole where no redaction is given. */
export function rowAt(
  state: CommittedState,
  table: TableDef,
  slot: number,
  redaction?: Redaction,
): Row {
  return rowWith(state, table, slot, rowBytes(state, table, slot, redaction));
}

/** The bytes of a live row, likewise. */
export function rowBytes(
  state: CommittedState,
  table: TableDef,
  slot: number,
  redaction?: Redaction,
): Uint8Array {
  const { columns } = state.table(table);
  // Cells are made only of rows that may have to be cut.
  const cells = redaction?.concerns(table) ? redaction.cut(table, columns.row(slot)) : undefined;
  out.reset();
  if (cells === undefined) columns.encodeRow(slot, undefined, out);
  else encodeRow(table, cells, undefined, out);
  return out.finish();
}

/** The same, of a row whose bytes are at hand. */
export function rowWith(
  state: CommittedState,
  table: TableDef,
  slot: number,
  row: Uint8Array,
): Row {
  const rows = state.table(table);
  return rowToWire({
    table: table.name,
    key: rows.columns.keyOf(slot),
    version: rows.versionOf(slot),
    stamp: rows.stampOf(slot),
    writer: state.writers.text(rows.writerOf(slot)),
    row,
  });
}
