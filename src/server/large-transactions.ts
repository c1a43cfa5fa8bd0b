import { toHex } from '../base/bytes.ts';
import { renamed, withFields } from '../base/error-fields.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Outcome } from '../change/commit.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Home } from '../replica/home.ts';
import { counterGap } from '../replica/replica-errors.ts';
import type { TransactionPart } from '../session/messages.ts';
import type { Identity, SyncSource } from '../session/source.ts';
import type { WholeTransaction } from '../session/whole-transaction.ts';
import type { HeapRoom, Reservation } from './heap-room.ts';
import { inTurns, nextTurn } from './in-turns.ts';

export interface LargeTransactionsOptions {
  readonly home: Home;
  readonly source: Pick<SyncSource, 'limits' | 'parts' | 'settledAs'>;
  readonly heap: HeapRoom;
  /** What `submit` rejects with now, whatever comes. */
  readonly refusal: () => SyncError | undefined;
  /** Orders it; it may take more of the heap for that, beside its `room`. */
  readonly submit: (
    prepared: PreparedTransaction,
    identity: Identity,
    room: Reservation,
  ) => Promise<Outcome>;
}

/** One transaction on its way, for all who asked for it. */
interface Job {
  readonly whole: WholeTransaction;
  /** Who waits for it, in the order of arrival; somebody, until it is begun. */
  readonly askers: Identity[];
  isBegun: boolean;
  readonly outcome: Promise<Outcome>;
  readonly resolve: (outcome: Outcome | Promise<Outcome>) => void;
  /** Lets its parts go. */
  readonly release: () => void;
}

/**
 * The transactions of a database that came in parts, on their way to be ordered: first come, first served, and one that is too
 * large for a push at a time from its first look to its outcome, since what is read of one takes many times its bytes. Whoever asks for one that is on
 * its way already waits with the others. Before it is read it is told what can be known without; and it is not read where
 * the heap has no room for what comes of it.
 */
export class LargeTransactions {
  private readonly options: LargeTransactionsOptions;
  private readonly jobs = new Map<string, Job>();
  private running: Promise<void> | undefined;
  /** What has begun and has no outcome. */
  private readonly under = new Set<Promise<void>>();
  private closed = false;

  constructor(options: LargeTransactionsOptions) {
    this.options = options;
  }

  /**
   * The outcome, as of `Database.submit`; INVALID_ARGUMENT names a field of the part. RESOURCE_EXHAUSTED HEAP_FULL. Where
   * `left` is aborted for all who wait, it is not begun: CANCELLED CALL_ENDED, which nobody hears; what has begun is
   * ordered all the same, so that a caller with too short a deadline gets on.
   */
  async order(whole: WholeTransaction, identity: Identity, left: AbortSignal): Promise<Outcome> {
    if (left.aborted) throw callEnded();
    const key = keyOf(whole);
    const job = this.jobs.get(key) ?? this.enqueue(key, whole);
    job.askers.push(identity);
    const goAway = () => {
      job.askers.splice(job.askers.indexOf(identity), 1);
      // Whoever comes now begins anew.
      if (job.askers.length === 0 && !job.isBegun) this.end(key, job, Promise.reject(callEnded()));
    };
    left.addEventListener('abort', goAway);
    this.running ??= this.run();
    return job.outcome.finally(() => left.removeEventListener('abort', goAway));
  }

  /** What has not begun is not any more, and what is being read is let go of. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
    await Promise.all(this.under);
  }

  private enqueue(key: string, whole: WholeTransaction): Job {
    const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
    outcome.catch(() => {});
    const release = this.options.source.parts.hold(whole.part);
    const job = { whole, askers: [], isBegun: false, outcome, resolve, release };
    this.jobs.set(key, job);
    return job;
  }

  private async run(): Promise<void> {
    // Whoever asks is entered first.
    await nextTurn();
    for (const [key, job] of this.jobs) {
      if (job.isBegun) continue;
      job.isBegun = true;
      const done = this.serveToEnd(key, job);
      if (!this.isSmall(job)) await done;
    }
    this.running = undefined;
  }

  private async serveToEnd(key: string, job: Job): Promise<void> {
    const outcome = this.closed ? Promise.reject(closing()) : this.serve(job, job.askers[0]!);
    const ended = outcome.then(
      () => {},
      () => {},
    );
    this.under.add(ended);
    await ended;
    this.under.delete(ended);
    this.end(key, job, outcome);
  }

  /** It would have had room in a push, and came in parts for the sake of its link: others are ordered and stored with it. */
  private isSmall({ whole }: Job): boolean {
    return whole.part.totalBytes <= this.options.source.limits.pushBytesMax;
  }

  private end(key: string, job: Job, outcome: Promise<Outcome>): void {
    this.jobs.delete(key);
    job.release();
    job.resolve(outcome);
  }

  private async serve({ whole }: Job, identity: Identity): Promise<Outcome> {
    const { home, source, heap, submit } = this.options;
    const settled = source.settledAs(whole.part);
    if (settled !== undefined) return inTurns(settled);
    renamed(() => this.checkNext(whole.part), inPart);
    const refusal = this.options.refusal();
    if (refusal !== undefined) throw refusal;
    const { heapBytes, onlyDeletes } = await inTurns(whole.look());
    home.memory.admit({ changes: [{ operation: onlyDeletes ? 'delete' : 'put' }] });
    const room = await heap.reserve(heapBytes);
    try {
      const prepared = await this.prepared(whole);
      return await submit(prepared, identity, room).catch((error: unknown) => {
        throw withFields(error, inPart);
      });
    } finally {
      room.release();
    }
  }

  private async prepared(whole: WholeTransaction): Promise<PreparedTransaction> {
    while (!whole.step()) {
      await nextTurn();
      if (this.closed) throw closing();
    }
    return whole.take();
  }

  /** FAILED_PRECONDITION COUNTER_GAP, REPLICA_FORKED or COUNTER_FORGOTTEN, as ordering it would say. */
  private checkNext({ replica, counter, digest }: TransactionPart): void {
    const { home } = this.options;
    const next = home.settled(replica).counter + 1;
    if (counter > next) throw counterGap(replica, counter, next);
    if (counter < next) home.checkRetry(replica, counter, digest);
  }
}

const inPart = (field: string) => `part.bytes.${field}`;

/** Who asked for an error does not join one who asked for a refusal, nor the other way round. */
function keyOf({ part: { replica, counter, digest }, refuseUnfit }: WholeTransaction): string {
  return `${replica}/${counter}/${toHex(digest)}/${refuseUnfit}`;
}

function callEnded(): SyncError {
  return new SyncError(Code.cancelled, 'CALL_ENDED', 'nobody waits for it any more');
}

function closing(): SyncError {
  return new SyncError(Code.unavailable, 'DATABASE_CLOSED', 'the database is closing', {
    retryDelayMs: 1_000,
  });
}
