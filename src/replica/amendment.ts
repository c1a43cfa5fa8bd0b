import type { Limits } from '../base/limits.ts';
import { type Stamp, stampMs } from '../base/stamp.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Change, Transaction } from '../change/transaction.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { coalesced } from './coalesced.ts';
import { onWhatIsSeen } from './on-what-is-seen.ts';
import type { OwnChain } from './own-chain.ts';
import type { TentativeQueue, TentativeTransaction } from './tentative-queue.ts';
import type { TentativeView } from './tentative-view.ts';

/** A change without what only the replica knows: what it is based on. */
export type Edit = Omit<Change, 'base' | 'baseAbsent' | 'baseCounter'>;

/** What of a replica an amendment depends on. */
export interface Amended {
  readonly limits: Limits;
  readonly committed: CommittedState;
  readonly queue: TentativeQueue;
  readonly view: TentativeView;
  readonly chain: OwnChain;
  prepare(transaction: Transaction): PreparedTransaction;
}

/**
 * The transaction that an edit makes of the writer's newest one, where that changes the same row alone, shows last on it and was
 * never handed out. Undefined where it is not so. Of the newest only: those behind another one would get other digests,
 * and what a copy of the device has of them would be ordered a second time. And of a young one only: both are of the later
 * moment from then on, and an old edit is not to win over what others wrote meanwhile.
 */
export function amendment(of: Amended, edit: Edit, stamp: Stamp): PreparedTransaction | undefined {
  const earlier = amendable(of, edit);
  if (earlier === undefined) return undefined;
  const ageMs = stampMs(stamp) - stampMs(earlier.transaction.stamp);
  if (ageMs > of.limits.coalescedMsMax) return undefined;
  const draft = { ...earlier.transaction, stamp, changes: [withBase(edit, of.committed.head)] };
  const later = onWhatIsSeen(of.prepare(draft), of.committed, of.view);
  const both = coalesced(earlier.changes[0]!, later.changes[0]!);
  if (both === undefined || both.row.length > of.limits.rowBytesMax) return undefined;
  return of.prepare({ ...later.transaction, changes: [both] });
}

/** An edit as a change whose base is not wholly known. */
export function withBase(edit: Edit, base: number): Change {
  return { ...edit, base, baseAbsent: false, baseCounter: 0 };
}

/** The newest transaction, where it may still become another. */
function amendable(
  { view, queue, chain }: Amended,
  { table: name, key }: Edit,
): TentativeTransaction | undefined {
  if (chain.counter === chain.sealed) return undefined;
  const newest = queue.of(chain.id).at(-1)!;
  const [change, ...more] = newest.changes;
  const isSameRow = change!.table.name === name && change!.key === key && more.length === 0;
  if (!isSameRow) return undefined;
  const shown = view.newest(change!.table, key);
  return shown?.replica === chain.id ? newest : undefined;
}
