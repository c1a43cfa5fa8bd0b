import { ByteReader } from '../../src/base/bytes.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { decodeJournalRecord, type JournalRecord } from '../../src/replica/journal-record.ts';

/** Of a record of a journal what the checker has to know: its own transaction, or the cursor that it stores. */
export interface StoredPart {
  /** Of a version of it: what an edit was put into has another one. */
  readonly name: string | undefined;
  readonly cursor: Uint8Array | undefined;
}

const nothing: StoredPart = { name: undefined, cursor: undefined };
/** Magic, version and the number of the kind. */
const headBytes = 4;

/** Numbers of kinds in the format, which never change. */
const kindNumbers = { write: 1, stage: 4, copy: 9, queued: 13, amend: 25 } as const;
const ofOwn: readonly (number | undefined)[] = [
  ...[kindNumbers.write, kindNumbers.queued, kindNumbers.amend],
];

/** The name of a transaction with the moment at which it became what it is. */
export function versionOf({ replica, counter, stamp }: Transaction): string {
  return `${replica}/${counter} ${stamp}`;
}

/** Rows are most of a journal, and are not read. */
export function storedPart(record: Uint8Array): StoredPart {
  const kind = record[headBytes - 1];
  if (ofOwn.includes(kind)) {
    const { transaction } = decodeJournalRecord(record) as Extract<
      JournalRecord,
      { kind: 'write' | 'queued' | 'amend' }
    >;
    return { name: versionOf(transaction), cursor: undefined };
  }
  if (kind !== kindNumbers.stage && kind !== kindNumbers.copy) return nothing;
  const reader = new ByteReader(record.subarray(headBytes), 'journal record');
  return { name: undefined, cursor: reader.lengthBytes() };
}
