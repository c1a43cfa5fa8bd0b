import type { Subscription, UnreadableDelta } from './messages.ts';
import type { Position } from './position.ts';
import type { SyncSource } from './source.ts';

/** What a client could not read, and where that began. */
export interface UnreadableAt extends UnreadableDelta {
  /** Seq of the commit at which its receiver stood. */
  readonly seq: number;
  /** Blocks that were kept of it, and are not any more. */
  readonly blocksDropped: number;
}

/**
 * What a client says that it could not read. The block that others would be sent for it may be what is damaged, so it is let go of:
 * whoever comes next has another made.
 */
export function unreadableAt(
  { blocks }: SyncSource,
  { unreadable }: Subscription,
  { groups }: Position,
): UnreadableAt | undefined {
  if (unreadable === undefined) return undefined;
  const blocksDropped = groups.reduce((sum, { at }) => sum + blocks.dropAt(at), 0);
  return { ...unreadable, seq: Math.min(...groups.map(({ at }) => at.seq)), blocksDropped };
}
