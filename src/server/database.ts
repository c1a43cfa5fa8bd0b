import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { withFields } from '../base/error-fields.ts';
import { Code, SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import type { Seq } from '../base/seq.ts';
import type { Commit, Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import type { BackupFrame } from '../log/backup-format.ts';
import type { Log } from '../log/log.ts';
import { createMemoryLog } from '../log/memory-log.ts';
import type { SnapshotStore } from '../log/snapshot-store.ts';
import {
  type PreparedChange,
  type PreparedTransaction,
  preparationSteps,
} from '../merge/prepared.ts';
import { Home } from '../replica/home.ts';
import type { PushLines } from '../replica/push-lines.ts';
import { homeReplica } from '../replica/schema-record.ts';
import type { Submission } from '../replica/submission.ts';
import { systemTables } from '../replica/system-rows.ts';
import type { SchemaInput } from '../schema/descriptors.ts';
import { createSchema } from '../schema/schema.ts';
import type { Schema, TableDef } from '../schema/table-def.ts';
import { createRowValidator } from '../schema/validate.ts';
import { homeSource } from '../session/home-source.ts';
import { readTest, writeTest } from '../session/rights.ts';
import type { Identity, SyncSource } from '../session/source.ts';
import { gatherBackup } from './backup.ts';
import { Committer, type WriteState } from './committer.ts';
import { DatabaseStatistics } from './database-statistics.ts';
import { DeviceRegistry } from './device-registry.ts';
import { HeapGauge } from './heap-gauge.ts';
import type { HeapRoom, Reservation } from './heap-room.ts';
import { inTurns, pauses } from './in-turns.ts';
import { LargeTransactions } from './large-transactions.ts';
import { Listeners } from './listeners.ts';
import { LostEnd } from './lost-end.ts';
import { type OnDamage, type OnRecovery, type OpenedHome, openHome } from './open-home.ts';
import { processHeapRoom } from './process-heap.ts';
import { Snapshotter, type SnapshotterOptions } from './snapshotter.ts';
import { idleTimer, systemTimer } from './timers.ts';
import { WaitingRoom } from './waiting-room.ts';
import { withinTime } from './within-time.ts';

export interface DatabaseOptions {
  /** Name under which clients ask for it. */
  readonly name: string;
  /** The team's protos: a FileDescriptorSet, or generated descriptors. */
  readonly schema: SchemaInput;
  readonly schemaVersion?: number;
  /** Where commits become durable; in memory, and gone with the process, when left out. The database closes it. */
  readonly log?: Log;
  /**
   * Where snapshots are kept, so that a start need not read the whole log, and the log need not keep it; none when left out.
   * The database closes it.
   */
  readonly snapshots?: SnapshotStore;
  /**
   * Opens the log again after a failure, once the handle that failed is closed. Without it the first failure is the last:
   * the database takes no writes from then on.
   */
  readonly reopenLog?: () => Promise<Log>;
  readonly limits?: Limits;
  readonly clock?: Clock;
  /** Where there is room for what is pushed; the process's own when left out. Databases of one process share it. */
  readonly heap?: HeapRoom;
  /** Told how far it is, while the database opens. */
  readonly onRecovery?: OnRecovery;
  /** Ends the opening, which then fails with its reason; of no effect once the database is open. */
  readonly signal?: AbortSignal;
  /** Told of snapshots that cannot be read, while the database opens. */
  readonly onDamagedSnapshot?: OnDamage;
  /** Told of snapshots that could not be written, and why; they are tried again. */
  readonly onSnapshotFailure?: (error: unknown) => void;
}

/** What became of a backend service's changes. */
export interface Transacted {
  readonly outcome: Outcome;
  /** The changes with their tables and keys resolved. */
  readonly changes: readonly PreparedChange[];
}

/** Told when a database stops taking writes and when it takes them again, with the error behind it, if any. */
export type OnWriteState = (state: WriteState, cause: unknown) => void;

/** One database that this process is the home of. */
export interface Database {
  readonly name: string;
  readonly schema: Schema;
  readonly schemaInput: SchemaInput;
  readonly limits: Limits;
  readonly home: Home;
  readonly source: SyncSource;
  /** Room for what is on its way to be ordered; who has something from outside enters it before he reads that. */
  readonly waiting: WaitingRoom;
  /** Orders what came in parts. */
  readonly large: LargeTransactions;
  /** Who speaks to it, and has spoken. */
  readonly devices: DeviceRegistry;
  /** What it has done since it was opened. */
  readonly statistics: DatabaseStatistics;
  /** Whether it takes writes. It goes on to be read in every state. */
  readonly writeState: WriteState;
  /** Resolves with the error when its log cannot go on: from then on it orders nothing, until it is opened again. */
  readonly failed: Promise<unknown>;

  /**
   * Orders a transaction that the identity pushes. Resolves when the outcome is durable. UNAVAILABLE LOG_OUTCOME_UNKNOWN
   * where the log fails meanwhile and does not come back in time, DATABASE_RECOVERING and DATABASE_FAILED where it has
   * failed before, DATABASE_CLOSED after `close`; RESOURCE_EXHAUSTED LOG_DISK_FULL, and HEAP_FULL where there is none for the
   * rows that it meets beside the `room` that it has. Those of one push share their `lines`, and are submitted in its order.
   */
  submit(
    prepared: PreparedTransaction,
    identity: Identity,
    lines?: PushLines,
    room?: Reservation,
  ): Promise<Outcome>;

  /**
   * Orders changes of a backend service, which has no replica of its own. With a request id it happens once, however
   * often the identity sends it, as long as it is among the last `requestsKeptMax`; ALREADY_EXISTS REQUEST_ID_REUSED where
   * the identity gave the id to other changes.
   */
  transact(
    changes: Transaction['changes'],
    requestId: string,
    identity: Identity,
    room?: Reservation,
  ): Promise<Transacted>;

  /**
   * Tells all replicas that `name`, a backup or a standby, has the database up to this commit: what they wrote up to it they
   * need not keep any more. Resolves when that is durable.
   */
  coverBy(name: string, seq: Seq): Promise<void>;

  /** The frames of a backup; `encodeBackup` makes bytes of them. Commits go on meanwhile. */
  backup(): AsyncIterable<BackupFrame>;

  /** Calls back after each group of commits has become visible. Returns the way to stop it. */
  onCommits(listener: (commits: readonly Commit[]) => void): () => void;

  /**
   * The same, but where all that has become visible is rows of devices: those no replica holds, and a stream that was woken
   * for what is written about streams would be one turn in a circle.
   */
  onNews(listener: () => void): () => void;

  /** Calls back when `writeState` has become another. Returns the way to stop it. */
  onWriteState(listener: OnWriteState): () => void;

  /**
   * Calls back with errors that end nothing and that nobody else is told of: what a listener threw, or why devices could not be
   * written where the log is well. Returns the way to stop it.
   */
  onInternalError(listener: (error: unknown) => void): () => void;

  /**
   * Waits for what is in flight, then closes the log. Where its disk does not answer that is given up after a while; who
   * waits is told that the outcome is unknown.
   */
  close(): Promise<void>;
}

const systemClock: Clock = { nowMs: () => Date.now() };

/** The writer of backend services, which share its name and count. No replica can have it. */
const serviceReplica = '$service';

/** Opens a database: replays its log, publishes its schema where that is new, then takes transactions. See `openHome`. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { limits = defaultLimits, clock = systemClock, snapshots } = options;
  const log = options.log ?? createMemoryLog({ id: randomBytes(16) });
  const schema = createSchema(options.schema, { version: options.schemaVersion ?? 1, limits });
  const validator = createRowValidator(options.schema, schema, limits);
  const gauge = new HeapGauge();
  const freshHome = () =>
    new Home({
      schema,
      limits,
      heap: gauge,
      validate: (table, cells) =>
        validator.hasRules(table) ? validator.validate(table, cells) : undefined,
    });
  const { onRecovery, onDamagedSnapshot: onDamage, onSnapshotFailure: onFailure } = options;
  const told = { onRecovery, onDamage };
  const opened = await openHome({
    ...{ freshHome, log, snapshots, clock, ...told, pause: pauses(options.signal) },
  }).catch((error: unknown) => {
    gauge.close();
    throw error;
  });
  const database = new HomeDatabase({ ...options, limits, clock, log, gauge }, schema, opened);
  if (snapshots !== undefined) {
    const { statistics } = database;
    database.keepSnapshots({
      ...{ opened, snapshots, limits },
      onWritten: (tookMs) => statistics.snapshotWritten(tookMs),
      onFailure: (error) => {
        statistics.snapshotFailed();
        onFailure?.(error);
      },
    });
  }
  return database;
}

/** The options with what is left out filled in. */
type FullOptions = DatabaseOptions &
  Required<Pick<DatabaseOptions, 'log' | 'limits' | 'clock'>> & { readonly gauge: HeapGauge };

class HomeDatabase implements Database {
  readonly name: string;
  readonly schema: Schema;
  readonly schemaInput: SchemaInput;
  readonly limits: Limits;
  readonly home: Home;
  readonly source: SyncSource;
  readonly failed: Promise<unknown>;
  readonly waiting: WaitingRoom;
  readonly large: LargeTransactions;
  readonly devices: DeviceRegistry;
  readonly statistics: DatabaseStatistics;
  private readonly clock: Clock;
  private readonly committer: Committer;
  private readonly errorListeners = new Listeners<[unknown]>(() => {});
  private readonly onError = (error: unknown) => this.errorListeners.tell(error);
  private readonly commitListeners = new Listeners<[readonly Commit[]]>(this.onError);
  private readonly newsListeners = new Listeners<[]>(this.onError);
  private readonly stateListeners = new Listeners<Parameters<OnWriteState>>(this.onError);
  readonly onCommits: Database['onCommits'] = (listener) => this.commitListeners.add(listener);
  readonly onNews: Database['onNews'] = (listener) => this.newsListeners.add(listener);
  readonly onWriteState: Database['onWriteState'] = (listener) => this.stateListeners.add(listener);
  readonly onInternalError: Database['onInternalError'] = (listener) =>
    this.errorListeners.add(listener);
  private snapshots: SnapshotStore | undefined;
  private snapshotter: Snapshotter | undefined;
  private readonly gauge: HeapGauge;
  private closed = false;

  constructor(options: FullOptions, schema: Schema, { home, openedAt }: OpenedHome) {
    const { name, log, limits, clock, reopenLog, gauge, heap = processHeapRoom } = options;
    this.name = name;
    this.gauge = gauge;
    this.schemaInput = options.schema;
    this.schema = schema;
    this.home = home;
    this.limits = limits;
    this.clock = clock;
    this.statistics = new DatabaseStatistics(schema);
    const lostEnd = new LostEnd(home, openedAt, (forkedAt) =>
      this.committer.submitOwn((nowMs) => home.beginEpoch('lostEnd', forkedAt, nowMs)),
    );
    this.source = homeSource(home, log.id, name, limits, (seq) => lostEnd.shown(seq));
    this.waiting = new WaitingRoom(limits.waitingBytesMax, heap);
    this.large = new LargeTransactions({
      home,
      source: this.source,
      heap,
      refusal: () => this.committer.refusal,
      submit: (prepared, identity, room) => this.submit(prepared, identity, undefined, room),
    });
    const device = systemTables(schema).device;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.failed = promise;
    this.committer = new Committer({
      home,
      log,
      reopen: reopenLog,
      clock,
      timer: systemTimer,
      limits,
      heap,
      onCommits: (commits, logBytes, appendMs) => {
        this.statistics.appended(commits, logBytes, appendMs);
        this.snapshotter?.noteAppended(logBytes);
        this.commitListeners.tell(commits);
        if (!commits.every((commit) => isOnlyOf(device, commit))) this.newsListeners.tell();
      },
      onState: (state, cause) => {
        if (state === 'failed') resolve(cause);
        this.stateListeners.tell(state, cause);
      },
    });
    this.devices = new DeviceRegistry({
      ...{ home, limits, clock, source: this.source, timer: idleTimer },
      submit: (make) => this.committer.submitOwn(make),
      onError: this.onError,
    });
  }

  get writeState(): WriteState {
    return this.committer.state;
  }

  submit(
    prepared: PreparedTransaction,
    identity: Identity,
    lines?: PushLines,
    room?: Reservation,
  ): Promise<Outcome> {
    return this.order({ prepared, ...rightsOf(identity), knowsOwnWrites: true, lines }, room);
  }

  async transact(
    changes: Transaction['changes'],
    requestId: string,
    identity: Identity,
    room?: Reservation,
  ): Promise<Transacted> {
    const transaction = {
      replica: serviceReplica,
      counter: 1,
      previousDigest: new Uint8Array(0),
      stamp: 0,
      schemaVersion: 0,
      changes,
    };
    const { schema, limits } = this;
    const writer = 'service';
    const steps = preparationSteps(schema, limits, transaction, 'request', { writer });
    const prepared = await inTurns(steps).catch((error: unknown) => {
      // What is told of is the request itself.
      throw withFields(error, (field) => field.replace(/^request\./, ''));
    });
    const outcome = await this.order(
      {
        prepared,
        ...rightsOf(identity),
        knowsOwnWrites: false,
        numbered: true,
        request: requestId === '' ? undefined : { caller: identity.name, id: requestId },
      },
      room,
    );
    return { outcome, changes: prepared.changes };
  }

  coverBy(name: string, seq: Seq): Promise<void> {
    return this.committer.submitOwn((nowMs) => this.home.coverBy(name, seq, nowMs));
  }

  async *backup(): AsyncGenerator<BackupFrame, void> {
    const release = this.snapshotter?.holdLog();
    try {
      const pause = () => new Promise<void>((resolve) => void setImmediate(resolve));
      const { home } = this;
      const log = this.committer.currentLog;
      yield* gatherBackup({ home, log, nowMs: this.clock.nowMs(), pause });
    } finally {
      release?.();
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    // A disk that does not answer is not waited for.
    const inTime = (work: Promise<unknown> | undefined) =>
      withinTime(Promise.resolve(work), this.limits.recoveryWaitMsMax, systemTimer);
    this.waiting.close();
    await inTime(this.large.close());
    await inTime(this.devices.close());
    await inTime(this.snapshotter?.close());
    await this.committer.close();
    await inTime(this.snapshots?.close());
    this.gauge.close();
  }

  /** Writes snapshots from now on. */
  keepSnapshots(options: Omit<SnapshotterOptions, 'log'>): void {
    this.snapshots = options.snapshots;
    this.snapshotter = new Snapshotter({ ...options, log: () => this.committer.currentLog });
  }

  private order(submission: Submission, room?: Reservation): Promise<Outcome> {
    if (!this.closed) return this.committer.submit(submission, room);
    return Promise.reject(
      new SyncError(Code.unavailable, 'DATABASE_CLOSED', `database ${this.name} is closing`, {
        retryDelayMs: 1_000,
      }),
    );
  }
}

/** Whether a commit is the home's own, and has rows of this table alone. */
function isOnlyOf(table: TableDef, { replica, effects }: Commit): boolean {
  return replica === homeReplica && effects.every((effect) => effect.table === table);
}

function rightsOf(identity: Identity): Pick<Submission, 'mayRead' | 'mayWrite'> {
  return { mayRead: readTest(identity), mayWrite: writeTest(identity) };
}
