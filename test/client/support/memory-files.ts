/** Journals in memory that fail as told, and that outlive the process that wrote them. */
import { Code, SyncError } from '../../../src/base/errors.ts';
import type { ClientStorage, JournalFiles, JournalLog } from '../../../src/client/journal-files.ts';
import type { LogSlice } from '../../../src/log/log.ts';
import { diskFull, headMoved, logCorrupt, outcomeUnknown } from '../../../src/log/log-errors.ts';

/** What the medium does with an append, or with the change from one journal to the next. */
export type Fault = 'full' | 'lost' | 'there';

class Journal {
  readonly id: Uint8Array;
  readonly records: Uint8Array[] = [];

  constructor(number: number) {
    this.id = new Uint8Array(16).fill(number);
  }
}

export class MemoryFiles implements JournalFiles, ClientStorage {
  readonly name = 'journal';
  /** Faults of the next appends and replacements, in order; undefined for none. */
  faults: (Fault | undefined)[] = [];
  /** Faults that come once another journal was begun. */
  faultsOfNext: (Fault | undefined)[] | undefined;
  /** While set every append fails with it. */
  fault: Fault | undefined;
  /** Each append waits for this. */
  gate: Promise<void> = Promise.resolve();
  /** While set, nothing can be opened. */
  openError: SyncError | undefined;
  /** The position of a record that cannot be read. */
  corruptAt: number | undefined;
  appends = 0;
  replacements = 0;
  discards = 0;
  isOpen = false;
  private number = 1;
  private isNew = true;
  private current = new Journal(1);
  private begun: Journal | undefined;
  private handle: JournalLog;

  constructor() {
    this.handle = this.logOf(this.current);
  }

  get records(): readonly Uint8Array[] {
    return this.current.records;
  }

  get isBegun(): boolean {
    return this.begun !== undefined;
  }

  /** Changes what is stored behind the back of whoever has it open. */
  tamper(change: (records: Uint8Array[]) => void): void {
    this.isNew = false;
    change(this.current.records);
  }

  async open(): Promise<JournalFiles> {
    this.isOpen = true;
    await this.reopen();
    return this;
  }

  get log(): JournalLog | undefined {
    return this.isNew ? undefined : this.handle;
  }

  async reopen(): Promise<JournalLog> {
    await Promise.resolve();
    if (this.openError !== undefined) throw this.openError;
    this.begun = undefined;
    this.handle = this.logOf(this.current);
    return this.handle;
  }

  async begin(): Promise<JournalLog> {
    await Promise.resolve();
    if (this.openError !== undefined) throw this.openError;
    this.begun = new Journal(++this.number);
    this.faults = this.faultsOfNext ?? this.faults;
    this.faultsOfNext = undefined;
    return this.logOf(this.begun);
  }

  async replace(): Promise<void> {
    if (!this.isNew) this.replacements++;
    await Promise.resolve();
    const fault = this.takeFault();
    if (fault === 'full') throw diskFull('pointer', undefined);
    if (fault !== 'lost') {
      this.current = this.begun!;
      this.isNew = false;
    }
    if (fault !== undefined) throw outcomeUnknown('pointer');
    this.handle = this.logOf(this.current);
    this.begun = undefined;
  }

  async discard(): Promise<void> {
    if (this.isBegun) this.discards++;
    this.begun = undefined;
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  private takeFault(): Fault | undefined {
    return this.fault ?? this.faults.shift();
  }

  private logOf(journal: Journal): JournalLog {
    let { length: head } = journal.records;
    const append = async (expectedHead: number, records: readonly Uint8Array[]) => {
      const copies = records.map((record) => record.slice());
      await this.gate;
      this.appends++;
      if (expectedHead !== journal.records.length) {
        throw headMoved(expectedHead, journal.records.length);
      }
      const fault = this.takeFault();
      if (fault === 'full') throw diskFull(this.name, undefined);
      if (fault !== 'lost') journal.records.push(...copies);
      if (fault !== undefined) throw outcomeUnknown(this.name);
      head = journal.records.length;
      return head;
    };
    return {
      id: journal.id,
      get head() {
        return head;
      },
      append,
      read: (after) => this.slices(journal, after),
    };
  }

  private async *slices(journal: Journal, after: number): AsyncGenerator<LogSlice> {
    for (const [index, record] of journal.records.entries()) {
      if (index < after) continue;
      if (index + 1 === this.corruptAt)
        throw logCorrupt(this.name, index + 1, 'its checksum is wrong');
      yield { first: index + 1, records: [record] };
    }
  }
}

export function ioError(): SyncError {
  return new SyncError(Code.unavailable, 'LOG_READ_FAILED', 'the disk does not answer');
}
