import { murmur32 } from '../base/digest.ts';
import { assert } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Seq } from '../base/seq.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import type { Settled } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { LevelPlans } from '../change/delta-plans.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Replica } from '../replica/replica.ts';
import type { Schema } from '../schema/table-def.ts';
import { decodeCursor } from './cursor.ts';
import { LiveScans } from './live-scans.ts';
import { PartStage } from './part-stage.ts';
import { SharedBlocks } from './shared-blocks.ts';
import type { SyncSource } from './source.ts';
import type { Served } from './subscription.ts';

/**
 * What a relay serves: its replica's copy as of the last checkpoint, and the transactions that it carries. It
 * serves only scopes and tables that it holds itself, so nobody takes for absent what it lacks. Its own transactions
 * are shown to others up to `storedCounter`: after a crash the counters behind it are given to other edits.
 */
export function replicaSource(
  replica: Replica,
  database: string,
  storedCounter: () => number = () => Number.MAX_SAFE_INTEGER,
): SyncSource {
  return new ReplicaSource(replica, database, storedCounter);
}

class ReplicaSource implements SyncSource {
  readonly database: string;
  readonly schema: Schema;
  readonly limits: Limits;
  readonly authoritative = false;
  readonly plans = new LevelPlans();
  readonly blocks: SharedBlocks;
  readonly live = new LiveScans();
  readonly parts: PartStage;
  private readonly replica: Replica;
  private readonly storedCounter: () => number;
  private carried: Carried = { queued: [], stored: 0, shown: [] };
  private copy: CopyIdentity = noCopy;
  private seenCursor: Uint8Array | undefined;

  constructor(replica: Replica, database: string, storedCounter: () => number) {
    const { schema, limits, relay } = replica.options;
    assert(relay, 'only a relay keeps what it takes to serve others');
    this.replica = replica;
    this.storedCounter = storedCounter;
    this.database = database;
    this.schema = schema;
    this.limits = limits;
    this.blocks = new SharedBlocks(limits.sharedBlocksBytesMax);
    this.parts = new PartStage(limits);
  }

  get state(): CommittedState {
    return this.replica.committed;
  }

  get scanner(): number {
    const name = encodeUtf8(this.replica.id);
    return Math.max(1, murmur32(name, 0, name.length, 0));
  }

  get logId(): Uint8Array {
    return this.identity().logId;
  }

  get holdings(): Served | undefined {
    return this.identity().holdings;
  }

  checkAt(seq: Seq): number | undefined {
    return seq === this.state.head ? this.identity().check : this.replica.checkAt(seq);
  }

  /** A relay keeps the outcomes of all, and not by which transactions a writer's older counters were settled. */
  settledAs(): undefined {
    return undefined;
  }

  hasLeft(seq: Seq, check: number): boolean {
    return this.replica.hasLeftChain(seq, check);
  }

  /** Only the home can tell. */
  onLostEnd(): boolean {
    return false;
  }

  settledOf(replica: string): Settled {
    return this.replica.settledOf(replica);
  }

  tentative(): readonly PreparedTransaction[] {
    // They may travel further than to this relay's clients, so they get their final bytes first.
    this.replica.seal();
    const { id, queue } = this.replica;
    const queued = queue.all();
    const stored = this.storedCounter();
    if (queued !== this.carried.queued || stored !== this.carried.stored) {
      const isStored = ({ transaction: { replica, counter } }: PreparedTransaction) =>
        replica !== id || counter <= stored;
      this.carried = { queued, stored, shown: queued.filter(isStored) };
    }
    return this.carried.shown;
  }

  carriedTo(writer: string): number {
    const { id, queue } = this.replica;
    const queued = queue.of(writer);
    if (queued.length === 0) return 0;
    const last = queued.at(-1)!.transaction.counter;
    const shown = writer === id ? Math.min(last, this.storedCounter()) : last;
    return shown < queued[0]!.transaction.counter ? 0 : shown;
  }

  scopesOf(prepared: PreparedTransaction): readonly string[] | undefined {
    return this.replica.scopesOf(prepared);
  }

  private identity(): CopyIdentity {
    const { shownCursor, proven } = this.replica;
    // What a wrong copy says would be proven by its own digests: until there is another there is none.
    if (!proven || shownCursor.length === 0) return noCopy;
    if (shownCursor === this.seenCursor) return this.copy;
    this.seenCursor = shownCursor;
    this.copy = identityOf(shownCursor, this.limits, this.copy);
    return this.copy;
  }
}

/** The queue, and what of it others may see. */
interface Carried {
  readonly queued: readonly PreparedTransaction[];
  readonly stored: number;
  readonly shown: readonly PreparedTransaction[];
}

/** Which log a copy is of, and what of the database it holds. */
interface CopyIdentity {
  readonly logId: Uint8Array;
  readonly check: number | undefined;
  readonly holdings: Served | undefined;
}

const noCopy: CopyIdentity = { logId: new Uint8Array(0), check: undefined, holdings: undefined };

/** All of it stands in the cursor of the checkpoint that is shown, where the replica's groups are one. */
function identityOf(bytes: Uint8Array, limits: Limits, known: CopyIdentity): CopyIdentity {
  const { logId, check, groups } = decodeCursor(bytes, limits);
  const { scopes, tables } = groups[0]!;
  const holdings = { scopes, tables };
  return {
    logId,
    check,
    holdings: sameServed(holdings, known.holdings) ? known.holdings : holdings,
  };
}

function sameServed(left: Served, right: Served | undefined): boolean {
  return (
    right !== undefined &&
    left.scopes.join('\n') === right.scopes.join('\n') &&
    left.tables.join() === right.tables.join()
  );
}
