import { bytesEqual } from '../base/bytes.ts';
import { assert, Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { emptyMask, type Mask } from '../base/mask.ts';
import type { Commit, Outcome, Refusal, RowEffect } from '../change/commit.ts';
import { chainStart, decodeCommit, encodeCommit } from '../change/commit-record.ts';
import { CommittedState } from '../change/committed-state.ts';
import { digestOf } from '../change/transaction.ts';
import {
  type ChangedRow,
  type Evaluation,
  type EvaluationView,
  evaluate,
} from '../merge/evaluate.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import { PendingState } from './pending-state.ts';
import {
  cellOf,
  cellsByName,
  conflictCells,
  outcomeKey,
  type SystemTables,
  systemTables,
  timeCell,
} from './system-rows.ts';

/** Who orders a transaction, and under what rules. */
export interface Submission {
  readonly prepared: PreparedTransaction;
  /** Whether the writer may write a row of these scopes. */
  readonly mayWrite: (scopes: readonly string[]) => boolean;
  /** False for callers that share one writer's name, such as backend services. */
  readonly knowsOwnWrites: boolean;
  /** True where the home itself gives the next counter of the writer, whatever the transaction says. */
  readonly numbered?: boolean;
}

/** The answer to a submission: final, or final once the record is durable. */
export interface Ordering {
  readonly outcome: Outcome;
  /** What to append to the log; undefined where the transaction was ordered before. */
  readonly record: Uint8Array | undefined;
  /** Seq of the commit that carries the outcome: the answer must wait until it is durable. */
  readonly seq: number;
}

export interface HomeOptions {
  readonly schema: Schema;
  readonly limits: Limits;
  readonly validate: (table: TableDef, cells: readonly Cell[]) => SyncError | undefined;
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
  private readonly options: HomeOptions;
  private readonly system: SystemTables;
  private readonly pending: PendingState;
  /** Chain hash of the newest ordered commit. */
  private chain: Uint8Array = chainStart;
  private durableChain: Uint8Array = chainStart;
  private readonly chains: Uint8Array[] = [];

  constructor(options: HomeOptions) {
    this.options = options;
    this.schema = options.schema;
    this.system = systemTables(options.schema);
    this.state = new CommittedState(options.schema, options.limits, true);
    this.pending = new PendingState(this.state);
  }

  /** Chain hash of the newest durable commit. */
  get chainHash(): Uint8Array {
    return this.durableChain;
  }

  /** Applies the next record of the log at start. */
  replay(record: Uint8Array): void {
    assert(this.pending.length === 0, 'replay while commits are pending');
    const { commit, chain } = decodeCommit(record, this.chain, this.schema, this.options.limits);
    this.state.apply(commit);
    this.chain = chain;
    this.durableChain = chain;
  }

  /**
   * Orders a transaction: at once where it was ordered before, else as the next commit, which a refusal is too.
   * FAILED_PRECONDITION COUNTER_GAP or REPLICA_FORKED where it cannot be ordered: nothing was done.
   */
  order(submitted: Submission, nowMs: number): Ordering {
    const known = this.settled(submitted.prepared.transaction.replica);
    const submission =
      submitted.numbered === true ? withCounter(submitted, known.counter + 1) : submitted;
    const { transaction } = submission.prepared;
    const digest = digestOf(transaction);
    if (transaction.counter <= known.counter) {
      if (transaction.counter === known.counter && !bytesEqual(known.digest, digest)) {
        throw forked(transaction.replica, transaction.counter);
      }
      const outcome = this.outcomeOf(transaction.replica, transaction.counter);
      return { outcome, record: undefined, seq: this.pending.head };
    }
    this.checkNext(submission, known);
    const seq = this.pending.head + 1;
    const evaluation = evaluate(
      this.view(),
      {
        seq,
        nowMs,
        limits: this.options.limits,
        mayWrite: submission.mayWrite,
        validate: this.options.validate,
        knowsOwnWrites: submission.knowsOwnWrites,
      },
      submission.prepared,
    );
    return this.enter(submission, evaluation, digest, seq, nowMs);
  }

  /** The oldest pending commit is durable: readers see it from now on. */
  durable(): Commit {
    const commit = this.pending.fold();
    assert(commit !== undefined, 'nothing is pending');
    this.durableChain = this.chains.shift()!;
    return commit;
  }

  /** The log did not take the pending commits; whether it did is to be learnt by opening it again. */
  abandon(): void {
    this.pending.clear();
    this.chains.length = 0;
    this.chain = this.durableChain;
  }

  /** How far a replica's transactions are ordered, and the digest of the last. */
  settled(replica: string): { counter: number; digest: Uint8Array } {
    const { writer } = this.system;
    const cells = this.pending.row(writer, replica)?.cells;
    if (cells === undefined) return { counter: 0, digest: new Uint8Array(0) };
    return {
      counter: Number(cellOf(writer, cells, 'counter')),
      digest: cellOf(writer, cells, 'last_digest') as Uint8Array,
    };
  }

  private outcomeOf(replica: string, counter: number): Outcome {
    const { outcome } = this.system;
    const cells = this.pending.row(outcome, outcomeKey(replica, counter))?.cells;
    if (cells === undefined) return { replica, counter, status: 'committed', refusal: undefined };
    return { replica, counter, status: 'refused', refusal: refusalOf(outcome, cells) };
  }

  private checkNext(submission: Submission, known: { counter: number; digest: Uint8Array }): void {
    const { replica, counter, previousDigest } = submission.prepared.transaction;
    if (counter !== known.counter + 1) {
      throw new SyncError(
        Code.failedPrecondition,
        'COUNTER_GAP',
        `transaction ${counter} of ${replica} cannot be ordered before ${known.counter + 1}`,
        {
          fields: [{ field: 'counter', description: `the next one is ${known.counter + 1}` }],
          metadata: { replica_id: replica, expected_counter: String(known.counter + 1) },
        },
      );
    }
    if (previousDigest.length > 0 && !bytesEqual(previousDigest, known.digest)) {
      throw forked(replica, counter);
    }
  }

  private view(): EvaluationView {
    const { pending, state, system } = this;
    return {
      row: (table, key) => pending.row(table, key),
      head: pending.head,
      writerNumber: (replica) => state.writers.intern(replica),
      writerName: (writer) => state.writers.text(writer),
      wasRefused: (replica, counter) =>
        pending.row(system.outcome, outcomeKey(replica, counter))?.cells !== undefined,
    };
  }

  private enter(
    submission: Submission,
    evaluation: Evaluation,
    digest: Uint8Array,
    seq: number,
    nowMs: number,
  ): Ordering {
    const { replica, counter } = submission.prepared.transaction;
    const effects = evaluation.rows
      .map((row) => this.effectOf(row))
      .filter((effect) => effect !== undefined);
    this.addLedger(submission, evaluation, seq, nowMs, effects);
    if (evaluation.refusal !== undefined) {
      const cells = outcomeCells(this.system.outcome, replica, counter, evaluation.refusal, nowMs);
      effects.push(
        this.systemEffect(this.system.outcome, outcomeKey(replica, counter), cells, seq),
      );
    }
    const writer = { id: replica, counter: BigInt(counter), last_digest: digest };
    effects.push(
      this.systemEffect(this.system.writer, replica, cellsByName(this.system.writer, writer), seq),
    );
    effects.sort(
      (left, right) => left.table.index - right.table.index || left.number - right.number,
    );
    const commit: Commit = { seq, atMs: nowMs, stamp: evaluation.stamp, replica, counter, effects };
    const { bytes, chain } = encodeCommit(commit, this.chain);
    this.chain = chain;
    this.chains.push(chain);
    this.pending.add(commit);
    const status = evaluation.refusal === undefined ? 'committed' : 'refused';
    return {
      outcome: { replica, counter, status, refusal: evaluation.refusal },
      record: bytes,
      seq,
    };
  }

  private effectOf(row: ChangedRow): RowEffect | undefined {
    const { table, key, before, after } = row;
    const was = before?.cells !== undefined;
    const is = after.cells !== undefined;
    if (!was && !is) return undefined;
    const kind = is ? (was ? 'update' : 'insert') : 'delete';
    const number = before?.number ?? this.pending.takeNumber(table);
    const mask: Mask =
      kind === 'update'
        ? row.mask
        : kind === 'insert'
          ? table.allColumns
          : emptyMask(table.columns.length);
    this.pending.setRow(table, key, { ...after, number });
    return { kind, table, key, number, mask, cells: after.cells ?? [] };
  }

  private systemEffect(
    table: TableDef,
    key: string,
    cells: readonly Cell[],
    seq: number,
  ): RowEffect {
    const before = this.pending.row(table, key);
    const number = before?.number ?? this.pending.takeNumber(table);
    this.pending.setRow(table, key, {
      cells,
      version: seq,
      number,
      entries: before?.entries ?? [],
    });
    const kind = before?.cells === undefined ? 'insert' : 'update';
    return { kind, table, key, number, mask: table.allColumns, cells };
  }

  private addLedger(
    submission: Submission,
    evaluation: Evaluation,
    seq: number,
    atMs: number,
    effects: RowEffect[],
  ): void {
    const { replica, counter } = submission.prepared.transaction;
    for (const conflict of evaluation.conflicts) {
      const change = submission.prepared.changes[conflict.changeIndex]!;
      const remote = conflict.met.entries.find((entry) => entry.seq === conflict.met.version);
      const cells = conflictCells(this.system.conflict, conflict, {
        replica,
        counter,
        target: change.table,
        key: change.key,
        base: change.base ?? 0,
        localCells: change.cells,
        remoteReplica: remote === undefined ? '' : this.state.writers.text(remote.writer),
        atMs,
      });
      const key = `${replica}/${counter}/${conflict.changeIndex}`;
      effects.push(this.systemEffect(this.system.conflict, key, cells, seq));
    }
  }
}

function withCounter(submission: Submission, counter: number): Submission {
  const { prepared } = submission;
  return {
    ...submission,
    prepared: { ...prepared, transaction: { ...prepared.transaction, counter } },
  };
}

function outcomeCells(
  table: TableDef,
  replica: string,
  counter: number,
  refusal: Refusal,
  nowMs: number,
): Cell[] {
  return cellsByName(table, {
    id: outcomeKey(replica, counter),
    replica_id: replica,
    counter: BigInt(counter),
    reason: refusal.reason,
    message: refusal.message,
    change_index: refusal.changeIndex,
    current_etag: refusal.currentEtag,
    refused_at: timeCell(nowMs),
  });
}

/** Reads a refusal back from its row. */
export function refusalOf(table: TableDef, cells: readonly Cell[]): Refusal {
  return {
    reason: String(cellOf(table, cells, 'reason')),
    message: String(cellOf(table, cells, 'message')),
    changeIndex: Number(cellOf(table, cells, 'change_index')),
    currentEtag: String(cellOf(table, cells, 'current_etag')),
  };
}

function forked(replica: string, counter: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'REPLICA_FORKED',
    `transaction ${counter} of ${replica} does not follow the ones that are ordered: two devices share this identity`,
    { metadata: { replica_id: replica, counter: String(counter) } },
  );
}
