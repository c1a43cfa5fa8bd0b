import { assert } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { StepCount, type Steps } from '../base/steps.ts';
import { refusalBytesMax } from '../merge/bounded-refusal.ts';
import type { Evaluation } from '../merge/evaluation.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { bytesAtMost } from '../merge/row-check.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import {
  cellsByName,
  conflictCells,
  outcomeCells,
  type RequestRow,
  requestCells,
  type SystemTables,
} from './system-rows.ts';

/** What a commit has beside the transaction and what became of it. */
export interface ToldOf {
  readonly digest: Uint8Array;
  /** Where it came with a request id. */
  readonly request: RequestRow | undefined;
  readonly atMs: number;
}

/** A row of SyncDB's own: its table and cells. */
export type ToldRow = readonly [TableDef, readonly Cell[]];

/**
 * The rows of SyncDB's own that tell of an ordered transaction: a ledger entry for each
 * conflict, its outcome where it was refused, how far its writer is now, and its request. In steps.
 */
export function* toldRows(
  system: SystemTables,
  { transaction: { replica, counter }, changes }: PreparedTransaction,
  { conflicts, refusal }: Evaluation,
  { digest, request, atMs }: ToldOf,
  limits: Limits,
): Steps<ToldRow[]> {
  const ordered = { replica, counter, atMs };
  const rows: ToldRow[] = [];
  const count = new StepCount(limits);
  for (const conflict of conflicts) {
    if (count.ends()) yield;
    const cells = conflictCells(system.conflict, conflict, changes[conflict.changeIndex]!, ordered);
    rows.push([system.conflict, cells]);
    count.add(bytesOf(cells));
  }
  if (refusal !== undefined) {
    const cells = outcomeCells(system.outcome, refusal, ordered);
    // One that no copy could take would keep them all from whatever comes behind it.
    assert(bytesAtMost(cells) <= refusalBytesMax(limits), 'a refusal has too many bytes');
    rows.push([system.outcome, cells]);
  }
  const position = { id: replica, counter: BigInt(counter), last_digest: digest };
  rows.push([system.writer, cellsByName(system.writer, position)]);
  if (request !== undefined) {
    const cells = requestCells(system.serviceRequest, request, counter);
    rows.push([system.serviceRequest, cells]);
  }
  return rows;
}

function bytesOf(cells: readonly Cell[]): number {
  return cells.reduce<number>(
    (sum, cell) => sum + (cell instanceof Uint8Array ? cell.length : 0),
    0,
  );
}
