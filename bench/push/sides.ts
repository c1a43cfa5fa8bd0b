import type { Change } from '../../src/change/transaction.ts';
import { createRandom } from '../support/random.ts';
import { cellsOf, maskOfEdit } from '../support/record-table.ts';
import { editOf, type RecordEdit, recordAt, type SiteRecord } from '../support/records.ts';
import { changeOf } from '../sync/record-database.ts';

/** SyncDB, or a plain gRPC service over SQLite. */
export type Kind = 'sync' | 'plain';

/** What the servers of both kinds can do; both keep their rows in SQLite. */
export type PushServerSide = {
  /** Listens, with the first rows. Returns the port. */
  start(): Promise<number>;
  /** Throws unless it has all rows as they are after the edits. */
  verify(): void | Promise<void>;
};

/** What the clients of both kinds can do. */
export type PushClientSide = {
  /** Gets the rows where it needs them, and makes the edits offline. */
  prepare(from: { readonly port: number }): Promise<void>;
  /** Connects, and pushes until the server has said that all edits are durable. Returns the seconds. */
  push(): Promise<number>;
};

export const rowCount = 1_000;
const updates = 800;
const inserts = 200;

/** What is done offline, in this order: a field or two of 800 rows, and 200 rows that are new, in between. */
export interface OfflineEdit {
  readonly record: SiteRecord;
  /** Fields of a row that is there; undefined for a new row. */
  readonly edit: RecordEdit | undefined;
}

export function offlineEdits(): OfflineEdit[] {
  const random = createRandom(11);
  return Array.from({ length: updates + inserts }, (_, index) => {
    const isNew = index % 5 === 4;
    const number = isNew ? rowCount + Math.floor(index / 5) : index - Math.floor(index / 5);
    const record = recordAt(number);
    return { record, edit: isNew ? undefined : editOf(record, random) };
  });
}

/** All rows as they are after the edits. */
export function recordsAfter(): SiteRecord[] {
  const edits = offlineEdits();
  const edited = new Map(edits.map(({ record, edit }) => [record.id, { ...record, ...edit }]));
  return Array.from({ length: rowCount + inserts }, (_, index) => {
    const record = recordAt(index);
    return edited.get(record.id) ?? record;
  });
}

/** An edit as a change: the fields that it sets, and no others. */
export function changeOfEdit({ record, edit }: OfflineEdit): Change {
  const cells = cellsOf({ ...record, ...edit });
  return edit === undefined ? changeOf(cells) : changeOf(cells, maskOfEdit(edit));
}
