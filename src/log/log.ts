/**
 * A log of opaque records: the one place where a database becomes durable.
 *
 * Positions count records: record n (1, 2, 3 ...) makes the head n. A log with nothing in it has head 0. The
 * payload is the caller's; a log neither reads nor changes it, and it may be empty.
 *
 * An adapter settles its promises only because of events of its own medium (a thread's answer, a simulated
 * disk), never because of a timer, so that a simulation can decide when each of them happens.
 */
export interface Log {
  /** 16 random bytes, made with the log: two logs are the same when these are. */
  readonly id: Uint8Array;

  /** Position of the newest durable record that this handle knows of. */
  readonly head: number;

  /** Position before the first record that is kept: 0 at first, at most the head. */
  readonly trimmed: number;

  /** The epoch in which whoever opens the log writes: 0 at first. It stays as it is while the log is open. */
  readonly epoch: number;

  /**
   * Appends `records` behind position `expectedHead`, all or none, and resolves with the new head once they are
   * on stable storage. One append may be under way at a time. The records are copied before the call returns,
   * so the caller may reuse their memory at once. An empty list only checks the head.
   *
   * Nothing was appended after any of these:
   * - ABORTED LOG_HEAD_MOVED: the head is not `expectedHead`; metadata `expected` and `head`.
   * - RESOURCE_EXHAUSTED LOG_DISK_FULL: no room; the same append may be tried again after `retryDelayMs`.
   * - UNAVAILABLE LOG_STOPPED: an earlier append has failed; the log must be opened again.
   * - FAILED_PRECONDITION LOG_CLOSED: `close` was called.
   *
   * Any other error, UNAVAILABLE LOG_OUTCOME_UNKNOWN above all, means that the records may or may not be there.
   * No further append is taken then: whoever needs to know opens the log again and reads its head.
   */
  append(expectedHead: number, records: readonly Uint8Array[]): Promise<number>;

  /**
   * The records behind position `after`, in order and in slices of bounded size, up to the head at the time of
   * the call: later appends are not seen. The bytes are the caller's. May be left early, and iterated once.
   *
   * Fails with FAILED_PRECONDITION LOG_TRIMMED where `after` is before `trimmed`, also when that comes in the
   * middle; metadata `trimmed`. Fails with DATA_LOSS LOG_CORRUPT at a damaged or missing record, after all that stand before it; metadata
   * `position` names it, and reading behind it may still succeed. UNAVAILABLE LOG_READ_FAILED where the medium
   * fails, LOG_STOPPED where it is gone, FAILED_PRECONDITION LOG_CLOSED once `close` was called.
   */
  read(after: number): AsyncIterable<LogSlice>;

  /**
   * Drops the records up to position `upto`, which is at most the head, and resolves when they are gone for good.
   * Positions stay what they are. It goes in slices, each all or nothing, so an append that comes meanwhile waits for
   * one of them, and a process that ends in between leaves `trimmed` somewhere on the way. Without effect where
   * `trimmed` is there already.
   *
   * Fails with DATA_LOSS LOG_CORRUPT, RESOURCE_EXHAUSTED LOG_DISK_FULL, UNAVAILABLE LOG_STOPPED (then the log must be
   * opened again) or FAILED_PRECONDITION LOG_CLOSED; what was trimmed before that stays so.
   */
  trim(upto: number): Promise<void>;

  /** Waits for the append under way, then lets go of all resources. Never fails, and may be called again. */
  close(): Promise<void>;
}

/** Some records that follow one another; at least one. */
export interface LogSlice {
  /** Position of `records[0]`. */
  readonly first: number;
  readonly records: readonly Uint8Array[];
}

/** Records of one slice. */
export const sliceRecordsMax = 1_000;

/** A slice that has so many bytes takes no further record, so it is larger by one record at most. */
export const sliceBytesMax = 1 << 20;
