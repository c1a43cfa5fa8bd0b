/** The rows that every subscriber holds, and the one that is changed again and again. */
import { Change } from '../../gen/ts/syncdb/v1/data.ts';
import { SyncRequest } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Change as PlainChange } from '../../src/change/transaction.ts';
import { protocolMax, protocolMin } from '../../src/session/messages.ts';
import { changeToWire } from '../../src/wire/changes.ts';
import { clientMessageToWire } from '../../src/wire/sync-messages.ts';
import { cellsOf, maskOfEdit, recordSchema } from '../support/record-table.ts';
import { recordAt, type SiteRecord } from '../support/records.ts';
import { changeOf, databaseName } from '../sync/record-database.ts';

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
  return encoded({ type: 'push', transactions: [transaction] });
}

export function helloOf(replica: string, scope: string): Uint8Array {
  const { version: schemaVersion, fingerprint: schemaFingerprint } = recordSchema;
  return encoded({
    type: 'hello',
    relay: false,
    handshake: {
      ...{ protocolMin, protocolMax, database: databaseName, schemaVersion, schemaFingerprint },
      replica,
      former: [],
    },
    subscription: {
      scopes: [scope],
      tables: [],
      cursor: new Uint8Array(0),
      shownCursor: new Uint8Array(0),
      encodings: ['packed'],
      compressions: ['zstd'],
    },
  });
}

export function ackOf(cursor: Uint8Array): Uint8Array {
  return encoded({ type: 'ack', cursor });
}

function encoded(message: Parameters<typeof clientMessageToWire>[0]): Uint8Array {
  return SyncRequest.encode(clientMessageToWire(message)).finish();
}
