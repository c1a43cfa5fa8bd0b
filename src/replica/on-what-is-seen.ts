import type { CommittedState } from '../change/committed-state.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
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
  const seen = changes.map(({ table, key }) => ({
    baseAbsent: !committed.has(table, key),
    baseCounter: view.lastCounter(table, key, transaction.replica),
  }));
  const based = <T>(change: T, index: number) => ({ ...change, ...seen[index]! });
  let { stamp } = transaction;
  for (const { table, key } of changes) {
    stamp = Math.max(stamp, view.lastStamp(table, key) + 1);
  }
  return {
    transaction: { ...transaction, stamp, changes: transaction.changes.map(based) },
    changes: changes.map(based),
  };
}
