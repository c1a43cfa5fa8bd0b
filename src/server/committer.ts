import type { Clock } from '../base/clock.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Commit, Outcome } from '../change/commit.ts';
import type { Log } from '../log/log.ts';
import type { Home, Ordering, Submission } from '../replica/home.ts';
import { homeReplica } from '../replica/schema-record.ts';

/** What becomes of a commit: the outcome of a transaction, or none of one that is the home's own. */
type Ordered = Pick<Ordering, 'outcome' | 'record'>;

/** Something to be ordered that waits for its outcome. */
interface Waiting {
  readonly order: (nowMs: number) => Ordered;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface CommitterOptions {
  readonly home: Home;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Called after each group, with the commits that became durable and visible, and the bytes that they are in the log. */
  readonly onCommits: (commits: readonly Commit[], logBytes: number) => void;
  /** Called once when the log failed and nothing more is ordered. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Group commit (design 9): orders what waits, appends the records as one group, and answers once the log has
 * them; meanwhile the next group gathers. One group is in flight. A failed append leaves its outcome unknown: those
 * who wait for it get UNAVAILABLE LOG_OUTCOME_UNKNOWN, everyone else UNAVAILABLE DATABASE_FAILED, nothing more is ordered,
 * and the database is to be opened again from its log.
 */
export class Committer {
  private readonly options: CommitterOptions;
  private readonly waiting: Waiting[] = [];
  /** Ordered, and not yet known to be durable. */
  private readonly inFlight: { waiting: Waiting; outcome: Outcome }[] = [];
  private running: Promise<void> | undefined;
  private cause: unknown;

  constructor(options: CommitterOptions) {
    this.options = options;
  }

  /** Why it orders nothing more; undefined while it does. */
  get failure(): unknown {
    return this.cause;
  }

  /** Orders a transaction. Resolves when its outcome is durable; rejects where it could not be ordered. */
  submit(submission: Submission): Promise<Outcome> {
    return this.enqueue((nowMs) => this.options.home.order(submission, nowMs));
  }

  /** Orders a commit of the home's own, which `make` gives the record of. Resolves when it is durable. */
  async submitOwn(make: (nowMs: number) => Uint8Array): Promise<void> {
    await this.enqueue((nowMs) => ({ outcome: ownOutcome, record: make(nowMs) }));
  }

  /** Resolves when nothing is in flight any more. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private enqueue(order: Waiting['order']): Promise<Outcome> {
    if (this.failure !== undefined) return Promise.reject(databaseFailed(this.failure));
    return new Promise((resolve, reject) => {
      this.waiting.push({ order, resolve, reject });
      this.running ??= this.run();
    });
  }

  private async run(): Promise<void> {
    // Submissions of the same turn join the first group.
    await Promise.resolve();
    try {
      while (this.waiting.length > 0 && this.failure === undefined) await this.commitGroup();
    } catch (error) {
      // A defect, not a fault of the log; but what is ordered and what is visible may not agree any more.
      this.fail(error);
    }
    this.running = undefined;
  }

  private async commitGroup(): Promise<void> {
    const { home, log, onCommits } = this.options;
    const records = this.orderGroup();
    try {
      if (records.length > 0) await log.append(log.head, records);
    } catch (error) {
      this.fail(error);
      return;
    }
    const commits = records.map(() => home.durable());
    for (const { waiting, outcome } of this.inFlight.splice(0)) waiting.resolve(outcome);
    const logBytes = records.reduce((sum, { length }) => sum + length, 0);
    if (commits.length > 0) onCommits(commits, logBytes);
  }

  /** Orders waiting submissions up to the size of a group. */
  private orderGroup(): Uint8Array[] {
    const { clock, limits } = this.options;
    const records: Uint8Array[] = [];
    const nowMs = clock.nowMs();
    let bytes = 0;
    let taken = 0;
    while (
      taken < this.waiting.length &&
      records.length < limits.commitGroupMax &&
      bytes < limits.commitGroupBytesMax
    ) {
      const waiting = this.waiting[taken++]!;
      try {
        const { outcome, record } = waiting.order(nowMs);
        this.inFlight.push({ waiting, outcome });
        if (record === undefined) continue;
        records.push(record);
        bytes += record.length;
      } catch (error) {
        waiting.reject(error);
      }
    }
    this.waiting.splice(0, taken);
    return records;
  }

  private fail(error: unknown): void {
    this.cause = error;
    this.options.home.abandon();
    for (const { waiting } of this.inFlight.splice(0)) waiting.reject(outcomeUnknown(error));
    for (const waiting of this.waiting.splice(0)) waiting.reject(databaseFailed(error));
    this.options.onFailure(error);
  }
}

/** Nobody asks what became of these. */
const ownOutcome: Outcome = {
  replica: homeReplica,
  counter: 0,
  status: 'committed',
  refusal: undefined,
  conflicts: 0,
};

/** When somebody may have opened the database again, in milliseconds. */
const retryDelayMs = 1_000;

function outcomeUnknown(cause: unknown): SyncError {
  return new SyncError(
    Code.unavailable,
    'LOG_OUTCOME_UNKNOWN',
    'the log failed, so whether the transaction was ordered is unknown: send it again with the same counter',
    { retryDelayMs, cause },
  );
}

function databaseFailed(cause: unknown): SyncError {
  return new SyncError(
    Code.unavailable,
    'DATABASE_FAILED',
    'the log of the database failed, so it takes no writes until it is opened again: send the same then',
    { retryDelayMs, cause },
  );
}
