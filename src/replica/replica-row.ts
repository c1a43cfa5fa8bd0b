import type { Cell } from '../schema/table-def.ts';

/** A row as the replica shows it. */
export interface ReplicaRow {
  readonly cells: readonly Cell[];
  /** Seq of the committed version below it; 0 where there is none. */
  readonly version: number;
  /** Whether tentative changes are on top. */
  readonly pending: boolean;
}
