import { knowsChain } from './chain-feed.ts';
import type { ClientSessionOptions } from './client-options.ts';
import { type Hello, protocolMax, protocolMin } from './messages.ts';
import { standingOf } from './position.ts';
import type { RowsFallback } from './rows-fallback.ts';

/** What a client's session says first: who it is, what it is to do, and where its replica stands now. */
export function helloOf(
  options: ClientSessionOptions,
  refuseUnfit: boolean,
  fallback: RowsFallback,
): Hello {
  const { replica, database, scopes, tables, compressions, level, teamCodecs, device } = options;
  const { encodings, unreadable } = fallback.greets(options.encodings);
  const { schema, relay } = replica.options;
  return {
    type: 'hello',
    ...{ relay, chainKnown: knowsChain(replica), refuseUnfit, outcomeRuns: true, ownRows: true },
    handshake: {
      ...{ protocolMin, protocolMax, database, device },
      schemaVersion: schema.version,
      schemaFingerprint: schema.fingerprint,
      replica: replica.id,
      former: replica.former,
    },
    subscription: {
      ...{ scopes, tables, encodings, compressions, level, shortCursors: true },
      ...(teamCodecs && { teamCodecs }),
      ...(unreadable && { unreadable }),
      ...standingOf(replica),
    },
  };
}
