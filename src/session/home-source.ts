import type { Limits } from '../base/limits.ts';
import { positionOf, type Seq } from '../base/seq.ts';
import type { Steps } from '../base/steps.ts';
import type { Outcome } from '../change/commit.ts';
import { LevelPlans } from '../change/delta-plans.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Home } from '../replica/home.ts';
import { finalOutcomeSteps, settledIn } from '../replica/system-rows.ts';
import { LiveScans } from './live-scans.ts';
import type { TransactionPart } from './messages.ts';
import { PartStage } from './part-stage.ts';
import { SharedBlocks } from './shared-blocks.ts';
import type { SyncSource } from './source.ts';

const nothing: readonly PreparedTransaction[] = [];

/** No change of a transaction takes fewer bytes: its tag, its length, its operation, a table and a key. */
const changeBytesMin = 8;

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
    scanner: 0,
    logId,
    state: home.state,
    holdings: undefined,
    plans: new LevelPlans(),
    blocks: new SharedBlocks(limits.sharedBlocksBytesMax),
    live: new LiveScans(),
    parts: new PartStage(limits),
    checkAt: (seq) => home.checkAt(positionOf(seq)),
    hasLeft: () => false,
    onLostEnd,
    settledAs: ({ replica, counter, digest, totalBytes }) =>
      counter > settledIn(home.state, replica).counter
        ? undefined
        : settledSteps(home, { replica, counter, digest, totalBytes }, limits),
    settledOf: (replica) => settledIn(home.state, replica),
    tentative: () => nothing,
    carriedTo: () => 0,
    scopesOf: () => undefined,
  };
}

/** How many changes it has is not known, but no more than its bytes may have. */
function* settledSteps(
  home: Home,
  {
    replica,
    counter,
    digest,
    totalBytes,
  }: Pick<TransactionPart, 'replica' | 'counter' | 'digest' | 'totalBytes'>,
  { transactionChangesMax, stepChangesMax }: Limits,
): Steps<Outcome> {
  home.checkRetry(replica, counter, digest);
  const changesMax = Math.min(transactionChangesMax, Math.floor(totalBytes / changeBytesMin));
  return yield* finalOutcomeSteps(
    home.schema,
    home.state,
    { replica, counter, changesMax },
    stepChangesMax,
  );
}
