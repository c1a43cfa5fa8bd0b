import type { Log } from '../log/log.ts';

/** Where a client keeps what it must not lose. See `sqliteStorage`. */
export interface ClientStorage {
  /** Opens or creates it, for this process alone. FAILED_PRECONDITION LOG_LOCKED where another has it open. */
  open(): Promise<JournalFiles>;
}

/** The journal of one replica, and the one that is written to take its place. The driver is `ReplicaJournal`. */
export interface JournalFiles {
  /** Names the journal for people: its path. */
  readonly name: string;
  /** The journal that counts; undefined for a new storage, where none does before the first `replace`. */
  readonly log: Log | undefined;
  /**
   * Opens the one that counts again, after a failure whose outcome is unknown: also after one of `replace`. DATA_LOSS
   * STORAGE_DAMAGED where none counts any more.
   */
  reopen(): Promise<Log>;
  /** Begins another. It counts for nothing until it takes the place. One at a time. */
  begin(): Promise<Log>;
  /**
   * Makes the one that was begun, which has records and is on stable storage, the journal that counts: at once, or not
   * at all. Where it rejects, `reopen` tells by the id of the log which of the two it was. What is left of the other goes.
   */
  replace(): Promise<void>;
  /** Gives up the one that was begun, if there is one. Never fails. */
  discard(): Promise<void>;
  /** Lets go of all. Never fails, and may be called again. */
  close(): Promise<void>;
}
