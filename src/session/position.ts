import type { Seq } from '../base/seq.ts';
import type { Schema } from '../schema/table-def.ts';
import { type Cursor, type CursorGroup, checkSameLog, decodeCursor, newestSeq } from './cursor.ts';
import { forkOf } from './history.ts';
import type { SyncSource } from './source.ts';
import { groupsFor, type Served } from './subscription.ts';

/** Where a receiver is to go on from. */
export interface Position extends Pick<Cursor, 'check' | 'progress'> {
  readonly groups: CursorGroup[];
  /** Whether it begins anew, though it has a cursor. */
  readonly rebuild: boolean;
  /** The newest commit that both have, where the cursor is of another history. */
  readonly forkedAt: Seq | undefined;
}

/** Where to go on from; anew where the cursor is from before what this source remembers, or of another history. */
export function positionOf(source: SyncSource, bytes: Uint8Array, served: Served): Position {
  const { schema, state, limits, logId } = source;
  const anew = { groups: groupsFor(schema, served, []), check: 0, progress: undefined };
  if (bytes.length === 0) return { ...anew, rebuild: false, forkedAt: undefined };
  const cursor = decodeCursor(bytes, limits);
  // A relay that has nothing yet cannot tell whose cursor it is; it hands out no rows either.
  if (logId.length === 0) return goOn(schema, served, cursor);
  checkSameLog(cursor, logId);
  const forkedAt = forkOf(source, newestSeq(cursor.groups), cursor.check);
  const isAnew =
    forkedAt !== undefined || cursor.groups.some((group) => isForgotten(group, state.horizon));
  return isAnew ? { ...anew, rebuild: true, forkedAt } : goOn(schema, served, cursor);
}

function goOn(schema: Schema, served: Served, { groups, check, progress }: Cursor): Position {
  const wanted = groupsFor(schema, served, groups);
  return { groups: wanted, check, progress, rebuild: false, forkedAt: undefined };
}

/** Deletions since the group's last checkpoint, or since its first scan began, are not all known any more. */
function isForgotten(group: CursorGroup, horizon: number): boolean {
  if (group.since === 0 && group.upto === 0) return false;
  return (group.since === 0 ? group.first : group.since) < horizon;
}
