import { closeSync, existsSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { bytesEqual } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Log } from '../log/log.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openSqliteStore, type SqliteStore } from '../log/sqlite-store.ts';
import type { ClientStorage, JournalFiles } from './journal-files.ts';
import { storageDamaged } from './storage-errors.ts';
import {
  decodeStoragePointer,
  encodeStoragePointer,
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
        await files.reopen();
        return files;
      } catch (error) {
        await files.close();
        throw error;
      }
    },
  };
}

/** Path of the journal of a generation. */
export function journalPath(path: string, generation: number): string {
  return `${path}.${generation}`;
}

/** Generations of which a journal's file is there. */
export function journalGenerations(path: string): number[] {
  const generations = journalFiles(path).map(({ generation }) => generation);
  return [...new Set(generations)].sort((left, right) => left - right);
}

/** What the storage's file says last; undefined for a new one. Raises what the log does, and DATA_LOSS MALFORMED_BYTES. */
export function readPointer(store: SqliteStore): StoragePointer | undefined {
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
  private generation = 1;
  private begunGeneration = 1;

  constructor(path: string) {
    this.path = path;
  }

  get name(): string {
    return journalPath(this.path, this.generation);
  }

  get log(): Log {
    return this.current!;
  }

  async reopen(): Promise<Log> {
    await this.close();
    const pointer = await undamaged(this.path, () => openSqliteStore(this.path));
    this.pointer = pointer;
    const pointed = await undamaged(this.path, () => readPointer(pointer));
    this.generation = pointed?.generation ?? 1;
    if (pointed !== undefined && !existsSync(this.name)) {
      throw storageDamaged(this.name, undefined, 'it is missing');
    }
    this.current = await undamaged(this.name, () => openSqliteLog({ path: this.name }));
    if (pointed === undefined) this.pointFirst(pointer, this.current);
    else if (!bytesEqual(pointed.logId, this.current.id)) {
      throw storageDamaged(this.name, undefined, 'it is not the journal that belongs here');
    }
    // One that was begun and does not count; one that no longer does.
    this.removeOthers();
    return this.current;
  }

  async begin(): Promise<Log> {
    // Never the name of one of which something may be left: SQLite would take its WAL for that of the new one.
    this.begunGeneration = Math.max(this.generation, ...journalGenerations(this.path)) + 1;
    this.begun = await openSqliteLog({ path: journalPath(this.path, this.begunGeneration) });
    return this.begun;
  }

  async replace(): Promise<void> {
    const { begun, current, begunGeneration } = this;
    this.point(this.pointer!, begun!, begunGeneration);
    this.generation = begunGeneration;
    this.current = begun;
    this.begun = undefined;
    await current!.close();
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
    const { pointer, current, begun } = this;
    this.pointer = undefined;
    this.current = undefined;
    this.begun = undefined;
    await current?.close();
    await begun?.close();
    // Last: as long as it is open nobody else opens the others.
    pointer?.close();
  }

  /** A new storage; or its file is gone, and nobody's edits are to go with it. */
  private pointFirst(pointer: SqliteStore, log: Log): void {
    if (log.head > 0 || journalGenerations(this.path).length > 1) {
      throw storageDamaged(this.path, undefined, 'it names no journal, and there is one beside it');
    }
    this.point(pointer, log, this.generation);
  }

  /** From now on that log is the journal that counts. */
  private point(pointer: SqliteStore, { id }: Log, generation: number): void {
    // Its file must not be gone after a crash when this record is there.
    syncFolder(dirname(this.path));
    const record = encodeStoragePointer({ generation, logId: id });
    pointer.append(pointer.head, [record]);
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

/** Says of damage that it is the storage's, and what can be done. */
async function undamaged<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== Code.dataLoss) throw error;
    throw storageDamaged(path, undefined, error.message, error);
  }
}

/** The journals' files, with those that SQLite keeps beside them. */
function journalFiles(path: string): { name: string; generation: number }[] {
  const start = `${basename(path)}.`;
  return readdirSync(dirname(path)).flatMap((name) => {
    const ending = name.startsWith(start) ? name.slice(start.length) : '';
    const [, digits] = /^([1-9]\d*)(?:-wal|-shm|-journal)?$/.exec(ending) ?? [];
    return digits === undefined ? [] : [{ name, generation: Number(digits) }];
  });
}

/** Brings the names of files to stable storage, where the system can. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
