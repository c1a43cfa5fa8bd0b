import type { Steps } from '../base/steps.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { PreparedChange } from '../merge/prepared.ts';
import { cellHeapBytes, contentShare, placeBytes } from '../schema/cell-heap.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { Table } from '../table/table.ts';

/** Of a change to a row, beside the row itself: it gets another version and history, kept until the commit is durable. */
const changeBytes = 1_200;

/** Bytes of V8's heap, about and no less, that ordering changes takes for the live rows that they meet, in steps. */
export function* metRowsHeapSteps(
  state: CommittedState,
  changes: readonly Pick<PreparedChange, 'table' | 'key'>[],
  stepChangesMax: number,
): Steps<number> {
  const counted = new Map<TableDef, Set<number>>();
  let sum = 0;
  for (let index = 0; index < changes.length; index++) {
    if (index > 0 && index % stepChangesMax === 0) yield;
    const { table, key } = changes[index]!;
    const { columns } = state.table(table);
    const slot = columns.slotOf(key);
    if (slot < 0 || !columns.isLive(slot)) continue;
    sum += changeBytes;
    // However often it is changed, it is read once.
    if (changes.length === 1 || isFirst(counted, table, slot))
      sum += rowBytes(table, columns, slot);
  }
  return sum;
}

function isFirst(counted: Map<TableDef, Set<number>>, table: TableDef, slot: number): boolean {
  let slots = counted.get(table);
  if (slots === undefined) {
    slots = new Set();
    counted.set(table, slots);
  }
  const { size } = slots;
  return slots.add(slot).size > size;
}

function rowBytes(def: TableDef, columns: Table, slot: number): number {
  let sum = 0;
  for (const { index, kind } of def.columns) {
    sum += placeBytes + cellHeapBytes(kind) + contentShare * columns.column(index).savedBytes(slot);
  }
  return sum;
}
