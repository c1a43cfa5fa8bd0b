import { Code, SyncError } from '../base/errors.ts';
import { epochOf, type Seq } from '../base/seq.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { epochsIn, forkBefore } from '../replica/epochs.ts';
import type { Replica } from '../replica/replica.ts';
import type { Welcome } from './messages.ts';
import type { SyncSource } from './source.ts';

/** What tells where a receiver stands in the history of a source. */
export type History = Pick<
  SyncSource,
  'state' | 'authoritative' | 'checkAt' | 'hasLeft' | 'onLostEnd'
>;

/**
 * Where the history of a receiver that stands at commit `seq`, with this check of its chain, left the source's: undefined
 * where it did not, 0 where that is not known.
 *
 * UNAVAILABLE HISTORY_FORKING where the receiver shows the home that its log lost its end: it begins an epoch then, and the
 * receiver is to come again. FAILED_PRECONDITION CURSOR_AHEAD where it knows commits of a history that is not here, and that no
 * epoch of this one is above: a person has to begin one. UNAVAILABLE SOURCE_FORKED where a relay has another history of the
 * same epoch, and never had that one: which of the two goes on only the home can tell.
 */
export function forkOf(history: History, seq: Seq, check: number): Seq | undefined {
  const { state, authoritative } = history;
  if (seq === 0) return undefined;
  if (seq > state.head) {
    // A relay may only be behind.
    if (!authoritative) return undefined;
    if (epochOf(seq) === epochOf(state.head) && history.onLostEnd(seq)) throw historyForking();
    throw cursorAhead(seq, state.head);
  }
  const own = history.checkAt(seq);
  if (own === check) return undefined;
  const forkedAt = forkBefore(epochsIn(state), seq);
  if (forkedAt !== undefined) return forkedAt;
  // So long ago that the copy has to prove itself.
  if (own === undefined) return undefined;
  if (!authoritative && !history.hasLeft(seq, check)) throw sourceForked();
  if (history.onLostEnd(seq)) throw historyForking();
  return 0;
}

/**
 * Edits that a relay brings may be all that is left of a history which the home lost: their writer may be gone, and the relay
 * have another copy by now. Where they were made on commits that the log does not have, it begins an epoch as it does for a
 * cursor; then their base counts as the place where the histories part, and they can be ordered.
 */
export function showBases(history: History, { changes }: PreparedTransaction): void {
  const { head } = history.state;
  const newest = changes.reduce((most, { base = 0 }) => Math.max(most, base), 0);
  if (newest > head && epochOf(newest) === epochOf(head)) history.onLostEnd(newest);
}

function historyForking(): SyncError {
  return new SyncError(
    Code.unavailable,
    'HISTORY_FORKING',
    'this database lost its newest commits when it was opened, and begins a new epoch: connect again',
    { retryDelayMs: 1_000 },
  );
}

function sourceForked(): SyncError {
  return new SyncError(
    Code.unavailable,
    'SOURCE_FORKED',
    'this relay and you know other commits of this database under the same numbers, and only the home can tell which of them it has: connect to the home',
    { retryDelayMs: 60_000 },
  );
}

function cursorAhead(seq: Seq, head: Seq): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'CURSOR_AHEAD',
    `the cursor knows commit ${seq} of another history of this database, and the newest one here is ${head}: stop the server and begin an epoch above both, with \`syncdb repair --epoch ${epochOf(seq) + 1}\``,
    {
      fields: [{ field: 'subscription.cursor', description: 'is ahead of the log' }],
      metadata: { cursor_seq: String(seq), head_seq: String(head) },
    },
  );
}

/** Whether what this replica was told to be settled is not any more. A relay that does not say so is only behind. */
export function hasLost({ home, forkedAt, settled }: Welcome, replica: Replica): boolean {
  return (home || forkedAt !== undefined) && settled.counter < replica.lastSettled;
}

/**
 * UNAVAILABLE SOURCE_BEHIND at a relay that is behind what this replica shows: rows would go back in time. A home is never
 * behind: what it has told to be lost stays so, also where an epoch of it is gone since, with a log that was put back by hand.
 */
export function checkNotBehind(seq: Seq, replica: Replica, isHome: boolean): void {
  if (seq >= replica.committed.head || (isHome && replica.isForked)) return;
  throw new SyncError(
    Code.unavailable,
    'SOURCE_BEHIND',
    `this server stands at commit ${seq}, this replica at ${replica.committed.head} already`,
    { retryDelayMs: 1_000 },
  );
}
