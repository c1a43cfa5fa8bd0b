import type { Row } from '../../gen/ts/syncdb/v1/data.ts';
import { ByteWriter } from '../base/bytes.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { TableDef } from '../schema/table-def.ts';
import { rowToWire } from '../wire/rows.ts';

/** Every row of a long query is written here before it is copied, so that memory is asked for once a row, not twice. */
const out = new ByteWriter(4096);

/** A live row with its bookkeeping. */
export function rowAt(state: CommittedState, table: TableDef, slot: number): Row {
  out.reset();
  state.table(table).columns.encodeRow(slot, undefined, out);
  return rowWith(state, table, slot, out.finish());
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
