import type { Clock } from '../base/clock.ts';
import type { Edit } from '../replica/amendment.ts';
import type { JournaledReplica } from '../replica/journaled-replica.ts';
import type { LocalTables } from '../replica/local-tables.ts';
import type { ReplicaJournal } from './replica-journal.ts';
import { type Written, type WrittenTransaction, writtenLocally } from './written-transaction.ts';
import type { WrittenTransactions } from './written-transactions.ts';

export interface ClientWriterOptions {
  readonly replica: JournaledReplica;
  readonly local: LocalTables;
  readonly written: WrittenTransactions;
  /** undefined: in memory. */
  readonly journal: ReplicaJournal | undefined;
  readonly clock: Clock;
  /** Whether edits of a row that follow one another become one transaction. */
  readonly coalesce: boolean;
  /** Throws where nothing may be written now. */
  readonly checkOpen: () => void;
  /** There may be something to send. */
  readonly onWritten: () => void;
}

/** Writes an app's edits: those of synced tables into the queue, those of local ones at once, and both together or not at all. */
export class ClientWriter {
  private readonly options: ClientWriterOptions;

  constructor(options: ClientWriterOptions) {
    this.options = options;
  }

  /** One edit; it may become a part of one that waits. */
  one(edit: Edit): Written {
    const { replica, local, written, clock, coalesce, checkOpen } = this.options;
    checkOpen();
    if (local.has(edit.table)) return this.locally([edit]);
    const amended = coalesce ? replica.amend(edit, clock.nowMs()) : undefined;
    return amended === undefined ? this.queue([edit]) : this.wrote(written.amend(amended));
  }

  all(edits: readonly Edit[]): Written {
    const { local, checkOpen } = this.options;
    checkOpen();
    const byPlace = Map.groupBy(edits, ({ table }) => local.has(table));
    const [ofLocal, others] = [byPlace.get(true), byPlace.get(false)];
    if (ofLocal === undefined) return this.queue(edits);
    if (others === undefined) return this.locally(ofLocal);
    // What is wrong with them is found before anything is written.
    const deltas = local.prepare(ofLocal);
    return this.together(() => {
      const queued = this.queue(others);
      local.write(deltas);
      return queued;
    });
  }

  private locally(edits: readonly Edit[]): Written {
    const { replica, local } = this.options;
    local.write(local.prepare(edits));
    return writtenLocally(replica.id, this.stored());
  }

  private queue(edits: readonly Edit[]): Written {
    const { replica, written, clock } = this.options;
    return this.wrote(written.add(replica.write(edits, clock.nowMs())));
  }

  private wrote(written: WrittenTransaction): Written {
    const stored = this.stored();
    this.options.onWritten();
    return written.with(stored);
  }

  private stored(): Promise<void> {
    return this.options.journal?.stored() ?? Promise.resolve();
  }

  private together<T>(write: () => T): T {
    const { journal } = this.options;
    return journal === undefined ? write() : journal.together(write);
  }
}
