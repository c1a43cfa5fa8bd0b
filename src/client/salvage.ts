import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Code, SyncError } from '../base/errors.ts';
import type { Transaction } from '../change/transaction.ts';
import type { Log } from '../log/log.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openSqliteStore } from '../log/sqlite-store.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';
import { PendingWrites } from '../replica/pending-writes.ts';
import { readPointer, type SqliteStorageOptions } from './sqlite-storage.ts';
import { storageDamaged } from './storage-errors.ts';
import { journalGenerations, journalPath } from './storage-folder.ts';

/** What could be read of a damaged storage. */
export interface Salvaged {
  /** Whose storage it is, where that could be read. */
  readonly database: string | undefined;
  readonly replicaId: string | undefined;
  /**
   * Edits that the home may not have settled, in order: rows are protobuf bytes of their tables' messages. An edit whose
   * settling could not be read is among them.
   */
  readonly pending: readonly Transaction[];
  /** Edits that the home refused. */
  readonly parked: readonly ParkedTransaction[];
  /** What could not be read: DATA_LOSS, each with `path`, and `position` where it is a record. */
  readonly damage: readonly SyncError[];
}

/**
 * Reads the edits out of a storage that `open` refuses as damaged, as far as they can be read, also behind the damage.
 * Changes nothing. Fails as opening a log does where not even the journal can be opened.
 */
export async function salvageStorage(options: SqliteStorageOptions): Promise<Salvaged> {
  const path = resolve(options.path);
  const damage: SyncError[] = [];
  const lock = openPointer(path, damage);
  try {
    const name = journalPath(path, lock.generation ?? journalGenerations(path).at(-1) ?? 1);
    if (!existsSync(name)) throw storageDamaged(name, undefined, 'it is missing');
    const log = await openSqliteLog({ path: name });
    try {
      const writes = await readWrites(log, name, damage);
      const { opened, pending, parked } = writes;
      return { database: opened?.database, replicaId: opened?.replica, pending, parked, damage };
    } finally {
      await log.close();
    }
  } finally {
    lock.release();
  }
}

interface OpenPointer {
  /** Of the journal that counts, where that could be read. */
  readonly generation: number | undefined;
  release(): void;
}

function openPointer(path: string, damage: SyncError[]): OpenPointer {
  if (!existsSync(path)) {
    damage.push(storageDamaged(path, undefined, 'it is missing'));
    return { generation: undefined, release: () => {} };
  }
  let release = () => {};
  try {
    const store = openSqliteStore(path);
    release = () => store.close();
    return { generation: readPointer(store)?.generation, release };
  } catch (error) {
    if (!isDamage(error)) throw error;
    damage.push(error);
    return { generation: undefined, release };
  }
}

async function readWrites(log: Log, name: string, damage: SyncError[]): Promise<PendingWrites> {
  const writes = new PendingWrites();
  for (let position = 0; position < log.head; ) {
    try {
      for await (const { records } of log.read(position)) {
        for (const record of records) {
          position++;
          takeRecord(writes, record, name, position, damage);
        }
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      damage.push(error);
      position++;
    }
  }
  return writes;
}

function takeRecord(
  writes: PendingWrites,
  record: Uint8Array,
  name: string,
  position: number,
  damage: SyncError[],
): void {
  try {
    writes.apply(record);
  } catch (error) {
    if (!isDamage(error)) throw error;
    damage.push(storageDamaged(name, position, error.message, error));
  }
}

function isDamage(error: unknown): error is SyncError {
  return error instanceof SyncError && error.code === Code.dataLoss;
}
