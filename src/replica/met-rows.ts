import type { Steps } from '../base/steps.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { PreparedChange } from '../merge/prepared.ts';
import { cellHeapBytes, contentShare, placeBytes } from '../schema/cell-heap.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { Table } from '../table/table.ts';

/** Of a row beside its cells: it is read, and kept with its history until the commit is durable. */
const rowBytes = 1_200;

/** Bytes of V8's heap, about and no less, that ordering changes takes for the live rows that they meet, in steps. */
export function* metRowsHeapSteps(
  state: CommittedState,
  changes: readonly Pick<PreparedChange, 'table' | 'key'>[],
  stepChangesMax: number,
): Steps<number> {
  let sum = 0;
  for (let index = 0; index < changes.length; index++) {
    if (index > 0 && index % stepChangesMax === 0) yield;
    const { table, key } = changes[index]!;
    const { columns } = state.table(table);
    const slot = columns.slotOf(key);
    if (slot >= 0 && columns.isLive(slot)) sum += heapBytesOf(table, columns, slot);
  }
  return sum;
}

function heapBytesOf(def: TableDef, columns: Table, slot: number): number {
  let sum = rowBytes;
  for (const { index, kind } of def.columns) {
    sum += placeBytes + cellHeapBytes(kind) + contentShare * columns.column(index).savedBytes(slot);
  }
  return sum;
}
