import { bytesEqual } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import { positionOf, type Seq } from '../base/seq.ts';
import { stampOf } from '../base/stamp.ts';
import { finish, StepCount, type Steps } from '../base/steps.ts';
import type { Commit, Outcome, Settled } from '../change/commit.ts';
import { CommittedState } from '../change/committed-state.ts';
import { digestOf, type Transaction } from '../change/transaction.ts';
import type { Evaluation, EvaluationView } from '../merge/evaluation.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { RowRules } from '../merge/row-check.ts';
import { evaluatedSteps } from '../merge/unfit.ts';
import type { Schema } from '../schema/table-def.ts';
import type { TableSettings } from '../table/settings.ts';
import { CommitChain } from './commit-chain.ts';
import {
  type Epoch,
  type EpochCause,
  epochAfter,
  epochCells,
  epochsIn,
  nextEpoch,
  onHistory,
} from './epochs.ts';
import { HomeMemory, type HomeMemoryOptions } from './home-memory.ts';
import { metRowsHeapSteps } from './met-rows.ts';
import { checkNext, withCounter } from './order-checks.ts';
import { type OwnRow, ownRow, writeOwnRow } from './own-row.ts';
import { PendingState } from './pending-state.ts';
import { counterForgotten, replicaForked, requestIdReused } from './replica-errors.ts';
import { RequestIndex } from './request-index.ts';
import { safePointCells } from './safe-points.ts';
import { checkPublished, homeReplica, newestSchema, publicationCells } from './schema-record.ts';
import { gatherSnapshot } from './snapshot.ts';
import { SnapshotLoad } from './snapshot-load.ts';
import type { Ordering, OrderingSteps, Submission } from './submission.ts';
import {
  cellOf,
  finalOutcomeSteps,
  type OutcomeRows,
  outcomeKey,
  outcomeOf,
  type RequestRow,
  type SystemTables,
  settledOfCells,
  systemTables,
} from './system-rows.ts';
import { type ToldOf, toldRows } from './told-rows.ts';
import { WriterDigests } from './writer-digests.ts';

export interface HomeOptions extends HomeMemoryOptions {
  readonly schema: Schema;
  readonly validate: RowRules;
  /** For tests, which make chunks small. */
  readonly tableSettings?: Partial<TableSettings> | undefined;
}

/**
 * The one replica that orders transactions: it owns the log, and its queue is empty. It evaluates against what
 * is ordered already, durable or not, and folds commits into the state once they are durable. Pure: the caller
 * owns the log and the time.
 *
 * Order of calls: `order` any number of times; append the records in that order; `durable` for each that the log
 * took; `abandon` where it did not, after which the state is rebuilt by replaying.
 */
export class Home {
  readonly state: CommittedState;
  readonly schema: Schema;
  readonly memory: HomeMemory;
  private readonly options: HomeOptions;
  private readonly system: SystemTables;
  private readonly pending: PendingState;
  private readonly requests: RequestIndex;
  private readonly chain: CommitChain;
  private loadedUpto = 0;
  /** Which transactions are ordered, pending or durable, as far back as retries are told from forks. */
  private readonly digests: WriterDigests;
  /** Pending ones included. */
  private epochs: readonly Epoch[] = [];

  constructor(options: HomeOptions) {
    this.options = options;
    this.schema = options.schema;
    this.system = systemTables(options.schema);
    this.state = new CommittedState(options.schema, 'home', options.tableSettings);
    this.pending = new PendingState(this.state);
    this.requests = new RequestIndex(this.system.serviceRequest);
    this.digests = new WriterDigests(options.limits.writerDigestsMax);
    this.chain = new CommitChain(options.schema, options.limits.chainChecksMax);
    const { state, pending, digests, requests, chain } = this;
    this.memory = new HomeMemory({ state, pending, digests, requests, chain }, options);
  }

  /** Chain hash of the newest durable commit. */
  get chainHash(): Uint8Array {
    return this.chain.durable;
  }

  /**
   * Applies the next record of the log at start. DATA_LOSS MALFORMED_BYTES where it does not follow;
   * FAILED_PRECONDITION SCHEMA_CHANGED or SCHEMA_OLDER where what comes behind it was written in a schema of which the
   * home's is no addition.
   */
  replay(record: Uint8Array): void {
    assert(this.pending.length === 0, 'replay while commits are pending');
    const commit = this.chain.replay(record);
    checkPublished(commit, this.schema);
    const wasWhole = this.isWhole;
    if (wasWhole) this.state.apply(commit);
    else this.state.applyMissing(commit);
    if (wasWhole) this.requests.noteApplied(commit.effects, this.state);
    else if (this.isWhole) this.requests.reset(this.state);
    this.noteDigest(commit);
    if (commit.replica === homeReplica) this.epochs = epochsIn(this.state);
  }

  /** Four bytes of the chain hash at a position of the log; undefined where they are not known any more, or not yet. */
  checkAt(position: number): number | undefined {
    return this.chain.checkAt(position);
  }

  /** The newest position whose check is known. */
  get checkedUpto(): number {
    return this.chain.checkedUpto;
  }

  /**
   * Seq of the commit up to which the log must be replayed before the state is whole: behind a snapshot, rows are of
   * different moments until then. 0 where none was loaded.
   */
  get wholeAtSeq(): number {
    return this.loadedUpto;
  }

  get isWhole(): boolean {
    return this.state.head >= this.loadedUpto;
  }

  /** The blocks of a snapshot, a step each; see `gatherSnapshot`. Commits may become durable between two steps. */
  gather(logId: Uint8Array, rowsMax?: number): Generator<Uint8Array | undefined, void> {
    assert(this.isWhole, 'a snapshot of a state that is not whole');
    const { state, digests, system, chain } = this;
    const settledOf = (replica: string) =>
      settledOfCells(system.writer, state.cells(system.writer, replica)).counter;
    return gatherSnapshot({ state, digests, settledOf, chain, logId }, rowsMax);
  }

  /** Begins to load a snapshot into a fresh home: its blocks, `loaded`, then `replay`. Where it raises, the home is of no use. */
  load(logId: Uint8Array): SnapshotLoad {
    assert(this.state.head === 0, 'a snapshot is loaded before all else');
    return new SnapshotLoad(this.state, this.digests, logId);
  }

  /** All blocks are there. */
  loaded(load: SnapshotLoad): void {
    const { chain, checks, wholeAtSeq } = load.finish();
    this.chain.begin(chain, checks);
    this.loadedUpto = wholeAtSeq;
    this.requests.reset(this.state);
    this.epochs = epochsIn(this.state);
  }

  /**
   * The commit that publishes the home's schema, where the log's newest is another: to be made once the log is replayed,
   * before anything is ordered. Made durable like any other.
   */
  publish(nowMs: number): Uint8Array | undefined {
    assert(this.pending.length === 0, 'publish while commits are pending');
    assert(this.isWhole, 'publish before all is there');
    const { schema, state } = this;
    const newest = newestSchema(state);
    if (newest?.version === schema.version && newest.fingerprint === schema.fingerprint) {
      return undefined;
    }
    const number = (newest?.number ?? 0) + 1;
    const cells = publicationCells(schema, number, nowMs);
    return this.enterOwn([ownRow(this.system.schemaVersion, cells)], nowMs);
  }

  /**
   * The commit that begins an epoch, since another history went on behind `forkedAt`: from then on what it has there is
   * of nobody. `number` is above those of all epochs that ever were. RESOURCE_EXHAUSTED EPOCHS_EXHAUSTED.
   */
  beginEpoch(
    cause: EpochCause,
    forkedAt: Seq,
    nowMs: number,
    number = nextEpoch(this.pending.head),
  ): Uint8Array {
    const epoch = epochAfter(this.pending.head, number, forkedAt);
    const cells = epochCells(this.schema, epoch, cause, nowMs);
    const record = this.enterOwn([ownRow(this.system.epoch, cells)], nowMs, epoch.first)!;
    this.epochs = [...this.epochs, epoch];
    return record;
  }

  /** The commit that says what `name`, a backup or a standby, has; undefined where that was said in this very millisecond. */
  coverBy(name: string, seq: Seq, nowMs: number): Uint8Array | undefined {
    const cells = safePointCells(this.schema, name, seq, nowMs);
    return this.enterOwn([ownRow(this.system.safePoint, cells)], nowMs);
  }

  /** The commit that keeps rows of SyncDB's own, or lets go of them; undefined where all are as they were. */
  keep(rows: readonly OwnRow[], nowMs: number): Uint8Array | undefined {
    return this.enterOwn(rows, nowMs);
  }

  /**
   * Orders a transaction: at once where it was ordered before, else as the next commit, which a refusal is too.
   * FAILED_PRECONDITION COUNTER_GAP, REPLICA_FORKED, COUNTER_FORGOTTEN or BASE_AHEAD, or ALREADY_EXISTS
   * REQUEST_ID_REUSED, or RESOURCE_EXHAUSTED MEMORY_FULL or CHUNK_FULL, where it cannot be ordered: nothing was done, and
   * nothing of its writer that comes behind it in the same push is ordered either. What was ordered before is answered all
   * the same.
   */
  order(submitted: Submission, nowMs: number): Ordering {
    return finish(this.orderSteps(submitted, nowMs));
  }

  /** In steps, between which nothing else may be ordered, become durable or be abandoned. */
  *orderSteps(submitted: Submission, nowMs: number): OrderingSteps {
    try {
      return yield* this.orderNext(submitted, nowMs);
    } catch (error) {
      submitted.lines?.broke(submitted.prepared.transaction);
      throw error;
    }
  }

  /** The oldest pending commit is durable: readers see it from now on. */
  durable(): Commit {
    const commit = this.pending.fold();
    assert(commit !== undefined, 'nothing is pending');
    this.chain.fold();
    this.memory.folded(commit);
    return commit;
  }

  /** The log did not take the pending commits; whether it did is to be learnt by opening it again. */
  abandon(): void {
    for (const { replica } of this.pending.clear()) {
      this.digests.cut(replica, this.settled(replica).counter);
    }
    this.requests.reset(this.state);
    this.epochs = epochsIn(this.state);
    this.chain.abandon(this.state.head);
  }

  /** How far a replica's transactions are ordered, durable or not. */
  settled(replica: string): Settled {
    const { writer } = this.system;
    return settledOfCells(writer, this.pending.row(writer, replica)?.cells);
  }

  private *orderNext(submitted: Submission, nowMs: number): OrderingSteps {
    const request = yield* this.requestOf(submitted);
    if (request?.outcome !== undefined) {
      return { outcome: request.outcome, record: undefined, seq: this.pending.head };
    }
    const known = this.settled(submitted.prepared.transaction.replica);
    const submission =
      submitted.numbered === true ? withCounter(submitted, known.counter + 1) : submitted;
    const { replica, counter } = submission.prepared.transaction;
    const digest = digestOf(submission.prepared.transaction);
    if (counter <= known.counter) {
      this.checkRetry(replica, counter, digest);
      const outcome = yield* this.orderedOutcome(submission.prepared.transaction);
      return { outcome, record: undefined, seq: this.pending.head };
    }
    checkNext(submission.prepared, known, this.pending.head);
    const prepared = onHistory(this.epochs, submission.prepared);
    submission.lines?.check(submission.prepared.transaction);
    this.memory.admit(prepared);
    const seq = this.pending.head + 1;
    const { limits, validate } = this.options;
    yield yield* metRowsHeapSteps(this.state, prepared.changes, limits.stepChangesMax);
    const { mayRead, mayWrite, knowsOwnWrites } = submission;
    const context = { seq, nowMs, limits, validate, mayRead, mayWrite, knowsOwnWrites };
    const evaluation = yield* evaluatedSteps(this.view(), context, prepared);
    return yield* this.enter(prepared, evaluation, { digest, request, seq, atMs: nowMs });
  }

  /** A request with an id: its row, and what became of it where it was ordered before. */
  private *requestOf({ prepared, request: name }: Submission): Steps<Request | undefined> {
    if (name === undefined) return undefined;
    const { serviceRequest } = this.system;
    const digest = digestOf(prepared.transaction);
    const found = this.requests.find(name);
    if (found === undefined) {
      const number = this.requests.nextNumber(this.options.limits.requestsKeptMax);
      return { ...name, number, digest, outcome: undefined };
    }
    const cells = this.pending.row(serviceRequest, String(found))!.cells!;
    const before = cellOf(serviceRequest, cells, 'digest') as Uint8Array;
    if (!bytesEqual(before, digest)) throw requestIdReused(name.id);
    const counter = Number(cellOf(serviceRequest, cells, 'counter'));
    const outcome = yield* this.orderedOutcome({ ...prepared.transaction, counter });
    return { ...name, number: found, digest, outcome };
  }

  private orderedOutcome({ replica, counter, changes }: Transaction): Steps<Outcome> {
    const { pending, schema, options } = this;
    const cells: OutcomeRows['cells'] = (table, key) => pending.row(table, key)?.cells;
    const rows: OutcomeRows = { cells, has: (table, key) => cells(table, key) !== undefined };
    const named = { replica, counter, changesMax: changes.length };
    return finalOutcomeSteps(schema, rows, named, options.limits.stepChangesMax);
  }

  /** An ordered counter is a retry only where it was this very transaction: else REPLICA_FORKED, or COUNTER_FORGOTTEN. */
  checkRetry(replica: string, counter: number, digest: Uint8Array): void {
    const known = this.settled(replica);
    const isSame =
      counter === known.counter
        ? bytesEqual(known.digest, digest)
        : this.digests.isSame(replica, counter, digest);
    if (isSame === undefined) throw counterForgotten(replica, counter);
    if (!isSame) throw replicaForked(replica, counter);
  }

  /** The row of its writer has the digest. */
  private noteDigest({ replica, counter, effects }: Commit): void {
    const { writer } = this.system;
    const position = effects.find(({ table, key }) => table === writer && key === replica);
    if (position === undefined) return;
    this.digests.note(replica, counter, settledOfCells(writer, position.cells).digest);
  }

  private view(): EvaluationView {
    const { pending, state, system } = this;
    return {
      row: (table, key) => pending.row(table, key),
      head: pending.head,
      writerNumber: (replica) => state.writers.intern(replica),
      writerName: (writer) => state.writers.text(writer),
      wasRefused: (replica, counter) =>
        pending.row(system.outcome, outcomeKey(replica, counter)) !== undefined,
    };
  }

  /** Makes the commit of an evaluated transaction: its effects, its ledger, its outcome, its writer's position. */
  private *enter(
    prepared: PreparedTransaction,
    evaluation: Evaluation,
    entry: Entry,
  ): Steps<Ordering> {
    const { digest, seq, atMs } = entry;
    const { replica, counter } = prepared.transaction;
    const { stamp, refusal } = evaluation;
    const writing = { seq, stamp, writer: this.state.writers.intern(replica) };
    const { limits } = this.options;
    const told = yield* toldRows(this.system, prepared, evaluation, entry, limits);
    this.memory.check(evaluation, told);
    const effects = yield* this.pending.writeSteps(evaluation.rows, limits.stepChangesMax);
    const count = new StepCount(limits);
    for (const [table, cells] of told) {
      if (count.ends()) yield;
      effects.push(writeOwnRow(this.pending, ownRow(table, cells), writing)!);
      count.add(0);
    }
    effects.sort(
      (left, right) => left.table.index - right.table.index || left.number - right.number,
    );
    const record = yield* this.append({ seq, atMs, stamp, replica, counter, effects });
    this.digests.note(replica, counter, digest);
    const outcome = outcomeOf(replica, counter, refusal, evaluation.conflicts.length);
    return { outcome, record, seq };
  }

  /** A commit of the home's own. */
  private enterOwn(
    rows: readonly OwnRow[],
    nowMs: number,
    seq = this.pending.head + 1,
  ): Uint8Array | undefined {
    const stamp = stampOf(nowMs);
    const writing = { seq, stamp, writer: this.state.writers.intern(homeReplica) };
    const effects = rows.flatMap((row) => writeOwnRow(this.pending, row, writing) ?? []);
    if (effects.length === 0) return undefined;
    const counter = positionOf(seq);
    return finish(this.append({ seq, atMs: nowMs, stamp, replica: homeReplica, counter, effects }));
  }

  private *append(commit: Commit): Steps<Uint8Array> {
    const bytes = yield* this.chain.append(commit, this.options.limits);
    this.requests.note(commit.effects);
    this.pending.add(commit, bytes.length);
    this.memory.wrote(bytes.length);
    return bytes;
  }
}

/** Where a commit goes. */
interface Entry extends ToldOf {
  readonly seq: number;
}

/** It came with a request id. */
interface Request extends RequestRow {
  readonly outcome: Outcome | undefined;
}
