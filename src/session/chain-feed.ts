import { positionOf, type Seq } from '../base/seq.ts';
import type { Checkpoint } from '../change/row-delta.ts';
import type { Replica } from '../replica/replica.ts';
import { type CursorGroup, decodeCursor } from './cursor.ts';
import type { Delta } from './messages.ts';
import type { SyncSource } from './source.ts';

/** Bytes of a message for each check that it may have: half of one is checks at most, which take four. */
const bytesPerCheck = 8;

/**
 * What a relay is told of the chain of the log, so that it tells cursors of its own history from others: the check at each
 * commit since the checkpoint that its cursor goes on from, where it knows those before; else the newest.
 */
export class ChainFeed {
  private readonly source: SyncSource;
  /** Position of the last checkpoint that was told of; 0 for none. */
  private told: number;

  /** `groups` are those that the session begins with; the relay has the chain up to their checkpoint, or it does not. */
  constructor(source: SyncSource, groups: readonly CursorGroup[], isKnown = false) {
    this.source = source;
    this.told = isKnown ? positionOf(sinceOf(groups)) : 0;
  }

  /** For the checkpoint at `seq`, the head: oldest first, without those that the source does not know. */
  next(seq: Seq): number[] {
    const { limits } = this.source;
    const upto = positionOf(seq);
    const { checkpointChecksMax, messageBytesMax } = limits;
    const most =
      this.told === 0 ? checkpointChecksMax : Math.floor(messageBytesMax / bytesPerCheck);
    const behind = Math.max(this.told, upto - most);
    const checks: number[] = [];
    // A commit of any epoch is known by its position.
    for (let at = seq; positionOf(at) > behind; at--) {
      const check = this.source.checkAt(at);
      if (check === undefined) break;
      checks.push(check);
    }
    this.told = upto;
    return checks.reverse();
  }
}

/** Whether a relay knows the chain up to the checkpoint that its cursor goes on from. */
export function knowsChain(replica: Replica): boolean {
  const { options, cursor } = replica;
  // With another copy all that is known goes.
  if (!options.relay || cursor.length === 0 || replica.isReplaced) return false;
  const since = sinceOf(decodeCursor(cursor, options.limits).groups);
  return since > 0 && replica.checkAt(since) !== undefined;
}

/**
 * The checkpoint of a delta as a replica takes it, with these positions: the chain for a relay alone, and only where it is that
 * of the cursor which comes with it.
 */
export function checkpointFor(
  { options: { relay, limits } }: Replica,
  { checkpoint, cursor }: Delta,
  settled: Checkpoint['settled'],
): Checkpoint {
  const { chain, ...rest } = checkpoint!;
  const isTold = relay && chain !== undefined;
  const isOfCursor = isTold && chain.at(-1) === decodeCursor(cursor, limits).check;
  return { ...rest, settled, ...(isOfCursor && { chain }) };
}

function sinceOf(groups: readonly CursorGroup[]): Seq {
  return Math.max(0, ...groups.map(({ since }) => since));
}
