import type { Log } from '../log/log.ts';

/**
 * Where a client keeps what it must not lose. In the package: `sqliteStorage` and `memoryStorage`. Another, over what a
 * platform has, needs nothing of SyncDB but this file's interfaces and `SyncError`; `storageContract` of
 * `syncdb/client/contract` says whether it keeps the promises.
 */
export interface ClientStorage {
  /**
   * Opens or creates it, for its caller alone until `close`. FAILED_PRECONDITION LOG_LOCKED where somebody has it open, and
   * DATA_LOSS STORAGE_DAMAGED where it is not what was written to it; it is as it was then.
   */
  open(): Promise<JournalFiles>;
}

/**
 * The journal of one replica, and the one that is written to take its place. The driver is `ReplicaJournal`. After `close` all
 * that can fail is refused: FAILED_PRECONDITION LOG_CLOSED.
 */
export interface JournalFiles {
  /** Names the journal for people: its path. */
  readonly name: string;
  /** The journal that counts; undefined for a new storage, where none does before the first `replace`. */
  readonly log: JournalLog | undefined;
  /**
   * Opens the one that counts again, after a failure whose outcome is unknown: also after one of `replace`. What was begun is
   * given up, and handles from before take nothing any more. DATA_LOSS STORAGE_DAMAGED where none counts any more.
   */
  reopen(): Promise<JournalLog>;
  /**
   * Begins another, which is empty and has an id of its own. It counts for nothing until it takes the place, and the one that
   * counts takes appends meanwhile. One at a time.
   */
  begin(): Promise<JournalLog>;
  /**
   * Makes the one that was begun, which has records and is on stable storage, the journal that counts: at once, or not
   * at all. Its handle goes on, as `log`. Where it rejects, `reopen` tells by the id of the log which of the two it was. What
   * is left of the other goes.
   */
  replace(): Promise<void>;
  /** Gives up the one that was begun, if there is one. Never fails. */
  discard(): Promise<void>;
  /** Waits for the append under way, then lets go of all. Never fails, and may be called again. */
  close(): Promise<void>;
}

/** What of a `Log` a journal has: it is read from its beginning, appended to, and never trimmed. */
export type JournalLog = Pick<Log, 'id' | 'head' | 'append' | 'read'>;
