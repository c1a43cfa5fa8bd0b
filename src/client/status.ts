import type { SyncError } from '../base/errors.ts';

/** How far a catch-up is. Rows never go backwards within one, nor do bytes. */
export interface SyncProgress {
  /** Rows received, those before an interruption included. */
  readonly rowsDone: number;
  /** Rows still to come, at the most. */
  readonly rowsLeft: number;
  /** Bytes of messages received over this link. */
  readonly bytesDone: number;
  /** Bytes still to come, by the rows so far: an estimate. */
  readonly bytesLeft: number;
}

/** Where a client stands with its server. */
export type Status =
  /**
   * Not connected, and nothing is tried: it was not asked to, or `disconnect` was called. With an error so many attempts in a
   * row have failed, the last one with that; it goes on trying by itself.
   */
  | { readonly state: 'offline'; readonly error: SyncError | undefined; readonly attempts: number }
  /**
   * On its way, or waiting to try again: so many attempts in a row have failed, the last one with the error. Or it greets anew at once,
   * because of the error: rows could not be read, and are asked for in another encoding.
   */
  | {
      readonly state: 'connecting';
      readonly error: SyncError | undefined;
      readonly attempts: number;
    }
  | { readonly state: 'syncing'; readonly progress: SyncProgress | undefined }
  /** With an error it only reads: FORK_UNRESOLVED, where its own edits wait for the home, since this server cannot tell whose they are. */
  | { readonly state: 'live'; readonly error: SyncError | undefined }
  /** Trying again cannot help: the error says what to do. Edits stay queued. */
  | { readonly state: 'blocked'; readonly error: SyncError };
