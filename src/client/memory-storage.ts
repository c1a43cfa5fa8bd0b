import { randomBytes } from 'node:crypto';
import type { Log } from '../log/log.ts';
import { logClosed, logLocked } from '../log/log-errors.ts';
import { createMemoryLog, type MemoryRecords } from '../log/memory-log.ts';
import type { ClientStorage, JournalFiles, JournalLog } from './journal-files.ts';
import { storageDamaged } from './storage-errors.ts';

/**
 * Client storage in the memory of this process: what was written is there for the next `open` with it, as long as it is
 * referred to. For tests of an app, and for devices without a disk.
 */
export function memoryStorage(): ClientStorage {
  return new MemoryStorage();
}

const name = 'memory';

/** A journal, whoever has it open. */
interface KeptJournal {
  readonly id: Uint8Array;
  readonly kept: MemoryRecords;
}

class MemoryStorage implements ClientStorage {
  /** The one that counts. */
  journal: KeptJournal | undefined;
  private user: MemoryJournals | undefined;

  async open(): Promise<JournalFiles> {
    if (this.user !== undefined) throw logLocked(name, undefined);
    this.user = new MemoryJournals(this);
    return this.user;
  }

  /** Nothing of one that has let go of it before. */
  closed(user: MemoryJournals): void {
    if (this.user === user) this.user = undefined;
  }
}

/** The journals as one client has them open. */
class MemoryJournals implements JournalFiles {
  readonly name = name;
  private readonly storage: MemoryStorage;
  private current: Log | undefined;
  private begun: { readonly journal: KeptJournal; readonly log: Log } | undefined;
  private isClosed = false;

  constructor(storage: MemoryStorage) {
    this.storage = storage;
    this.current = storage.journal && openLog(storage.journal);
  }

  get log(): JournalLog | undefined {
    return this.current;
  }

  async reopen(): Promise<JournalLog> {
    this.checkOpen();
    const { journal } = this.storage;
    await this.closeLogs();
    if (journal === undefined) throw storageDamaged(name, undefined, 'it is empty');
    this.current = openLog(journal);
    return this.current;
  }

  async begin(): Promise<JournalLog> {
    this.checkOpen();
    const journal = { id: randomBytes(16), kept: { records: [], trimmed: 0 } };
    const log = openLog(journal);
    this.begun = { journal, log };
    return log;
  }

  async replace(): Promise<void> {
    this.checkOpen();
    const { begun, current } = this;
    this.storage.journal = begun!.journal;
    this.current = begun!.log;
    this.begun = undefined;
    await current?.close();
  }

  async discard(): Promise<void> {
    const { begun } = this;
    this.begun = undefined;
    await begun?.log.close();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.closeLogs();
    this.storage.closed(this);
  }

  private checkOpen(): void {
    if (this.isClosed) throw logClosed();
  }

  private async closeLogs(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.close();
    await this.discard();
  }
}

function openLog(journal: KeptJournal): Log {
  return createMemoryLog(journal);
}
