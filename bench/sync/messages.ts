import { SyncRequest } from '../../gen/ts/syncdb/v1/sync.ts';
import { type ClientMessage, protocolMax, protocolMin } from '../../src/session/messages.ts';
import { clientMessageToWire } from '../../src/wire/sync-messages.ts';
import { recordSchema } from '../support/record-table.ts';
import { databaseName } from './record-database.ts';

/** Bytes of what a client without the SDK says. */
export function encodedMessage(message: ClientMessage): Uint8Array {
  return SyncRequest.encode(clientMessageToWire(message)).finish();
}

/** The greeting of a replica that holds nothing yet. */
export function helloOf(replica: string, scope: string): Uint8Array {
  const { version: schemaVersion, fingerprint: schemaFingerprint } = recordSchema;
  return encodedMessage({
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
      encodings: ['columns'],
      shortCursors: true,
      compressions: ['zstd'],
    },
  });
}

export function ackOf(cursor: Uint8Array): Uint8Array {
  return encodedMessage({ type: 'ack', cursor });
}
