import type { Seq } from '../base/seq.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Cell, Schema } from '../schema/table-def.ts';
import { cellOf, cellsByName, systemTables, timeCell } from './system-rows.ts';

/**
 * The newest commit that some backup or standby has: 0 for none. Replicas keep what they wrote behind it, so that a
 * restored backup can be told again of what it lacks.
 */
export function safeSeq(state: CommittedState): Seq {
  const { safePoint } = systemTables(state.schema);
  const { columns } = state.table(safePoint);
  let safe = 0;
  for (let slot = 0; slot < columns.slotEnd; slot++) {
    if (!columns.isLive(slot)) continue;
    safe = Math.max(safe, Number(cellOf(safePoint, columns.row(slot), 'seq')));
  }
  return safe;
}

/** The row of what `name`, a backup or a standby, covers. */
export function safePointCells(schema: Schema, name: string, seq: Seq, atMs: number): Cell[] {
  return cellsByName(systemTables(schema).safePoint, {
    name,
    seq: BigInt(seq),
    covered_at: timeCell(atMs),
  });
}
