import { type Child, startChild } from '../support/child.ts';
import type { ClientSide, ServerSide } from './sides.ts';

/** SyncDB, or the pages of JSON over HTTP that it is measured against. */
export type Kind = 'sync' | 'json';

export function startServer(kind: Kind): Promise<Child<ServerSide>> {
  return startChild(new URL(`./${kind}-server.ts`, import.meta.url));
}

export function startClient(kind: Kind): Promise<Child<ClientSide>> {
  return startChild(new URL(`./${kind}-client.ts`, import.meta.url));
}
