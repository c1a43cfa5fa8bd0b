import { randomBytes } from 'node:crypto';
import type { DescMessage } from '@bufbuild/protobuf';
import type { Clock } from '../base/clock.ts';
import { assert, Code, SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import type { Outcome } from '../change/commit.ts';
import type { Kept } from '../replica/committed-copy.ts';
import type { StoredRow } from '../replica/journal-record.ts';
import type { JournaledReplica } from '../replica/journaled-replica.ts';
import type { LocalTables } from '../replica/local-tables.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';
import { storedRow } from '../replica/quarantine.ts';
import { createSchema } from '../schema/schema.ts';
import type { ClientEvent } from '../session/client-event.ts';
import { ClientSession } from '../session/client-session.ts';
import { checkDevice } from '../session/device.ts';
import { forkUnresolved } from '../session/fork-probe.ts';
import { type Exported, type ExportOptions, exportedFrom } from './carried-edits.ts';
import type { Client, ClientTable, Released, TransactionScope } from './client-api.ts';
import { ClientEvents, type ClientState } from './client-events.ts';
import { logClient } from './client-log.ts';
import { Measured } from './client-metrics.ts';
import { readerOf } from './client-table.ts';
import { ClientWriter } from './client-writer.ts';
import { decodeEditsFile, encodeEditsFile } from './edits-file.ts';
import { gatheredEdits } from './gathered-edits.ts';
import { type Imported, importInto } from './imported-edits.ts';
import type { JournalFiles } from './journal-files.ts';
import { Link } from './link.ts';
import { LiveQueries } from './live-queries.ts';
import { openLocalTables } from './open-local-tables.ts';
import type { OpenOptions } from './open-options.ts';
import { memoryReplica, type OpenedReplica, openReplica, type ReplicaAsk } from './open-replica.ts';
import { ReplicaJournal, type StorageStatus } from './replica-journal.ts';
import type { Status } from './status.ts';
import { SyncWaiters } from './sync-waiters.ts';
import { setTimer } from './timer.ts';
import { TypedTables } from './typed-tables.ts';
import type { PendingTransaction, Written } from './written-transaction.ts';
import { type PendingStatistics, WrittenTransactions } from './written-transactions.ts';

/**
 * Opens a client with what its storage has. Never waits for the network. Rejects where the device says too much of itself
 * (INVALID_ARGUMENT BAD_DEVICE), or its storage cannot be opened (FAILED_PRECONDITION LOG_LOCKED, LOG_CANNOT_OPEN), belongs to something else (STORAGE_OTHER_DATABASE, _REPLICA, _SCHEMA)
 * or is damaged (DATA_LOSS STORAGE_DAMAGED, see `salvageStorage`); it is as it was then.
 */
export async function open(options: OpenOptions): Promise<Client> {
  const { database, schemaVersion = 1, scopes = [], tables = [] } = options;
  const limits = options.limits ?? defaultLimits;
  if (options.device !== undefined) checkDevice(options.device, 'device', limits);
  const schema = createSchema(options.schema, { version: schemaVersion, limits });
  const ask: ClientAsk = {
    database,
    schema,
    local: openLocalTables(options.localTables ?? [], schema, limits),
    limits,
    relay: options.relay ?? false,
    wish: { scopes, tables: tables.map(({ typeName }) => typeName) },
    id: options.replicaId,
    makeId: () => randomBytes(12).toString('hex'),
  };
  const stored = await options.storage?.open();
  try {
    const opened = stored && (await openReplica(stored, ask));
    const client = new ReplicaClient(options, ask, stored, opened);
    if (options.url !== undefined) client.connect();
    return client;
  } catch (error) {
    await stored?.close();
    throw error;
  }
}

type ClientAsk = ReplicaAsk & { readonly local: LocalTables };

class ReplicaClient implements Client {
  private readonly options: OpenOptions;
  private readonly replica: JournaledReplica;
  /** undefined: in memory. */
  private readonly journal: ReplicaJournal | undefined;
  private readonly session: ClientSession;
  private readonly limits: Limits;
  private readonly clock: Clock;
  private readonly measured: Measured;
  private readonly local: LocalTables;
  private readonly queries: LiveQueries;
  private readonly localQueries: LiveQueries;
  private readonly tables: TypedTables;
  private readonly writer: ClientWriter;
  private readonly written: WrittenTransactions;
  private readonly syncWaiters = new SyncWaiters();
  private readonly link: Link;
  private readonly events: ClientEvents;
  private wish: Kept;
  private closed = false;
  private toldQuarantined: JournaledReplica['quarantined'];

  constructor(
    options: OpenOptions,
    ask: ClientAsk,
    files: JournalFiles | undefined,
    opened: OpenedReplica | undefined,
  ) {
    this.options = options;
    this.limits = ask.limits;
    this.clock = options.clock ?? { nowMs: () => Date.now() };
    this.measured = new Measured(options.metrics, () => this.clock.nowMs());
    this.replica = opened?.replica ?? memoryReplica(ask);
    this.tables = new TypedTables(this.replica, ask.local, options.fieldCodecs);
    this.local = ask.local;
    this.queries = new LiveQueries(this.replica.view);
    this.localQueries = new LiveQueries(this.local.view);
    this.toldQuarantined = this.replica.quarantined;
    this.wish = ask.wish;
    const client = this;
    this.session = new ClientSession({
      replica: this.replica,
      database: ask.database,
      ...{ device: options.device, level: options.level },
      // Read whenever a stream begins.
      get scopes() {
        return client.wish.scopes;
      },
      get tables() {
        return client.wish.tables;
      },
      encodings: ['columns', 'packed', 'rows'],
      compressions: ['zstd', 'deflate'],
      teamCodecs: (options.teamCodecs ?? []).map(({ name }) => name),
      nowMs: () => this.clock.nowMs(),
      ...(files && {
        storedCounter: () => this.journal!.storedCounter,
        isIdStored: () => this.journal!.isIdStored,
        storedCursor: () => this.journal!.storedCursor,
      }),
    });
    this.link = new Link({
      open: options,
      session: this.session,
      schema: ask.schema,
      limits: this.limits,
      measured: this.measured,
      onStatus: (status) => this.events.tell('status', status),
      onEvent: (event) => this.onEvent(event),
      onPush: (transactions) => this.written.sent(this.replicaId, transactions),
      onBlocked: (error) => this.syncWaiters.fail(error),
    });
    this.written = new WrittenTransactions(this.replica.waiting, (statistics) =>
      this.events.tell('pendingStatistics', statistics),
    );
    const { status, replicaId, storage, pendingStatistics, parked, quarantined } = this;
    const state = { status, replicaId, storage, pendingStatistics, parked, quarantined };
    this.events = new ClientEvents(state, options.on);
    if (options.logger !== undefined) logClient(this.events, options.logger);
    // Late: it may hold the link at once.
    this.journal = files && opened && this.openJournal(files, opened, ask);
    this.writer = new ClientWriter({
      ...{ replica: this.replica, local: this.local, written: this.written },
      ...{ journal: this.journal, clock: this.clock, coalesce: options.coalesce ?? true },
      checkOpen: () => this.checkOpen(),
      onWritten: () => this.link.flush(),
    });
  }

  get replicaId(): string {
    return this.replica.id;
  }

  get status(): Status {
    return this.link.status;
  }

  get storage(): StorageStatus {
    return this.journal?.status ?? { state: 'working' };
  }

  get pendingCount(): number {
    return this.replica.pendingCount;
  }

  get pending(): readonly PendingTransaction[] {
    return this.written.all;
  }

  get pendingStatistics(): PendingStatistics {
    return this.written.statistics;
  }

  get parked(): readonly ParkedTransaction[] {
    return this.replica.parked;
  }

  get quarantined(): readonly StoredRow[] {
    return this.replica.quarantined.map(storedRow);
  }

  discard({ transaction }: Pick<ParkedTransaction, 'transaction'>): Released {
    if (this.closed) throw clientClosed();
    const found = this.replica.discard(transaction);
    this.events.tell('parked', this.parked);
    return { found, stored: this.stored() };
  }

  release({ table, key, version }: Pick<StoredRow, 'table' | 'key' | 'version'>): Released {
    if (this.closed) throw clientClosed();
    const found = this.replica.release(table, key, version);
    this.tellQuarantined();
    return { found, stored: this.stored() };
  }

  get carriedCount(): number {
    return this.replica.queue.length - this.pendingCount;
  }

  async export(options: ExportOptions = {}): Promise<Exported> {
    if (this.closed) throw clientClosed();
    const { replica, options: asked, clock } = this;
    const { version, fingerprint } = replica.options.schema;
    const transactions = exportedFrom(replica, options);
    const parked = options.parked ? replica.parked : [];
    const bytes = await encodeEditsFile({
      ...{ database: asked.database, schemaVersion: version, schemaFingerprint: fingerprint },
      ...{ replicaId: replica.id, createdMs: clock.nowMs(), transactions, parked },
    });
    const { storage } = this;
    if (storage.state !== 'working') throw storage.error;
    // Whoever is given them must not meet others under the same counters after a crash.
    await this.journal?.stored();
    return { bytes, transactions: transactions.length, parked: parked.length };
  }

  async import(file: Uint8Array): Promise<Imported> {
    const edits = await decodeEditsFile(file);
    this.checkOpen();
    const imported = importInto(this.replica, this.options.database, edits, () => {
      this.onForked([]);
      // It is to be greeted under its new id, which says that it had the other.
      this.link.restart();
    });
    await this.journal?.stored();
    this.link.flush();
    return imported;
  }

  table<Desc extends DescMessage>(desc: Desc): ClientTable<Desc> {
    const typed = this.tables.of(desc);
    return {
      ...readerOf(typed),
      put: (row) => this.writer.one(typed.putEdit(row)),
      patch: (key, patch) => this.writer.one(typed.patchEdit(key, patch)),
      delete: (key) => this.writer.one(typed.deleteEdit(key)),
      watch: (options) => typed.watch(typed.isLocal ? this.localQueries : this.queries, options),
    };
  }

  transaction(body: (scope: TransactionScope) => void): Written {
    return this.writer.all(gatheredEdits(body, (desc) => this.tables.of(desc)));
  }

  on<Name extends keyof ClientState>(
    name: Name,
    listener: (value: ClientState[Name]) => void,
  ): () => void {
    return this.events.of(name).on(listener);
  }

  follow<Name extends keyof ClientState>(name: Name): AsyncIterable<ClientState[Name]> {
    return this.events.of(name).follow();
  }

  synced(): Promise<void> {
    const { status } = this;
    if (status.state === 'blocked') return Promise.reject(status.error);
    if (this.closed) return Promise.reject(clientClosed());
    const probe = this.session.probe();
    this.link.flush();
    return this.syncWaiters.add(probe);
  }

  subscribe({ scopes, tables }: Pick<OpenOptions, 'scopes' | 'tables'>): void {
    if (this.closed) throw clientClosed();
    const { wish } = this;
    const names = tables?.map((desc) => this.tables.synced(desc).name);
    this.wish = { scopes: scopes ?? wish.scopes, tables: names ?? wish.tables };
    this.journal?.wish(this.wish);
    this.link.restart();
    // It may have been what was asked for that was refused.
    if (this.status.state === 'blocked' && this.storage.state !== 'failed') this.connect();
  }

  connect(): void {
    const { storage } = this;
    if (storage.state === 'failed') throw storage.error;
    assert(this.options.url !== undefined, 'this client was opened without a url');
    if (this.closed) throw clientClosed();
    this.link.connect();
  }

  nudge(): void {
    this.link.nudge();
  }

  disconnect(): void {
    this.link.disconnect();
  }

  async close(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      this.link.close();
      this.syncWaiters.fail(clientClosed());
      this.queries.close();
      this.localQueries.close();
    }
    try {
      await this.journal?.close();
    } finally {
      this.events.close();
    }
  }

  private openJournal(
    files: JournalFiles,
    { replica, opened, bytes, stateBytes }: OpenedReplica,
    { limits, wish, local }: ClientAsk,
  ): ReplicaJournal {
    const { random = Math.random } = this.options;
    const journal = new ReplicaJournal({
      ...{ replica, local, files, opened, bytes, stateBytes, limits, random },
      setTimer,
      onStored: () => this.link.flush(),
      onHold: (held) => this.link.hold(held),
      onStatus: (status) => this.onStorage(status),
    });
    journal.wish(wish);
    // An earlier run may have sent what it had not noted as sealed.
    replica.seal();
    return journal;
  }

  private onStorage(status: StorageStatus): void {
    if (status.state === 'failed') this.link.fail(status.error);
    this.events.tell('storage', status);
  }

  private stored(): Promise<void> {
    return this.journal?.stored() ?? Promise.resolve();
  }

  private checkOpen(): void {
    if (this.closed) throw clientClosed();
    this.journal?.checkRoom();
  }

  private onEvent(event: ClientEvent): void {
    if (event.type === 'checkpoint') this.onCheckpoint(event.settled);
    else if (event.type === 'forked') this.onForked(event.outcomes);
    else if (event.type === 'outcomes') this.written.told(this.replicaId, event.outcomes);
    this.events.tell('parked', this.parked);
  }

  /** Another device writes under this id, or has. What it had ordered before is settled; the rest goes on under another. */
  private onForked(outcomes: readonly Outcome[]): void {
    this.settle(outcomes);
    const { lastCounter } = this.replica;
    this.replica.takeIdentity(outcomes, randomBytes(16));
    // What waits has the counters from 1 on now; some of it may be of an earlier run.
    this.written.renumber(lastCounter - this.replica.lastCounter);
    this.events.tell('replicaId', this.replicaId);
  }

  private onCheckpoint(settled: readonly Outcome[]): void {
    this.settle(settled);
    const { heldBack, waitsForHome } = this.session;
    this.link.live(waitsForHome ? forkUnresolved(this.replicaId) : heldBack);
    this.tellQuarantined();
    // What was lost waits again.
    const { pendingCount, formerCount } = this.replica;
    if (this.written.count !== pendingCount - formerCount)
      this.written.follow(this.replica.waiting);
    // Who waits for that has been told of all rows then.
    this.queries.flush();
    if (this.pendingCount === 0) this.syncWaiters.answered(this.session.answeredProbe);
  }

  private settle(outcomes: readonly Outcome[]): void {
    this.written.settle(outcomes, (written, outcome) => this.measured.settled(written, outcome));
  }

  private tellQuarantined(): void {
    const rows = this.replica.quarantined;
    if (rows === this.toldQuarantined) return;
    this.toldQuarantined = rows;
    this.events.tell('quarantined', this.quarantined);
  }
}

function clientClosed(): SyncError {
  return new SyncError(Code.failedPrecondition, 'CLIENT_CLOSED', 'the client is closed');
}
