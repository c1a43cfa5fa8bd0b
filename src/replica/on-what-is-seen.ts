import type { CommittedState } from '../change/committed-state.ts';
import type { Change } from '../change/transaction.ts';
import type { PreparedChange, PreparedTransaction } from '../merge/prepared.ts';
import type { TentativeView } from './tentative-view.ts';

/**
 * A draft of a replica's next transaction, put on what the replica shows: it says for each change whether the copy has its
 * row, names the writer's own transaction that it builds on, and has its stamp behind all that is tentative on its rows.
 * Keys may stand in rows, so the draft is prepared first.
 */
export function onWhatIsSeen(
  { transaction, changes }: PreparedTransaction,
  committed: CommittedState,
  view: TentativeView,
): PreparedTransaction {
  let { stamp } = transaction;
  const based: PreparedChange[] = [];
  const written: Change[] = [];
  for (const [index, change] of changes.entries()) {
    const { table, key } = change;
    const baseAbsent = !committed.has(table, key);
    const baseCounter = view.lastCounter(table, key, transaction.replica);
    based.push({ ...change, baseAbsent, baseCounter });
    written.push({ ...transaction.changes[index]!, baseAbsent, baseCounter });
    stamp = Math.max(stamp, view.lastStamp(table, key) + 1);
  }
  return { transaction: { ...transaction, stamp, changes: written }, changes: based };
}
