import { assert } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { nextStamp, type Stamp } from '../base/stamp.ts';
import type { Outcome } from '../change/commit.ts';
import { CommittedState } from '../change/committed-state.ts';
import { decidedLimits } from '../change/decided.ts';
import { applyDelta, type RowName } from '../change/delta-apply.ts';
import type { Checkpoint, RowDelta } from '../change/row-delta.ts';
import { digestValue } from '../change/row-digest.ts';
import type { TableState } from '../change/table-state.ts';
import { type Change, digestOf, type Transaction } from '../change/transaction.ts';
import { type PreparedTransaction, prepareTransaction } from '../merge/prepared.ts';
import { patternMatches } from '../schema/scope-pattern.ts';
import { scopesOf } from '../schema/scope-template.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import type { RowSource } from '../table/row-source.ts';
import {
  outcomeKey,
  refusalOf,
  type SystemTables,
  settledCounter,
  systemTables,
} from './system-rows.ts';
import { TentativeQueue, type TentativeTransaction } from './tentative-queue.ts';
import { TentativeView } from './tentative-view.ts';

export interface ReplicaOptions {
  readonly schema: Schema;
  readonly limits: Limits;
  /** This replica's id: one install, one user, one database. */
  readonly id: string;
  /** True for a replica that serves others: it keeps deletions, and carries transactions of other writers. */
  readonly relay: boolean;
}

/** A row as the replica shows it. */
export interface ReplicaRow {
  readonly cells: readonly Cell[];
  /** Seq of the committed version below it; 0 where there is none. */
  readonly version: number;
  /** Whether tentative changes are on top. */
  readonly pending: boolean;
}

/** A transaction of this replica that the home refused: out of the view, kept until it is dealt with. */
export interface ParkedTransaction {
  readonly transaction: Transaction;
  readonly outcome: Outcome;
}

/** What a replica needs to go on writing where its copy was lost: what its storage has of its writes. */
export interface SavedWrites {
  /** Counter of its newest transaction; 0 where it never wrote. */
  readonly counter: number;
  readonly stamp: Stamp;
  /** Digest of the sealed transaction before the first of `own`; empty for none. */
  readonly digest: Uint8Array;
  /** Its own transactions that are not settled, in order. */
  readonly own: readonly Transaction[];
  /** What a relay carries for other writers, each one's in order. */
  readonly others: readonly Transaction[];
}

/** Scopes and patterns, and tables, to keep rows of. Empty `tables` means all. */
export interface Kept {
  readonly scopes: readonly string[];
  readonly tables: readonly string[];
}

/** What a checkpoint brought. */
export interface CheckpointResult {
  /** False: this copy is not what the server says; the caller begins anew with an empty cursor. */
  readonly proven: boolean;
  /** Outcomes of this replica's own transactions that it settled. */
  readonly settled: readonly Outcome[];
}

/**
 * Committed state at a checkpoint and a queue of tentative transactions on top: what a phone, a desktop, an edge
 * server or a field laptop is (design 2). It reads and writes at once, whatever the network does. Pure: sessions
 * bring it deltas and carry its transactions.
 *
 * Deltas are staged and become visible at a checkpoint, all at once and together with the end of the
 * transactions that it covers. A first sync, or one that starts anew, is built beside the state that is shown.
 */
export class Replica {
  readonly options: ReplicaOptions;
  readonly queue: TentativeQueue;
  readonly view = new TentativeView();
  readonly parked: ParkedTransaction[] = [];
  private readonly system: SystemTables;
  private current: CommittedState;
  private building: CommittedState | undefined;
  private staged: RowDelta[] = [];
  private storedCursor: Uint8Array = new Uint8Array(0);
  private counter = 0;
  private lastDigest: Uint8Array = new Uint8Array(0);
  private sealedCounter = 0;
  private stamp: Stamp = 0;
  private readonly settledCounters = new Map<string, number>();

  /** `saved` is what an earlier run stored; its rows come again with the first sync. */
  constructor(options: ReplicaOptions, saved?: SavedWrites) {
    this.options = options;
    this.system = systemTables(options.schema);
    this.current = this.emptyState();
    this.queue = new TentativeQueue(options.limits.queueTransactionsMax);
    if (saved === undefined) return;
    this.counter = saved.counter;
    this.stamp = saved.stamp;
    this.lastDigest = saved.digest;
    this.sealedCounter = saved.counter - saved.own.length;
    for (const transaction of [...saved.own, ...saved.others]) this.enqueue(transaction);
  }

  get id(): string {
    return this.options.id;
  }

  /** Counter of this replica's newest transaction; 0 where it never wrote. */
  get lastCounter(): number {
    return this.counter;
  }

  /** State at the last checkpoint. */
  get committed(): CommittedState {
    return this.current;
  }

  /** Where the next session goes on. Empty: from the start. */
  get cursor(): Uint8Array {
    return this.storedCursor;
  }

  /** Whether a complete checkpoint was ever reached. */
  get synced(): boolean {
    return this.current.head > 0;
  }

  /** The row as it is shown: tentative changes on top of the committed row. */
  row(table: TableDef, key: string): ReplicaRow | undefined {
    const state = this.current.table(table);
    const slot = state.columns.slotOf(key);
    const version = slot < 0 ? 0 : state.versionOf(slot);
    if (this.view.has(table, key)) {
      const cells = this.view.cells(table, key);
      return cells === undefined ? undefined : { cells, version, pending: true };
    }
    if (slot < 0 || !state.columns.isLive(slot)) return undefined;
    return { cells: state.columns.row(slot), version, pending: false };
  }

  /** All rows of a table as they are shown, for queries. */
  rows(table: TableDef): RowSource {
    return { table: this.current.table(table).columns, overlay: this.view.overlay(table) };
  }

  /**
   * Writes: queues a transaction of this replica and shows it at once. INVALID_ARGUMENT where a change is not
   * well formed: nothing is queued then. Each change's base is the checkpoint that this replica stands at.
   */
  write(changes: readonly Omit<Change, 'base' | 'baseCounter'>[], nowMs: number): Transaction {
    const transaction: Transaction = {
      replica: this.id,
      counter: this.counter + 1,
      previousDigest: new Uint8Array(0),
      stamp: nextStamp(nowMs, this.stamp),
      schemaVersion: this.options.schema.version,
      changes: changes.map((change) => ({
        ...change,
        base: this.current.head,
        baseCounter: this.baseCounter(change),
      })),
    };
    this.enqueue(transaction);
    this.counter = transaction.counter;
    this.stamp = transaction.stamp;
    return transaction;
  }

  /** Takes up another writer's tentative transaction. False where it is known or settled already. */
  receive(transaction: Transaction): boolean {
    assert(transaction.replica !== this.id, 'a replica does not receive its own transactions');
    if (transaction.counter <= this.settledOf(transaction.replica)) return false;
    return this.enqueue(transaction) !== undefined;
  }

  /** A writer's settled counter as far as this replica knows. */
  settledOf(replica: string): number {
    return Math.max(settledCounter(this.current, replica), this.settledCounters.get(replica) ?? 0);
  }

  /**
   * Transactions to send, in each writer's order: this replica's own, a relay's of all writers. Handing one out
   * seals it: from now on it keeps its bytes, whatever becomes of the network.
   */
  outgoing(sent: ReadonlyMap<string, number>): Transaction[] {
    this.seal();
    const replicas = this.options.relay ? this.queue.replicas() : [this.id];
    return replicas.flatMap((replica) => {
      const after = sent.get(replica) ?? 0;
      return this.queue
        .of(replica)
        .filter(({ transaction }) => transaction.counter > after)
        .map(({ transaction }) => transaction);
    });
  }

  /** Stages what a server sent, with the cursor behind it. Nothing of it is visible before the checkpoint. */
  stage(deltas: readonly RowDelta[], cursor: Uint8Array): void {
    if (this.building === undefined && this.storedCursor.length === 0) {
      this.building = this.emptyState();
    }
    if (this.building !== undefined) {
      for (const delta of deltas) applyDelta(this.building, delta);
    } else this.staged.push(...deltas);
    this.storedCursor = cursor;
  }

  /**
   * Makes the staged deltas visible, drops the transactions that the checkpoint covers in the same step, and
   * proves that this copy holds what the server says. With `keep` it lets go, in the same step, of rows that are in
   * none of these scopes or tables any more: the client asked for less, or a grant was taken back.
   */
  checkpoint(checkpoint: Checkpoint, keep?: Kept): CheckpointResult {
    const replaced = this.building !== undefined;
    if (this.building !== undefined) {
      this.current = this.building;
      this.current.horizon = checkpoint.seq;
      this.building = undefined;
    }
    const touched = this.applyStaged();
    if (keep !== undefined) touched.push(...this.retain(keep, checkpoint.seq));
    this.current.head = checkpoint.seq;
    const settled: Outcome[] = [];
    for (const [replica, counter] of checkpoint.settled)
      settled.push(...this.settle(replica, counter));
    this.settleFromWriters();
    if (replaced) this.view.recomputeAll(this.current);
    else for (const { table, key } of touched) this.view.recompute(table, key, this.current);
    return { proven: this.proves(checkpoint), settled };
  }

  /** Begins a new copy beside the one that is shown; the queue stays as it is. */
  restart(): void {
    this.building = undefined;
    this.staged = [];
    this.storedCursor = new Uint8Array(0);
  }

  /**
   * Scopes that hold the rows of a tentative transaction, in all the versions that are known here. Undefined where
   * nothing is known of one of the rows: nobody can say then who may see it.
   */
  scopesOf(prepared: PreparedTransaction): string[] | undefined {
    const scopes = new Set<string>();
    for (const { table, key } of prepared.changes) {
      const versions = [
        this.current.cells(table, key),
        ...this.view.versions(table, key, this.current),
      ];
      const known = versions.flatMap((cells) => (cells === undefined ? [] : [cells]));
      const names = known.flatMap((cells) => scopesOf(table, cells, decidedLimits));
      if (names.length === 0) return undefined;
      for (const name of names) scopes.add(name);
    }
    return [...scopes];
  }

  private retain({ scopes: patterns, tables }: Kept, seq: number): RowName[] {
    const { scopes } = this.current;
    const touched: RowName[] = [];
    const lost = new Set(
      scopes.matching((name) => !patterns.some((pattern) => patternMatches(pattern, name))),
    );
    for (const state of this.current.tables) {
      const wanted = tables.length === 0 || state.def.system || tables.includes(state.def.name);
      if (wanted && lost.size === 0) continue;
      for (let slot = 0; slot < state.columns.slotEnd; slot++) {
        if (!state.columns.isLive(slot)) continue;
        const members = scopes.setMembers(state.scopeSetOf(slot));
        const kept = wanted ? members.filter((id) => !lost.has(id)) : [];
        if (kept.length === members.length) continue;
        touched.push({ table: state.def, key: state.columns.keyOf(slot) });
        const names = kept.map((id) => scopes.nameOf(id));
        if (names.length > 0) this.keepIn(state, slot, scopes.setOf(names));
        else this.current.evict(state, slot, { seq, stamp: 0, writer: 0 });
      }
    }
    return touched;
  }

  /** The row stays in fewer scopes, at the version that it has. */
  private keepIn(state: TableState, slot: number, set: number): void {
    const version = state.versionOf(slot);
    const before = { set: state.scopeSetOf(slot), version };
    state.setScopeSet(slot, set);
    const row = this.current.scoped(state, slot);
    this.current.scopes.record(row, version, before, { set, version }, false);
  }

  /** Drops other writers' transactions that no relay vouches for any more. */
  dropForeign(keep: (replica: string) => boolean): void {
    for (const replica of this.queue.replicas()) {
      if (replica === this.id || keep(replica)) continue;
      for (const entry of this.queue.drop(replica)) this.view.remove(entry, this.current);
    }
  }

  private enqueue(transaction: Transaction): TentativeTransaction | undefined {
    const { schema, limits } = this.options;
    const prepared = prepareTransaction(schema, limits, transaction, 'transaction');
    const entry = this.queue.add(prepared);
    if (entry !== undefined) this.view.add(entry, this.current);
    return entry;
  }

  private baseCounter(change: Omit<Change, 'base' | 'baseCounter'>): number {
    const table = this.options.schema.tableByName.get(change.table);
    return table === undefined ? 0 : this.view.lastCounter(table, change.key, this.id);
  }

  private emptyState(): CommittedState {
    return new CommittedState(this.options.schema, this.options.relay ? 'relay' : 'leaf');
  }

  /** Fixes the bytes of this replica's own transactions: they are about to be handed out. */
  seal(): void {
    for (const entry of this.queue.of(this.id)) {
      const { transaction } = entry;
      if (transaction.counter <= this.sealedCounter) continue;
      const sealed = { ...transaction, previousDigest: this.lastDigest };
      this.queue.replace({ ...entry, transaction: sealed });
      this.lastDigest = digestOf(sealed);
      this.sealedCounter = sealed.counter;
    }
  }

  private applyStaged(): RowName[] {
    const touched: RowName[] = [];
    // Groups are scanned one after the other, so their commits can come out of order.
    this.staged.sort((left, right) => left.version - right.version);
    for (const delta of this.staged) {
      const row = applyDelta(this.current, delta);
      if (row !== undefined) touched.push(row);
    }
    this.staged = [];
    return touched;
  }

  private settle(replica: string, counter: number): Outcome[] {
    if (counter <= (this.settledCounters.get(replica) ?? 0)) return [];
    this.settledCounters.set(replica, counter);
    const outcomes: Outcome[] = [];
    for (const entry of this.queue.settle(replica, counter)) {
      this.view.remove(entry, this.current);
      if (replica !== this.id) continue;
      const outcome = this.outcomeOf(entry.transaction.counter);
      if (outcome.status === 'refused')
        this.parked.push({ transaction: entry.transaction, outcome });
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /** A relay holds the settled positions of all writers as rows. */
  private settleFromWriters(): void {
    for (const replica of this.queue.replicas()) {
      if (replica !== this.id) this.settle(replica, this.settledOf(replica));
    }
  }

  private outcomeOf(counter: number): Outcome {
    const { outcome } = this.system;
    const cells = this.current.rowState(outcome, outcomeKey(this.id, counter))?.cells;
    if (cells === undefined)
      return { replica: this.id, counter, status: 'committed', refusal: undefined };
    return { replica: this.id, counter, status: 'refused', refusal: refusalOf(outcome, cells) };
  }

  private proves(checkpoint: Checkpoint): boolean {
    const { scopes } = this.current;
    const totals = scopes.totals(
      scopes.matching(() => true),
      () => true,
    );
    return totals.count === checkpoint.rowCount && digestValue(totals) === checkpoint.digest;
  }
}
