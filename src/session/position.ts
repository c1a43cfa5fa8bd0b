import { bytesEqual } from '../base/bytes.ts';
import { renamed } from '../base/error-fields.ts';
import type { Seq } from '../base/seq.ts';
import type { Replica } from '../replica/replica.ts';
import { type Cursor, type CursorGroup, checkSameLog, decodeCursor, newestSeq } from './cursor.ts';
import { forkOf } from './history.ts';
import type { Subscription } from './messages.ts';
import type { SyncSource } from './source.ts';
import { groupsFor, type Served, sinceItBegan } from './subscription.ts';

/** Where a receiver is to go on from. */
export interface Position extends Pick<Cursor, 'check' | 'progress'> {
  readonly groups: CursorGroup[];
  readonly rebuild: boolean;
  /** Where its history left this one; undefined where it did not, 0 where that is not known. */
  readonly forkedAt: Seq | undefined;
}

/**
 * What a replica says of where it stands. A copy that is begun anew tells nothing of the history that is left with the one that
 * is shown, so then its cursor comes along. So it does in the middle of a delta: a relay that is not as far knows that one at
 * the most.
 */
export function standingOf(
  replica: Replica,
): Pick<Subscription, 'cursor' | 'shownCursor' | 'isShownLost'> {
  const { cursor, shownCursor, isForked } = replica;
  const isShown = bytesEqual(cursor, shownCursor);
  return {
    cursor,
    shownCursor: isShown ? new Uint8Array(0) : shownCursor,
    isShownLost: !isShown && isForked,
  };
}

/**
 * Where a receiver with these cursors is to go on from; anew where its cursor is from before what this source remembers, or of
 * another history. Where it begins a copy anew, the history is that of the one that it shows meanwhile.
 */
export function positionOf(
  source: SyncSource,
  standing: Pick<Subscription, 'cursor' | 'shownCursor' | 'isShownLost'>,
  served: Served,
): Position {
  const { schema, state, limits } = source;
  const { cursor: bytes } = standing;
  const anew = { groups: groupsFor(schema, served, []), check: 0, progress: undefined };
  if (bytes.length === 0) {
    const forkedAt = shownForkOf(source, standing);
    return { ...anew, rebuild: forkedAt !== undefined, forkedAt };
  }
  const cursor = decodeCursor(bytes, limits);
  const isAhead = newestSeq(cursor.groups) > state.head;
  const forkedAt =
    cursorForkOf(source, cursor) ?? (isAhead ? shownForkOf(source, standing) : undefined);
  // A relay that has nothing yet cannot tell whose cursor it is; it hands out no rows either.
  const isForgettable = source.logId.length > 0;
  const isForgotten = isForgettable && cursor.groups.some((each) => isBehind(each, state.horizon));
  if (forkedAt !== undefined || isForgotten) return { ...anew, rebuild: true, forkedAt };
  const { check, progress } = cursor;
  const known = cursor.groups.map((group) => asScannedBy(source, group));
  const groups = groupsFor(schema, served, known);
  return { groups, check, progress, rebuild: false, forkedAt: undefined };
}

/** Behind where a relay's scan stands here, a row may have left before it: what it knew to leave later was not sent. */
function asScannedBy(source: SyncSource, group: CursorGroup): CursorGroup {
  return group.scanner === 0 || group.scanner === source.scanner ? group : sinceItBegan(group);
}

function shownForkOf(
  source: SyncSource,
  { shownCursor: bytes, isShownLost = false }: Pick<Subscription, 'shownCursor' | 'isShownLost'>,
): Seq | undefined {
  // A relay knows no better than whoever has told that.
  if (bytes.length === 0 || (isShownLost && !source.authoritative)) return undefined;
  return renamed(
    () => cursorForkOf(source, decodeCursor(bytes, source.limits)),
    () => 'subscription.shown_cursor',
  );
}

function cursorForkOf(source: SyncSource, cursor: Cursor): Seq | undefined {
  if (source.logId.length === 0) return undefined;
  checkSameLog(cursor, source.logId);
  return forkOf(source, newestSeq(cursor.groups), cursor.check);
}

/** Deletions since the group's last checkpoint, or since its first scan began, are not all known any more. */
function isBehind(group: CursorGroup, horizon: Seq): boolean {
  if (group.since === 0 && group.upto === 0) return false;
  return (group.since === 0 ? group.first : group.since) < horizon;
}
