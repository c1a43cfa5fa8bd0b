import type { CommittedState } from '../change/committed-state.ts';
import { decidedLimits } from '../change/decided.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { scopesOf } from '../schema/scope-template.ts';
import type { Replica } from './replica.ts';
import type { TentativeTransaction } from './tentative-queue.ts';
import type { TentativeView } from './tentative-view.ts';
import { touchedRows } from './touched-rows.ts';

/**
 * The scopes of each version of the rows that another writer's next transaction would write: as they are committed or
 * were deleted, after each tentative change, and as it makes them itself. Undefined where nothing is known of one of the
 * rows. The replica must not have the transaction; its view has it while this is found out.
 */
export function writtenScopes(
  { view, queue, committed }: Replica,
  prepared: PreparedTransaction,
): (readonly string[])[] | undefined {
  const entry = queue.placed(prepared);
  view.add(entry);
  try {
    return versionScopes(view, committed, entry);
  } finally {
    view.remove([entry]);
  }
}

function versionScopes(
  view: TentativeView,
  committed: CommittedState,
  { changes }: TentativeTransaction,
): (readonly string[])[] | undefined {
  const all: (readonly string[])[] = [];
  for (const { table, key } of touchedRows(changes)) {
    const scopes = view
      .versions(table, key, committed)
      .filter((cells) => cells !== undefined)
      .map((cells): readonly string[] => scopesOf(table, cells, decidedLimits));
    const last = committed.rowState(table, key);
    // A deleted row is in none of the versions, but still in the scopes that it was deleted from.
    if (last !== undefined) scopes.push(last.scopes);
    if (scopes.length === 0) return undefined;
    all.push(...scopes);
  }
  return all;
}
