import type { Limits } from '../base/limits.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Home } from '../replica/home.ts';
import { settledIn } from '../replica/system-rows.ts';
import type { SyncSource } from './source.ts';

const nothing: readonly PreparedTransaction[] = [];

/** What sessions serve from where the home is: durable commits, and nothing tentative. */
export function homeSource(
  home: Home,
  logId: Uint8Array,
  database: string,
  limits: Limits,
): SyncSource {
  return {
    database,
    schema: home.schema,
    limits,
    authoritative: true,
    logId,
    state: home.state,
    holdings: undefined,
    settledOf: (replica) => settledIn(home.state, replica),
    tentative: () => nothing,
    scopesOf: () => undefined,
  };
}
