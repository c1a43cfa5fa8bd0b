import type { Limits } from '../base/limits.ts';
import { positionOf, type Seq } from '../base/seq.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Home } from '../replica/home.ts';
import { settledIn } from '../replica/system-rows.ts';
import { PartStage } from './part-stage.ts';
import type { SyncSource } from './source.ts';

const nothing: readonly PreparedTransaction[] = [];

/** What sessions serve from where the home is: durable commits, and nothing tentative. See `SyncSource.onLostEnd`. */
export function homeSource(
  home: Home,
  logId: Uint8Array,
  database: string,
  limits: Limits,
  onLostEnd: (seq: Seq) => boolean = () => false,
): SyncSource {
  return {
    database,
    schema: home.schema,
    limits,
    authoritative: true,
    logId,
    state: home.state,
    holdings: undefined,
    parts: new PartStage(limits),
    checkAt: (seq) => home.checkAt(positionOf(seq)),
    onLostEnd,
    settledOf: (replica) => settledIn(home.state, replica),
    tentative: () => nothing,
    scopesOf: () => undefined,
  };
}
