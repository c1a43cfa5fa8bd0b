import { epochMax, epochOf, positionOf, type Seq, seqOf } from '../base/seq.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Cell, Schema } from '../schema/table-def.ts';
import { epochsExhausted } from './replica-errors.ts';
import { cellOf, cellsByName, systemTables, timeCell } from './system-rows.ts';

/** Why an epoch began: numbers of `syncdb.v1.EpochCause`. */
export const epochCauses = { restored: 1, lostEnd: 2 } as const;

export type EpochCause = keyof typeof epochCauses;

/** A history that went on elsewhere, or was lost, up to where a new epoch began. */
export interface Epoch {
  readonly number: number;
  /** The newest commit that both histories have. Seqs between this and `first` are of the other one. */
  readonly forkedAt: Seq;
  /** Seq of the commit that began it. */
  readonly first: Seq;
}

/** The epochs that a state knows of, oldest first; none while the history never forked. */
export function epochsIn(state: CommittedState): Epoch[] {
  const { epoch } = systemTables(state.schema);
  const { columns } = state.table(epoch);
  const epochs: Epoch[] = [];
  // Each has its row when it begins, and keeps it.
  for (let slot = 0; slot < columns.slotEnd; slot++) {
    if (!columns.isLive(slot)) continue;
    const cells = columns.row(slot);
    const number = (name: string) => Number(cellOf(epoch, cells, name));
    epochs.push({
      number: number('number'),
      forkedAt: number('forked_at_seq'),
      first: number('first_seq'),
    });
  }
  return epochs;
}

/**
 * Where the history with commit `seq` left the one with these epochs; undefined where it did not. A seq that was given
 * a second time before the loss was noticed counts as the other history's: only its chain hash can tell.
 */
export function forkBefore(epochs: readonly Epoch[], seq: Seq): Seq | undefined {
  return epochs.find(({ forkedAt, first }) => forkedAt < seq && seq < first)?.forkedAt;
}

/** Tests whether a seq is of a history that a state tells to be another. */
export function leftTest(state: CommittedState): (seq: Seq) => boolean {
  const epochs = epochsIn(state);
  return (seq) => forkBefore(epochs, seq) !== undefined;
}

/** What a writer saw of another history it has not seen of this one: its bases are where they part. */
export function onHistory(
  epochs: readonly Epoch[],
  prepared: PreparedTransaction,
): PreparedTransaction {
  if (epochs.length === 0) return prepared;
  const changes = prepared.changes.map((change) => {
    const base = forkBefore(epochs, change.base ?? 0);
    return base === undefined ? change : { ...change, base };
  });
  return { ...prepared, changes };
}

/** The epoch behind `head`, at the next position. RESOURCE_EXHAUSTED EPOCHS_EXHAUSTED where there is none left. */
export function epochAfter(head: Seq, number: number, forkedAt: Seq): Epoch {
  if (number > epochMax) throw epochsExhausted(epochMax);
  return { number, forkedAt, first: seqOf(number, positionOf(head) + 1) };
}

/** The next epoch of a log whose newest commit is `head`. */
export const nextEpoch = (head: Seq) => epochOf(head) + 1;

/** The row of an epoch. */
export function epochCells(schema: Schema, epoch: Epoch, cause: EpochCause, atMs: number): Cell[] {
  return cellsByName(systemTables(schema).epoch, {
    number: BigInt(epoch.number),
    forked_at_seq: BigInt(epoch.forkedAt),
    first_seq: BigInt(epoch.first),
    cause: epochCauses[cause],
    began_at: timeCell(atMs),
  });
}
