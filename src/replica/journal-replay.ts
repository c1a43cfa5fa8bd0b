import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Schema } from '../schema/table-def.ts';
import { decodeJournalRecord, type JournalRecord, type Opened } from './journal-record.ts';
import { JournaledReplica } from './journaled-replica.ts';
import { type LocalTables, noLocalTables } from './local-tables.ts';

/** Parts of a state, which grow with what a replica holds and not with how long it has been held. */
const stateKinds: ReadonlySet<JournalRecord['kind']> = new Set([
  ...(['copy', 'rows', 'staged', 'writer', 'queued', 'parked'] as const),
  ...(['kept', 'quarantined', 'history', 'chain', 'leftChain', 'localRows'] as const),
]);

/** Makes a replica out of its journal, record by record. */
export class JournalReplay {
  /** Bytes of all records. */
  bytes = 0;
  /** Bytes of those that are parts of a state. */
  stateBytes = 0;
  private readonly schema: Schema;
  private readonly limits: Limits;
  private readonly local: LocalTables;
  private made: { opened: Opened; readonly replica: JournaledReplica } | undefined;

  /** `local` takes the rows of tables that never leave the device. */
  constructor(schema: Schema, limits: Limits, local = noLocalTables(limits)) {
    this.schema = schema;
    this.limits = limits;
    this.local = local;
  }

  /** Whose journal it is; undefined before the first record. It is to be checked before the next: rows are read by it. */
  get opened(): Opened | undefined {
    return this.made?.opened;
  }

  /** The replica as of the last record, and within its limits; undefined before the first. */
  finish(): JournaledReplica | undefined {
    this.made?.replica.replayed();
    return this.made?.replica;
  }

  /** DATA_LOSS MALFORMED_BYTES where a record does not parse; else what `JournaledReplica.apply` raises. */
  apply(bytes: Uint8Array): void {
    const record = decodeJournalRecord(bytes);
    this.bytes += bytes.length;
    if (stateKinds.has(record.kind)) this.stateBytes += bytes.length;
    if (record.kind === 'opened') this.open(record.opened);
    else if (this.made === undefined) throw noOpening();
    else if (record.kind === 'local' || record.kind === 'localRows')
      this.local.apply(record.deltas);
    else this.made.replica.apply(record);
  }

  private open(opened: Opened): void {
    if (this.made !== undefined) {
      this.made.opened = opened;
      return;
    }
    const { schema, limits } = this;
    const { replica: id, relay } = opened;
    this.made = { opened, replica: new JournaledReplica({ schema, limits, id, relay }) };
  }
}

function noOpening(): SyncError {
  return new SyncError(
    Code.dataLoss,
    'JOURNAL_MISFIT',
    'a journal begins with whose it is, and this one does not',
  );
}
