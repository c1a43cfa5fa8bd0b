/** The rows that every subscriber holds, and the one that is changed again and again. */
import { Change } from '../../gen/ts/syncdb/v1/data.ts';
import type { Change as PlainChange } from '../../src/change/transaction.ts';
import { changeToWire } from '../../src/wire/changes.ts';
import { cellsOf, maskOfEdit } from '../support/record-table.ts';
import { recordAt, type SiteRecord } from '../support/records.ts';
import { encodedMessage } from '../sync/messages.ts';
import { changeOf } from '../sync/record-database.ts';

export const siteId = 'site-000';
export const writerId = 'writer';

/** Rows that a subscriber holds: one site, as a phone in the field has it. */
export const rowCount = 100;

export function recordIn(index: number): SiteRecord {
  return { ...recordAt(index), siteId };
}

/** Ticks one row, and says when: two fields of thirteen. */
export function updateOf(number: number): PlainChange {
  const record = recordIn(0);
  const edit = { done: number % 2 === 1, updated: record.updated + number };
  return changeOf(cellsOf({ ...record, ...edit }), maskOfEdit(edit));
}

/** The same as a server without SyncDB would pass it on. */
export function plainUpdateOf(number: number): Uint8Array {
  return Change.encode(changeToWire(updateOf(number))).finish();
}

/** One transaction of the writer's. */
export function pushOf(number: number): Uint8Array {
  const transaction = {
    replica: writerId,
    counter: number,
    previousDigest: new Uint8Array(0),
    stamp: Date.now() * 1024,
    schemaVersion: 0,
    changes: [number === 1 ? changeOf(cellsOf(recordIn(0))) : updateOf(number)],
  };
  return encodedMessage({ type: 'push', transactions: [transaction] });
}
