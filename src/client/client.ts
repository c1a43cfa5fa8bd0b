import { randomBytes } from 'node:crypto';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { type ChannelCredentials, credentials as grpcCredentials } from '@grpc/grpc-js';
import type { Clock } from '../base/clock.ts';
import { assert, Code, SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import type { Outcome } from '../change/commit.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';
import { type Edit, Replica } from '../replica/replica.ts';
import { createMessageCodec, type PatchInit } from '../schema/message-codec.ts';
import { createSchema } from '../schema/schema.ts';
import { type ClientEvent, ClientSession } from '../session/client-session.ts';
import type { Progress } from '../session/messages.ts';
import { createCompressors } from '../wire/compressor.ts';
import { type BackoffOptions, defaultBackoff } from './backoff.ts';
import { type Key, type TableReader, TypedTable } from './client-table.ts';
import { Connection } from './connection.ts';

export interface OpenOptions {
  /** `host:port` of the server; without one the client works alone. */
  readonly url?: string;
  readonly database: string;
  /** Generated descriptors of the tables, all that the server's schema has. */
  readonly schema: readonly DescMessage[];
  readonly schemaVersion?: number;
  /**
   * Who this install is; made up when left out, which is right as long as nothing is stored. Where the server finds that
   * another device has written under it, this one goes on under a new id that begins with it; nobody's edits are lost.
   */
  readonly replicaId?: string;
  /** Scopes and patterns to hold; all that may be read when left out. */
  readonly scopes?: readonly string[];
  /** Tables to hold; all when left out. */
  readonly tables?: readonly DescMessage[];
  readonly credentials?: ChannelCredentials;
  /** Metadata of each stream, for example `{ authorization: 'Bearer ...' }`; asked for anew each time. */
  readonly metadata?: () =>
    | Readonly<Record<string, string>>
    | Promise<Readonly<Record<string, string>>>;
  readonly backoff?: BackoffOptions;
  readonly limits?: Limits;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly onStatus?: (status: Status) => void;
  /** Called when another device was found to have this one's id, with the new one. */
  readonly onReplicaId?: (replicaId: string) => void;
}

/** Where the client stands with its server. */
export type Status =
  | { readonly state: 'offline'; readonly error: SyncError | undefined }
  | { readonly state: 'connecting' }
  | { readonly state: 'syncing'; readonly progress: Progress | undefined }
  | { readonly state: 'live' }
  /** Trying again cannot help: the error says what to do. Edits stay queued. */
  | { readonly state: 'blocked'; readonly error: SyncError };

/** A queued transaction. */
export interface Written {
  readonly counter: number;
  /** Resolves when the home has committed or refused it. Never rejects; waits for ever while offline. */
  readonly outcome: Promise<Outcome>;
}

/** Typed access to one table. Reads and writes need no network. */
export interface ClientTable<Desc extends DescMessage> extends TableReader<Desc> {
  /** Inserts the row, or replaces the one with its key. */
  put(row: MessageInitShape<Desc>): Written;
  /** Sets some fields; null clears one. The row need not be here, but must be at the home. */
  patch(key: Key, patch: PatchInit<Desc>): Written;
  delete(key: Key): Written;
}

/** The same edits, gathered into one transaction. Reads see the state before it. */
export interface TransactionTable<Desc extends DescMessage> extends TableReader<Desc> {
  put(row: MessageInitShape<Desc>): void;
  patch(key: Key, patch: PatchInit<Desc>): void;
  delete(key: Key): void;
}

export interface TransactionScope {
  table<Desc extends DescMessage>(desc: Desc): TransactionTable<Desc>;
}

export interface Client {
  /** See `OpenOptions.replicaId`. */
  readonly replicaId: string;
  readonly status: Status;
  /** Transactions that the home has not settled yet. */
  readonly pendingCount: number;
  /** Transactions that the home refused, with the reason; out of the tables, kept here. */
  readonly parked: readonly ParkedTransaction[];
  table<Desc extends DescMessage>(desc: Desc): ClientTable<Desc>;
  /** Queues all edits of `body` as one transaction; none where it throws. */
  transaction(body: (scope: TransactionScope) => void): Written;
  /**
   * Resolves when this copy holds all that the server had committed at the call, and nothing of this client's is
   * left to settle. Rejects when the client is blocked or closed; waits while it is offline.
   */
  synced(): Promise<void>;
  /** Connects now, whatever wait was planned; also out of `blocked`. */
  connect(): void;
  /** Drops the connection and stays offline until `connect`. */
  disconnect(): void;
  close(): void;
}

/** Opens a client. Never waits for the network. */
export function open(options: OpenOptions): Client {
  const client = new ReplicaClient(options);
  if (options.url !== undefined) client.connect();
  return client;
}

interface Waiter {
  /** Number of the probe whose answer it waits for. */
  readonly probe: number;
  readonly resolve: () => void;
  readonly reject: (error: SyncError) => void;
}

class ReplicaClient implements Client {
  private readonly options: OpenOptions;
  private readonly replica: Replica;
  private readonly session: ClientSession;
  private readonly limits: Limits;
  private readonly clock: Clock;
  private readonly tables = new Map<DescMessage, TypedTable<DescMessage>>();
  /** By counter under the present id. */
  private waiting = new Map<number, (outcome: Outcome) => void>();
  private syncWaiters: Waiter[] = [];
  private connection: Connection | undefined;
  private current: Status = { state: 'offline', error: undefined };
  private closed = false;

  constructor(options: OpenOptions) {
    this.options = options;
    this.limits = options.limits ?? defaultLimits;
    this.clock = options.clock ?? { nowMs: () => Date.now() };
    const { database, schemaVersion = 1, scopes = [], tables = [] } = options;
    const schema = createSchema(options.schema, { version: schemaVersion, limits: this.limits });
    const id = options.replicaId ?? randomBytes(12).toString('hex');
    this.replica = new Replica({ schema, limits: this.limits, id, relay: false });
    this.session = new ClientSession({
      replica: this.replica,
      database,
      scopes,
      tables: tables.map(({ typeName }) => typeName),
      encodings: ['packed', 'rows'],
      compressions: ['zstd', 'deflate'],
    });
  }

  get replicaId(): string {
    return this.replica.id;
  }

  get status(): Status {
    return this.current;
  }

  get pendingCount(): number {
    return this.replica.queue.of(this.replica.id).length;
  }

  get parked(): readonly ParkedTransaction[] {
    return this.replica.parked;
  }

  table<Desc extends DescMessage>(desc: Desc): ClientTable<Desc> {
    const typed = this.typed(desc);
    return {
      ...readerOf(typed),
      put: (row) => this.write([typed.putEdit(row)]),
      patch: (key, patch) => this.write([typed.patchEdit(key, patch)]),
      delete: (key) => this.write([typed.deleteEdit(key)]),
    };
  }

  transaction(body: (scope: TransactionScope) => void): Written {
    const edits: Edit[] = [];
    let open = true;
    const add = (edit: Edit) => {
      assert(open, 'the transaction is over: its body must not wait for anything');
      edits.push(edit);
    };
    const result: unknown = body({
      table: (desc) => {
        const typed = this.typed(desc);
        return {
          ...readerOf(typed),
          put: (row) => add(typed.putEdit(row)),
          patch: (key, patch) => add(typed.patchEdit(key, patch)),
          delete: (key) => add(typed.deleteEdit(key)),
        };
      },
    });
    open = false;
    if (result instanceof Promise) {
      result.catch(() => {});
      throw new SyncError(
        Code.invalidArgument,
        'ASYNC_TRANSACTION',
        'the body of a transaction must not be async',
      );
    }
    return this.write(edits);
  }

  synced(): Promise<void> {
    if (this.current.state === 'blocked') return Promise.reject(this.current.error);
    if (this.closed) return Promise.reject(clientClosed());
    const probe = this.session.probe();
    this.connection?.flush();
    return new Promise((resolve, reject) => this.syncWaiters.push({ probe, resolve, reject }));
  }

  connect(): void {
    const {
      url,
      metadata = () => ({}),
      backoff = defaultBackoff,
      random = Math.random,
    } = this.options;
    assert(url !== undefined, 'this client was opened without a url');
    if (this.closed) throw clientClosed();
    this.connection ??= new Connection({
      url,
      credentials: this.options.credentials ?? grpcCredentials.createInsecure(),
      metadata,
      session: this.session,
      limits: this.limits,
      compressors: createCompressors(),
      backoff,
      random,
      onEvent: (event) => this.onEvent(event),
      onDown: (error, retry) => this.onDown(error, retry),
    });
    if (this.current.state === 'offline' || this.current.state === 'blocked')
      this.become({ state: 'connecting' });
    this.connection.wake();
  }

  disconnect(): void {
    this.connection?.close();
    this.connection = undefined;
    this.become({ state: 'offline', error: undefined });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.disconnect();
    this.failWaiters(clientClosed());
  }

  private typed<Desc extends DescMessage>(desc: Desc): TypedTable<Desc> {
    const known = this.tables.get(desc);
    if (known !== undefined) return known as unknown as TypedTable<Desc>;
    const def = this.replica.options.schema.tableByName.get(desc.typeName);
    if (def === undefined) {
      throw new SyncError(
        Code.notFound,
        'UNKNOWN_TABLE',
        `${desc.typeName} is not a table of this client's schema`,
      );
    }
    const typed = new TypedTable(this.replica, createMessageCodec(def, desc, this.limits));
    this.tables.set(desc, typed as unknown as TypedTable<DescMessage>);
    return typed;
  }

  private write(edits: readonly Edit[]): Written {
    if (this.closed) throw clientClosed();
    const { counter } = this.replica.write(edits, this.clock.nowMs());
    const outcome = new Promise<Outcome>((resolve) => this.waiting.set(counter, resolve));
    this.connection?.flush();
    return { counter, outcome };
  }

  private onEvent(event: ClientEvent): void {
    if (event.type === 'welcome') this.become({ state: 'syncing', progress: undefined });
    else if (event.type === 'progress') this.become({ state: 'syncing', progress: event.progress });
    else if (event.type === 'checkpoint') this.onCheckpoint(event.settled);
    else if (event.type === 'forked') this.onForked(event.outcomes);
  }

  /** Another device writes under this id. What it had ordered before is settled; the rest goes on under another. */
  private onForked(outcomes: readonly Outcome[]): void {
    this.settle(outcomes);
    const waiting = [...this.waiting].sort(([left], [right]) => left - right);
    this.replica.takeIdentity(outcomes, randomBytes(16));
    // They are what waits now, from the first on.
    this.waiting = new Map(waiting.map(([, told], index) => [index + 1, told]));
    this.options.onReplicaId?.(this.replicaId);
  }

  private settle(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      this.waiting.get(outcome.counter)?.(outcome);
      this.waiting.delete(outcome.counter);
    }
  }

  private onCheckpoint(settled: readonly Outcome[]): void {
    this.settle(settled);
    if (this.current.state !== 'live') this.become({ state: 'live' });
    if (this.pendingCount > 0) return;
    const { answeredProbe } = this.session;
    const waiters = this.syncWaiters;
    this.syncWaiters = waiters.filter(({ probe }) => probe > answeredProbe);
    for (const { probe, resolve } of waiters) if (probe <= answeredProbe) resolve();
  }

  private onDown(error: SyncError, retry: boolean): void {
    this.become(retry ? { state: 'offline', error } : { state: 'blocked', error });
    if (!retry) this.failWaiters(error);
  }

  private failWaiters(error: SyncError): void {
    const waiters = this.syncWaiters;
    this.syncWaiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }

  private become(status: Status): void {
    this.current = status;
    this.options.onStatus?.(status);
  }
}

function readerOf<Desc extends DescMessage>(typed: TypedTable<Desc>): TableReader<Desc> {
  return {
    get: (key) => typed.get(key),
    info: (key) => typed.info(key),
    query: (options) => typed.query(options),
    count: (where) => typed.count(where),
  };
}

function clientClosed(): SyncError {
  return new SyncError(Code.failedPrecondition, 'CLIENT_CLOSED', 'the client is closed');
}
