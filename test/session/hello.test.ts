import { expect, test } from 'vitest';
import { helloOf } from '../../src/session/hello.ts';
import { RowsFallback } from '../../src/session/rows-fallback.ts';
import { simSchema } from '../support/sim-schema.ts';
import { databaseName, testReplica } from './support/hosts.ts';

test('says who it is and what it wants, as it is when it is said', () => {
  const replica = testReplica('p');
  const options = {
    ...{ replica, database: databaseName, tables: [], device: { name: 'phone' } as never },
    scopes: ['site/a'],
    encodings: ['packed'],
    compressions: ['zstd'],
  } as const;
  expect(helloOf(options, true, new RowsFallback())).toEqual({
    ...{ type: 'hello', relay: false, refuseUnfit: true, chainKnown: false, outcomeRuns: true },
    ownRows: true,
    handshake: {
      ...{ protocolMin: 1, protocolMax: 1, database: databaseName, replica: 'p', former: [] },
      schemaVersion: simSchema.version,
      schemaFingerprint: simSchema.fingerprint,
      device: { name: 'phone' },
    },
    subscription: {
      ...{ scopes: ['site/a'], tables: [], encodings: ['packed'], compressions: ['zstd'] },
      ...{ cursor: replica.cursor, shownCursor: replica.shownCursor, isShownLost: false },
      shortCursors: true,
    },
  });
});
