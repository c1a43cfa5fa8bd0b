import { existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isDataLoss, type SyncError } from '../base/errors.ts';
import type { Log } from '../log/log.ts';
import { logClosed } from '../log/log-errors.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openSqliteStore, type SqliteStore } from '../log/sqlite-store.ts';
import type { ClientStorage, JournalFiles } from './journal-files.ts';
import { storageDamaged } from './storage-errors.ts';
import {
  fileProblem,
  isEmpty,
  journalFiles,
  journalGenerations,
  journalPath,
  syncFolder,
} from './storage-folder.ts';
import {
  decodeStoragePointer,
  encodeStoragePointer,
  journalProblem,
  type StoragePointer,
} from './storage-pointer.ts';

export interface SqliteStorageOptions {
  /**
   * The storage's file. Its folder must exist. Beside it stand the journal, which is `path` with a number behind it, and
   * what SQLite keeps beside each; together they are the storage of one replica.
   */
  readonly path: string;
}

/** Client storage in SQLite files; see `SqliteStorageOptions`. */
export function sqliteStorage(options: SqliteStorageOptions): ClientStorage {
  const path = resolve(options.path);
  return {
    async open() {
      const files = new SqliteFiles(path);
      try {
        await files.load();
        return files;
      } catch (error) {
        await files.close();
        throw error;
      }
    },
  };
}

/** What the storage's file says last; undefined for a new one. Raises what the log does, and DATA_LOSS MALFORMED_BYTES. */
function readPointer(store: SqliteStore): StoragePointer | undefined {
  if (store.head === 0) return undefined;
  return decodeStoragePointer(store.read(store.head - 1, store.head).records[0]!);
}

/**
 * The file at `path` is a log whose last record names the journal that counts. It stays open, and so locked, as long as
 * the storage is; and one append to it, which is tiny, makes another journal count. A rename would not do: SQLite keeps
 * a second file beside each, which it finds by name, and a file that was renamed over would meet the other's.
 */
class SqliteFiles implements JournalFiles {
  private readonly path: string;
  private pointer: SqliteStore | undefined;
  private current: Log | undefined;
  private begun: Log | undefined;
  /** Of the journal that counts; 0 while none does. */
  private generation = 0;
  private begunGeneration = 0;
  private isClosed = false;

  constructor(path: string) {
    this.path = path;
  }

  get name(): string {
    return this.generation === 0 ? this.path : journalPath(this.path, this.generation);
  }

  get log(): Log | undefined {
    return this.current;
  }

  async reopen(): Promise<Log> {
    this.checkOpen();
    await this.load();
    if (this.current === undefined) throw storageDamaged(this.path, undefined, 'it is empty');
    return this.current;
  }

  /** Opens the journal that counts, where one does. A storage that it refuses is as it was. */
  async load(): Promise<void> {
    await this.closeAll();
    // Before it is opened, which would make one.
    const isKnown = journalGenerations(this.path).length > 0;
    const problem = fileProblem(this.path);
    if (isKnown && problem !== undefined) throw unnamedJournal(this.path, problem);
    const pointer = await undamaged(this.path, () => openSqliteStore(this.path));
    this.pointer = pointer;
    const pointed = await undamaged(this.path, () => readPointer(pointer));
    this.generation = pointed?.generation ?? 0;
    if (pointed === undefined) this.checkNew();
    else await this.openPointed(pointed);
    // One that was begun and does not count; one that no longer does.
    this.removeOthers();
  }

  async begin(): Promise<Log> {
    this.checkOpen();
    // Never the name of one of which something may be left: SQLite would take its WAL for that of the new one.
    this.begunGeneration = Math.max(this.generation, ...journalGenerations(this.path)) + 1;
    this.begun = await openSqliteLog({ path: journalPath(this.path, this.begunGeneration) });
    return this.begun;
  }

  async replace(): Promise<void> {
    this.checkOpen();
    const { begun, current, begunGeneration } = this;
    this.point(begun!, begunGeneration);
    this.generation = begunGeneration;
    this.current = begun;
    this.begun = undefined;
    if (current === undefined) this.foldPointer();
    await current?.close();
    this.removeOthers();
  }

  async discard(): Promise<void> {
    const { begun } = this;
    if (begun === undefined) return;
    this.begun = undefined;
    await begun.close();
    this.removeOthers();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.closeAll();
  }

  private checkOpen(): void {
    if (this.isClosed) throw logClosed();
  }

  private async closeAll(): Promise<void> {
    const { pointer, current, begun } = this;
    this.pointer = undefined;
    this.current = undefined;
    this.begun = undefined;
    await current?.close();
    await begun?.close();
    // Last: as long as it is open nobody else opens the others.
    pointer?.close();
  }

  private async openPointed(pointed: StoragePointer): Promise<void> {
    const { name } = this;
    const missing = fileProblem(name);
    if (missing !== undefined) throw storageDamaged(name, undefined, missing);
    this.current = await undamaged(name, () => openSqliteLog({ path: name }));
    const problem = journalProblem(name, pointed, this.current);
    if (problem !== undefined) throw problem;
  }

  /** A new storage, perhaps one that was cut short while it was made; or nobody's edits are to go with its pointer. */
  private checkNew(): void {
    for (const generation of journalGenerations(this.path)) {
      const name = journalPath(this.path, generation);
      if (isEmpty(name)) continue;
      // The first record says whose it is, and is there before the journal counts. Edits come behind.
      const isBegun = existsSync(name) && recordsIn(name) <= 1;
      if (!isBegun) throw unnamedJournal(this.path, 'it names no journal');
    }
  }

  /** From now on that log is the journal that counts. */
  private point({ id: logId, head }: Log, generation: number): void {
    const pointer = this.pointer!;
    // Its file must not be gone after a crash when this record is there.
    syncFolder(dirname(this.path));
    pointer.append(pointer.head, [encodeStoragePointer({ generation, logId, head })]);
  }

  /**
   * SQLite moves what a write-ahead log has into the file as it is closed. So a copy of the files without their write-ahead
   * logs cannot be taken for a new storage: it names a journal, which is found to lack what it had.
   */
  private foldPointer(): void {
    this.pointer!.close();
    this.pointer = undefined;
    this.pointer = openSqliteStore(this.path);
  }

  /** Removes journals that do not count. What the system keeps now goes the next time. */
  private removeOthers(): void {
    for (const { name, generation } of journalFiles(this.path)) {
      if (generation === this.generation) continue;
      try {
        rmSync(join(dirname(this.path), name), { force: true });
      } catch {}
    }
  }
}

/** How many records a log has; DATA_LOSS STORAGE_DAMAGED where it is none. */
function recordsIn(path: string): number {
  try {
    const store = openSqliteStore(path);
    store.close();
    return store.head;
  } catch (error) {
    throw damageOf(path, error);
  }
}

function unnamedJournal(path: string, problem: string): SyncError {
  return storageDamaged(path, undefined, `${problem}, and there is a journal beside it`);
}

/** Says of damage that it is the storage's, and what can be done. */
async function undamaged<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw damageOf(path, error);
  }
}

function damageOf(path: string, error: unknown): unknown {
  if (!isDataLoss(error)) return error;
  return storageDamaged(path, undefined, error.message, error);
}
