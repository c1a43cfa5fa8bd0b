import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { StoredRow } from '../replica/journal-record.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';
import type { PatchInit } from '../schema/message-codec.ts';
import type { Exported, ExportOptions } from './carried-edits.ts';
import type { ClientState } from './client-events.ts';
import type { Key, QueryOptions, TableReader } from './client-table.ts';
import type { Imported } from './imported-edits.ts';
import type { LiveQuery } from './live-query.ts';
import type { OpenOptions } from './open-options.ts';
import type { StorageStatus } from './replica-journal.ts';
import type { Status } from './status.ts';
import type { PendingTransaction, Written } from './written-transaction.ts';
import type { PendingStatistics } from './written-transactions.ts';

/** A quarantined row, or a parked transaction, that somebody has dealt with. */
export interface Released {
  /** False where it was not there, or none of this version: it may have come back meanwhile. */
  readonly found: boolean;
  /** Resolves when that is on stable storage, at once in memory. Rejects where the client ends before it could be. */
  readonly stored: Promise<void>;
}

/** Typed access to one table. Reads and writes need no network. */
export interface ClientTable<Desc extends DescMessage> extends TableReader<Desc> {
  /** Inserts the row, or replaces the one with its key. */
  put(row: MessageInitShape<Desc>): Written;
  /** Sets some fields; null clears one. The row need not be here, but must be at the home. */
  patch(key: Key, patch: PatchInit<Desc>): Written;
  delete(key: Key): Written;
  /** The same as `query`, kept up to date. INVALID_ARGUMENT likewise, at once. */
  watch(options?: QueryOptions<Desc>): LiveQuery<Desc>;
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
  /** See `OpenOptions.replicaId`. It is another where another device was found to have it. */
  readonly replicaId: string;
  readonly status: Status;
  /** What is not stored is not sent: it waits here while the storage is full or fails. */
  readonly storage: StorageStatus;
  /** Transactions that the home has not settled yet. */
  readonly pendingCount: number;
  /** These, oldest first, but for those of former ids, which a server has lost and which wait once more. */
  readonly pending: readonly PendingTransaction[];
  /** The same in short: also as an event, at the end of each turn in which it changed. */
  readonly pendingStatistics: PendingStatistics;
  /**
   * Transactions that the home refused, with the reason, or could not order for good (`unordered`: another device has had the
   * same id, or what was before them was lost and is not kept); out of the tables, kept here. After a backup was restored
   * what was refused is judged anew, and may be committed.
   */
  readonly parked: readonly ParkedTransaction[];
  /**
   * Rows that others had written in a history that the server lost, as they were shown, where they are shown otherwise now,
   * or not at all: nobody else may have them. `row` is the message's bytes. Write them again, or not, then `release` them;
   * where the table has a later version than `version`, somebody has changed the row since. A row goes by itself when it is
   * as it was again, or when `writer`, who wrote it last, has written it again. What this client wrote itself it writes again, as
   * far as it is kept (`Limits.keptTransactionsMax`), and only else it is here; what others had deleted is not, for it is there again.
   */
  readonly quarantined: readonly StoredRow[];
  /**
   * Lets go of a parked transaction: somebody has written it anew, or given it up. FAILED_PRECONDITION CLIENT_CLOSED after
   * `close`.
   */
  discard(parked: Pick<ParkedTransaction, 'transaction'>): Released;
  /** Lets go of a quarantined row. FAILED_PRECONDITION CLIENT_CLOSED after `close`. */
  release(row: Pick<StoredRow, 'table' | 'key' | 'version'>): Released;
  /**
   * Writes what waits into a file, to be carried by hand: the home orders each transaction once, whether it comes by the file,
   * by the network or by both. It goes on waiting here. Rejects where what waits cannot be stored.
   */
  export(options?: ExportOptions): Promise<Exported>;
  /**
   * Takes up the edits of a file, shows them, and carries them to the server. For a client that was opened with `relay`:
   * FAILED_PRECONDITION NOT_A_RELAY else. FAILED_PRECONDITION EDITS_OTHER_DATABASE, EDITS_OTHER_SCHEMA or EDITS_FILE_VERSION,
   * DATA_LOSS EDITS_FILE_CORRUPT and INVALID_ARGUMENT take nothing. Resolves when all of it is stored here.
   */
  import(file: Uint8Array): Promise<Imported>;
  /** Transactions of others that this client carries and that the home has not settled. */
  readonly carriedCount: number;
  table<Desc extends DescMessage>(desc: Desc): ClientTable<Desc>;
  /** Queues all edits of `body` as one transaction; none where it throws. */
  transaction(body: (scope: TransactionScope) => void): Written;
  /**
   * Resolves when this copy holds all that the server had committed at the call, and nothing of this client's is
   * left to settle. Rejects when the client is blocked or closed; waits while it is offline.
   */
  synced(): Promise<void>;
  /** Calls back with each new value of that name until the returned function is called. */
  on<Name extends keyof ClientState>(
    name: Name,
    listener: (value: ClientState[Name]) => void,
  ): () => void;
  /**
   * The value of that name now, and then whenever it has changed since it was taken last: the newest one, not every one
   * between. Ends when the client is closed.
   */
  follow<Name extends keyof ClientState>(name: Name): AsyncIterable<ClientState[Name]>;
  /**
   * Holds other scopes or tables from now on; what is left out stays as it is. Rows that are not asked for any more go, and
   * those that are come, at the next checkpoint, which `synced` waits for. Edits that wait are sent all the same. NOT_FOUND
   * UNKNOWN_TABLE names a table that is not in the schema.
   */
  subscribe(wish: Pick<OpenOptions, 'scopes' | 'tables'>): void;
  /** Connects now, whatever wait was planned; also out of `blocked`. */
  connect(): void;
  /** Tries now where the client is waiting to: there may be a network again. Without effect elsewhere. */
  nudge(): void;
  /** Drops the connection and stays offline until `connect`. */
  disconnect(): void;
  /**
   * Stores what was written and lets go of all. Rejects where that cannot be stored: RESOURCE_EXHAUSTED LOG_DISK_FULL,
   * or what else the storage says; then it is lost.
   */
  close(): Promise<void>;
}
