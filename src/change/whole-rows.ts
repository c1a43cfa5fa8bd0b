import { ByteWriter } from '../base/bytes.ts';
import type { CommittedState } from './committed-state.ts';
import type { RowDelta } from './row-delta.ts';

/**
 * All live rows as full deltas, table by table, in batches that take no further row once they have `bytesMax` bytes of
 * rows or `rowsMax` rows. Each has its rows as they are when it is taken. Where the state changes between two of them, a row
 * that has changed may be missing, or be there as it was, or twice: then what has changed is to follow them.
 */
export function* wholeRows(
  state: CommittedState,
  rowsMax: number,
  bytesMax: number,
): Generator<RowDelta[], void> {
  let batch: RowDelta[] = [];
  let out = new ByteWriter();
  for (const table of state.tables) {
    const { columns, def } = table;
    for (let slot = 0; slot < columns.slotEnd; slot++) {
      if (!columns.isLive(slot)) continue;
      const start = out.length;
      columns.encodeRow(slot, undefined, out);
      batch.push({
        kind: 'full',
        table: def.name,
        number: table.numberOf(slot),
        key: columns.keyOf(slot),
        version: table.versionOf(slot),
        stamp: table.stampOf(slot),
        writer: state.writers.text(table.writerOf(slot)),
        fields: [],
        scopes: state.scopes.setNames(table.scopeSetOf(slot)),
        row: out.viewFrom(start),
      });
      if (batch.length < rowsMax && out.length < bytesMax) continue;
      yield batch;
      batch = [];
      out = new ByteWriter();
    }
  }
  if (batch.length > 0) yield batch;
}
