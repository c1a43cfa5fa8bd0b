import type { SyncError } from '../base/errors.ts';
import type { Outcome } from '../change/commit.ts';
import type { Progress, Welcome } from './messages.ts';

/** What a message of the server led to. */
export type ClientEvent =
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'checkpoint'; readonly seq: number; readonly settled: readonly Outcome[] }
  | { readonly type: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly type: 'relayed' }
  /**
   * Another device has this replica's id, or the home lost edits that this replica does not have any more either; and this
   * stream is over. Have the replica take another identity with these
   * outcomes, store that, and connect again.
   */
  | { readonly type: 'forked'; readonly outcomes: readonly Outcome[] }
  /**
   * Rows are to come in another encoding: connect again, at once. With the error where those of a delta could not be read, which
   * are asked for as plain rows then.
   */
  | { readonly type: 'reencode'; readonly error: SyncError | undefined }
  /** The copy is not what the server says: connect again, which sends everything anew. */
  | { readonly type: 'rebuild'; readonly seq: number };
