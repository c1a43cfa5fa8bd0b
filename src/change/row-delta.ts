import type { Stamp } from '../base/stamp.ts';
import type { Cell } from '../schema/table-def.ts';
import type { Settled } from './commit.ts';

/** What a delta means for a copy of the row; `syncdb.v1.RowChangeType` documents each. */
export type RowDeltaKind = 'full' | 'patch' | 'deleted' | 'evicted' | 'own';

/** An edit among the transactions of one replica. */
export interface OwnPlace {
  readonly counter: number;
  readonly change: number;
}

/** How one row differs from what a receiver holds. */
export interface RowDelta {
  readonly kind: RowDeltaKind;
  /** Full name of the table. */
  readonly table: string;
  /** The home's number of the row. */
  readonly number: number;
  /** Key in its text form; empty where the receiver knows it by the number or the row. */
  readonly key: string;
  /** Seq that last changed the row; for an eviction, the seq at which it left. */
  readonly version: number;
  readonly stamp: Stamp;
  readonly writer: string;
  /** Patch: numbers of the changed fields, ascending; otherwise empty. */
  readonly fields: readonly number[];
  /** Full, patch and own: the scopes that hold the row, of those that the receiver holds. */
  readonly scopes: readonly string[];
  /** Full: the row as protobuf bytes. Patch: only the changed fields. Otherwise empty. */
  readonly row: Uint8Array;
  /** Full and patch, where it was gathered: the row's slot in its table, as long as nothing else is applied there. */
  readonly slot?: number;
  /** The cells that `row` has, others at their default, where they are at hand without it. The array is the caller's own. */
  cells?(): Cell[];
  /** Own: the receiver's transaction that has it, and the index of the change there. */
  readonly own?: OwnPlace;
}

/** Marks a commit boundary: with it the receiver has every row of its scopes as of `seq`. */
export interface Checkpoint {
  readonly seq: number;
  /** (row, scope) pairs that the receiver holds now. */
  readonly rowCount: number;
  /** Sum of their digests. */
  readonly digest: bigint;
  /** Writers whose settled position the receiver should know. */
  readonly settled: ReadonlyMap<string, ToldPosition>;
  /** For a relay: the check of the chain at each of the newest commits, oldest first; the last is that of `seq`. */
  readonly chain?: readonly number[] | undefined;
}

/** How far a writer is settled, as a server tells it. */
export interface ToldPosition extends Settled {
  /** In the first checkpoint of a stream: the newest of its transactions that the server carries and passes on; none: 0. */
  readonly carried?: number;
  /** To a relay: the server has let go of the writer's transactions, since they have no place at the home. */
  readonly dropped?: boolean;
}
