import { resolve } from 'node:path';
import { isDataLoss, type SyncError } from '../base/errors.ts';
import type { Transaction } from '../change/transaction.ts';
import { inspectFile } from '../log/inspected-file.ts';
import { logFormat } from '../log/log-file.ts';
import type { SqlConnection } from '../log/sqlite-driver.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';
import { type SalvagedJournal, salvageJournal, salvageNewest } from './salvaged-journal.ts';
import { unionOf } from './salvaged-writes.ts';
import type { SqliteStorageOptions } from './sqlite-storage.ts';
import { storageDamaged } from './storage-errors.ts';
import { fileProblem, journalGenerations, journalPath } from './storage-folder.ts';
import { decodeStoragePointer, journalProblem, type StoragePointer } from './storage-pointer.ts';

/** What could be read of a damaged storage. */
export interface Salvaged {
  /** Whose storage it is, where that could be read. */
  readonly database: string | undefined;
  readonly replicaId: string | undefined;
  /** Whether it is that of a relay. */
  readonly relay: boolean | undefined;
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
 * Changes nothing. Where it cannot be told which journal counts, or that one is damaged, it reads all that there are.
 * Rejects with FAILED_PRECONDITION LOG_LOCKED where the storage is open, and with DATA_LOSS where nothing of any journal
 * can be read.
 */
export async function salvageStorage(options: SqliteStorageOptions): Promise<Salvaged> {
  const salvage = new Salvage(resolve(options.path));
  salvage.read();
  const { journals, failures, damage } = salvage;
  if (journals.length === 0) throw failures[0]!;
  const writes = journals.map((journal) => journal.writes);
  const { opened } = writes.find((each) => each.opened !== undefined) ?? {};
  return {
    ...{ database: opened?.database, replicaId: opened?.replica, relay: opened?.relay },
    ...unionOf(writes),
    damage: [...damage, ...failures, ...journals.flatMap((journal) => journal.damage)],
  };
}

/** What is read of the files of one storage. */
class Salvage {
  /** The newest first. */
  readonly journals: SalvagedJournal[] = [];
  /** Journals of which nothing could be read. */
  readonly failures: SyncError[] = [];
  /** What else is wrong. */
  readonly damage: SyncError[] = [];
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  read(): void {
    const { path } = this;
    const problem = fileProblem(path);
    if (problem !== undefined) {
      this.damage.push(storageDamaged(path, undefined, problem));
      this.readJournals(undefined);
      return;
    }
    try {
      // It is held while the journals are read: nobody opens the storage meanwhile.
      inspectFile(path, logFormat.errors, (db) => this.readJournals(this.pointerIn(db)));
    } catch (error) {
      if (!isDataLoss(error)) throw error;
      this.damage.push(error);
      this.readJournals(undefined);
    }
  }

  private pointerIn(db: SqlConnection): StoragePointer | undefined {
    const { path } = this;
    const { newest, damage } = salvageNewest(db, path);
    this.damage.push(...damage);
    try {
      if (newest !== undefined) return decodeStoragePointer(newest);
      if (damage.length === 0) {
        this.damage.push(storageDamaged(path, undefined, 'it names no journal'));
      }
    } catch (error) {
      if (!isDataLoss(error)) throw error;
      this.damage.push(storageDamaged(path, undefined, error.message, error));
    }
    return undefined;
  }

  /** The one that counts, and the others where that is not enough, the newest first. Raises nothing of damage. */
  private readJournals(pointed: StoragePointer | undefined): void {
    const others = journalGenerations(this.path).reverse();
    const first = pointed?.generation ?? others[0] ?? 1;
    for (const generation of new Set([first, ...others])) {
      if (this.readJournal(generation, generation === pointed?.generation ? pointed : undefined)) {
        return;
      }
    }
  }

  /** Whether it has all that the storage has. */
  private readJournal(generation: number, pointed: StoragePointer | undefined): boolean {
    const name = journalPath(this.path, generation);
    try {
      const missing = fileProblem(name);
      if (missing !== undefined) throw storageDamaged(name, undefined, missing);
      const journal = salvageJournal(name);
      this.journals.push(journal);
      const problem = pointed && journal.log && journalProblem(name, pointed, journal.log);
      if (problem !== undefined) this.damage.push(problem);
      return problem === undefined && journal.damage.length === 0 && journal.writes.isWhole;
    } catch (error) {
      if (!isDataLoss(error)) throw error;
      this.failures.push(error);
      return false;
    }
  }
}
