import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { Outcome } from '../change/commit.ts';
import type { StoredRow } from '../replica/journal-record.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';
import type { PatchInit } from '../schema/message-codec.ts';
import type { Key, TableReader } from './client-table.ts';
import type { Status } from './open-options.ts';
import type { StorageStatus } from './replica-journal.ts';

/** A queued transaction. */
export interface Written {
  readonly counter: number;
  /** Resolves when it is on stable storage, at once in memory. Rejects where the client ends before it could be. */
  readonly stored: Promise<void>;
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
  /** What is not stored is not sent: it waits here while the storage is full or fails. */
  readonly storage: StorageStatus;
  /** Transactions that the home has not settled yet. */
  readonly pendingCount: number;
  /** Transactions that the home refused, with the reason; out of the tables, kept here. */
  readonly parked: readonly ParkedTransaction[];
  /**
   * Rows that others had written in a history that the server lost, and that are otherwise now, or not there: nobody else
   * may have them. `row` is the message's bytes. Write them again, or not, then `release` them.
   */
  readonly quarantined: readonly StoredRow[];
  /** Lets go of a quarantined row. False where there is none of this version. */
  release(row: Pick<StoredRow, 'table' | 'key' | 'version'>): boolean;
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
  /**
   * Stores what was written and lets go of all. Rejects where that cannot be stored: RESOURCE_EXHAUSTED LOG_DISK_FULL,
   * or what else the storage says; then it is lost.
   */
  close(): Promise<void>;
}
