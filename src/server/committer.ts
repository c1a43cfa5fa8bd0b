import type { Clock, Timer } from '../base/clock.ts';
import { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { atOnce } from '../base/steps.ts';
import type { Commit, Outcome } from '../change/commit.ts';
import type { Log } from '../log/log.ts';
import type { Home } from '../replica/home.ts';
import { homeReplica } from '../replica/schema-record.ts';
import type { Ordering, OrderingSteps, Submission } from '../replica/submission.ts';
import { CommitGroup } from './commit-group.ts';
import {
  databaseFailed,
  diskFull,
  logStalled,
  outcomeUnknown,
  recovering,
} from './committer-errors.ts';
import type { HeapRoom, Reservation } from './heap-room.ts';
import { isFinal, isLocked, type LostLog, type ReopenedLog, reopenLog } from './log-reopening.ts';
import { withinTime } from './within-time.ts';

/**
 * Whether transactions are ordered:
 *
 * ```
 * open --no room--> full --append--> open           each new submission is an attempt
 * open, full --fault of the log, or no answer--> recovering --append, or nothing waits any more--> open
 *                                  recovering --no room--> full
 * any of these --the log cannot go on, a defect--> failed
 * ```
 */
export type WriteState = 'open' | 'full' | 'recovering' | 'failed';

/** What becomes of a commit: the outcome of a transaction, or none of one that is the home's own. */
type Ordered = Pick<Ordering, 'outcome' | 'record'>;

/** Something to be ordered that waits for its outcome. */
interface Waiting {
  readonly order: (nowMs: number) => OrderingSteps<Ordered>;
  /** What it has of the heap already. */
  readonly room: Reservation | undefined;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Ordered, and not yet known to be durable. */
interface InFlight {
  readonly waiting: Waiting;
  readonly outcome: Outcome;
  /** False where it was ordered before. */
  readonly hasRecord: boolean;
}

export interface CommitterOptions {
  readonly home: Home;
  /** The committer closes it. */
  readonly log: Log;
  /** Opens the log again once its handle has failed and is closed. Without it the first fault of the log is the last. */
  readonly reopen?: (() => Promise<Log>) | undefined;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly limits: Limits;
  /** Where there is room for the rows that are met. */
  readonly heap: HeapRoom;
  /**
   * Called after each group, with the commits that became durable and visible, the bytes that they are in the log, and how
   * many milliseconds it took the log to have them.
   */
  readonly onCommits: (commits: readonly Commit[], logBytes: number, appendMs: number) => void;
  /** Called when the state becomes another, with the error behind it, if any. */
  readonly onState: (state: WriteState, cause: unknown) => void;
}

/** The wait before the log is opened again, in milliseconds: doubled each time until an append succeeds. */
const reopenDelayMsMin = 100;
const reopenDelayMsMax = 5_000;

/**
 * Group commit (design 9): orders what waits, appends the records as one group, and answers once the log has
 * them; meanwhile the next group gathers. One group is in flight.
 *
 * After a failed append nothing is assumed. The log is opened again: what it has of the group is folded and answered, the
 * rest is ordered anew, and nobody notices but by the wait. New submissions get UNAVAILABLE DATABASE_RECOVERING meanwhile;
 * `recoveryWaitMsMax` after the append began those in flight are told LOG_OUTCOME_UNKNOWN and those behind them
 * DATABASE_RECOVERING, while opening goes on. An append that does not answer at all is the same: when it does, later, what
 * became of it counts. Where the log cannot go on for good everyone gets DATABASE_FAILED from then on.
 *
 * A full disk is certain: those who wait get RESOURCE_EXHAUSTED LOG_DISK_FULL, and whoever comes next tries again.
 */
export class Committer {
  private readonly options: CommitterOptions;
  private log: Log;
  private readonly waiting: Waiting[] = [];
  private readonly inFlight: InFlight[] = [];
  /** What is being ordered over many turns: it neither waits any more nor is it in flight. */
  private ordering: Waiting | undefined;
  private running: Promise<void> | undefined;
  private current: WriteState = 'open';
  private cause: unknown;
  /** Times that the log was opened again since the last append that succeeded. */
  private reopenCount = 0;
  /** For so long it has been found locked, whenever that was looked at, since it was open. */
  private lockedMs = 0;
  /** The last wait before it was opened again. */
  private delayMs = 0;
  private closing = false;
  private endDelay: () => void = () => {};
  private cancelLimit: (() => void) | undefined;
  /** Whoever waits for the log was told that nobody knows how long. */
  private waited = false;

  constructor(options: CommitterOptions) {
    this.options = options;
    this.log = options.log;
  }

  /** The log that it writes to now: another one once it was opened again. */
  get currentLog(): Log {
    return this.log;
  }

  get state(): WriteState {
    return this.current;
  }

  /** What `submit` rejects with now, whatever comes; undefined where it may be ordered. */
  get refusal(): SyncError | undefined {
    if (this.state === 'failed') return databaseFailed(this.cause);
    return this.state === 'recovering' ? recovering(this.cause) : undefined;
  }

  /**
   * Orders a transaction, which may have `room` of the heap already. Resolves when its outcome is durable; rejects where it
   * could not be ordered, RESOURCE_EXHAUSTED HEAP_FULL among others.
   */
  submit(submission: Submission, room?: Reservation): Promise<Outcome> {
    const { home } = this.options;
    return this.enqueue((nowMs) => home.orderSteps(submission, nowMs), room);
  }

  /**
   * Orders a commit of the home's own, which `make` gives the record of, or none where there is nothing to say after all.
   * Resolves when it is durable. `make` is called again where the log did not take the record.
   */
  async submitOwn(make: (nowMs: number) => Uint8Array | undefined): Promise<void> {
    await this.enqueue((nowMs) => atOnce(() => ({ outcome: ownOutcome, record: make(nowMs) })));
  }

  /** Resolves when nothing is in flight any more. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private enqueue(order: Waiting['order'], room?: Reservation): Promise<Outcome> {
    const { refusal } = this;
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.waiting.push({ order, room, resolve, reject });
      this.running ??= this.run();
    });
  }

  /**
   * Waits for what is in flight, then closes the log. A log that has failed is not waited for, and one that does not answer for
   * `recoveryWaitMsMax` at most: it is closed when it does.
   */
  async close(): Promise<void> {
    this.closing = true;
    this.endDelay();
    const { timer, limits } = this.options;
    const closed = this.idle().then(() => this.log.close());
    const limitMs = this.waited ? 0 : limits.recoveryWaitMsMax;
    if (!(await withinTime(closed, limitMs, timer))) this.waitedLong();
  }

  private async run(): Promise<void> {
    // Submissions of the same turn join the first group.
    await Promise.resolve();
    try {
      while (this.waiting.length > 0 && this.state !== 'failed') await this.commitGroup();
    } catch (error) {
      // A defect, not a fault of the log; but what is ordered and what is visible may not agree any more.
      this.fail(error);
    }
    this.running = undefined;
  }

  private async commitGroup(): Promise<void> {
    const group = new CommitGroup(this.options);
    try {
      await this.order(group);
      await this.append(group);
    } finally {
      group.release();
    }
  }

  /** Orders waiting submissions up to the size of a group. */
  private async order(group: CommitGroup): Promise<void> {
    let taken = 0;
    while (taken < this.waiting.length && !group.isFull()) {
      const waiting = this.waiting[taken++]!;
      try {
        const steps = waiting.order(group.nowMs);
        const step = group.begin(steps);
        if (step.done !== true) {
          // Whoever goes through the others meanwhile does not meet it.
          this.waiting.splice(0, taken);
          taken = 0;
        }
        const { outcome, record } =
          step.done === true
            ? step.value
            : await this.orderLong(waiting, group.rest(steps, step, waiting.room));
        this.inFlight.push({ waiting, outcome, hasRecord: record !== undefined });
        if (record !== undefined) group.add(record);
      } catch (error) {
        waiting.reject(error);
      }
    }
    this.waiting.splice(0, taken);
  }

  private async append({ records, bytes }: CommitGroup): Promise<void> {
    // Asked for before: what a handle that has failed says is worth nothing.
    const { id, head } = this.log;
    const { clock } = this.options;
    const beganMs = clock.nowMs();
    try {
      if (records.length > 0) {
        this.limitWait();
        await this.log.append(head, records);
      }
    } catch (error) {
      if (isDiskFull(error)) this.refuseFull(error);
      else await this.recover(error, { id, head, records });
      return;
    }
    if (records.length > 0) this.reopenCount = 0;
    // A group without records says nothing about the room on the disk.
    if (records.length > 0 || this.state === 'recovering') this.become('open', undefined);
    // A clock may be set back.
    this.fold(records.length, bytes, Math.max(0, clock.nowMs() - beganMs));
  }

  /** A large one would hold everybody up: it is ordered over many turns, and what is behind it waits. */
  private async orderLong(waiting: Waiting, ordering: Promise<Ordered>): Promise<Ordered> {
    this.ordering = waiting;
    try {
      return await ordering;
    } finally {
      this.ordering = undefined;
    }
  }

  /** The first `count` commits in flight are durable: shows and answers them. */
  private fold(count: number, logBytes = 0, appendMs = 0): void {
    const { home, onCommits } = this.options;
    const commits = Array.from({ length: count }, () => home.durable());
    let records = 0;
    // What was ordered before has its answer from the commits before it.
    const unknown = this.inFlight.findIndex(({ hasRecord }) => hasRecord && ++records > count);
    const answered = this.inFlight.splice(0, unknown < 0 ? this.inFlight.length : unknown);
    for (const { waiting, outcome } of answered) waiting.resolve(outcome);
    if (commits.length > 0) onCommits(commits, logBytes, appendMs);
  }

  /**
   * Nothing was appended, and the log is as good as before. What gathered meanwhile is refused too: behind a transaction
   * that was not ordered its writer's next ones cannot be.
   */
  private refuseFull(cause: unknown): void {
    this.become('full', cause);
    this.fold(0);
    this.options.home.abandon();
    for (const { reject } of this.takeAll()) reject(diskFull(cause));
  }

  /** Opens the log again until that succeeds, then goes on from what it has. */
  private async recover(cause: unknown, lost: LostLog): Promise<void> {
    const { reopen } = this.options;
    if (reopen === undefined) {
      this.fail(cause);
      return;
    }
    this.become('recovering', cause);
    this.limitWait();
    let reopened: ReopenedLog | undefined;
    while (reopened === undefined) {
      await this.log.close();
      await this.delay();
      if (this.closing) {
        this.options.home.abandon();
        this.tellUnknown();
        return;
      }
      reopened = await this.tryReopen(reopen, lost);
      if (this.state === 'failed') return;
    }
    this.log = reopened.log;
    this.resume(reopened.kept);
  }

  /** Undefined where it is to be tried again, or has failed for good. */
  private async tryReopen(
    reopen: () => Promise<Log>,
    lost: LostLog,
  ): Promise<ReopenedLog | undefined> {
    try {
      const reopened = await reopenLog(reopen, lost);
      this.lockedMs = 0;
      return reopened;
    } catch (error) {
      this.lockedMs = isLocked(error) ? this.lockedMs + this.delayMs : 0;
      if (isFinal(error, this.lockedMs)) this.fail(error);
      else this.cause = error;
      return undefined;
    }
  }

  /** The log is open again, with the first `kept` records of the group. */
  private resume(kept: number): void {
    this.fold(kept);
    this.options.home.abandon();
    this.waiting.unshift(...this.inFlight.splice(0).map(({ waiting }) => waiting));
    if (this.waiting.length === 0) this.become('open', undefined);
  }

  private delay(): Promise<void> {
    this.delayMs = Math.min(reopenDelayMsMax, reopenDelayMsMin * 2 ** this.reopenCount++);
    return new Promise((resolve) => {
      if (this.closing) {
        resolve();
        return;
      }
      const cancel = this.options.timer(this.delayMs, resolve);
      this.endDelay = () => {
        cancel();
        resolve();
      };
    });
  }

  private limitWait(): void {
    const { timer, limits } = this.options;
    this.cancelLimit ??= timer(limits.recoveryWaitMsMax, () => this.waitedLong());
  }

  /** Who waits has waited long enough, for a log that is being opened again or for one that does not answer. */
  private waitedLong(): void {
    if (this.state === 'failed') return;
    this.waited = true;
    if (this.state !== 'recovering') this.become('recovering', logStalled());
    this.tellUnknown();
  }

  private tellUnknown(): void {
    this.cancelLimit?.();
    for (const { waiting } of this.inFlight.splice(0)) waiting.reject(outcomeUnknown(this.cause));
    // It goes on, and is appended once the log takes it.
    this.ordering?.reject(outcomeUnknown(this.cause));
    for (const { reject } of this.waiting.splice(0)) reject(recovering(this.cause));
  }

  private fail(error: unknown): void {
    this.options.home.abandon();
    for (const { waiting } of this.inFlight.splice(0)) waiting.reject(outcomeUnknown(error));
    for (const { reject } of this.waiting.splice(0)) reject(databaseFailed(error));
    this.become('failed', error);
  }

  private takeAll(): Waiting[] {
    return [...this.inFlight.splice(0).map(({ waiting }) => waiting), ...this.waiting.splice(0)];
  }

  private become(state: WriteState, cause: unknown): void {
    this.cause = cause;
    if (state !== 'recovering') {
      this.cancelLimit?.();
      this.cancelLimit = undefined;
      this.waited = false;
    }
    if (state === this.current) return;
    this.current = state;
    this.options.onState(state, cause);
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

function isDiskFull(error: unknown): boolean {
  return error instanceof SyncError && error.reason === 'LOG_DISK_FULL';
}
