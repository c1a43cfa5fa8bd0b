import type { Limits } from '../base/limits.ts';
import type { Seq } from '../base/seq.ts';
import type { Steps } from '../base/steps.ts';
import type { Outcome, Settled } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { LevelPlans } from '../change/delta-plans.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Schema } from '../schema/table-def.ts';
import type { LiveScans } from './live-scans.ts';
import type { TransactionPart } from './messages.ts';
import type { PartStage } from './part-stage.ts';
import type { SharedBlocks } from './shared-blocks.ts';
import type { Served } from './subscription.ts';

/** What a server side session serves from: a home, or a replica that serves others. */
export interface SyncSource {
  readonly database: string;
  readonly schema: Schema;
  readonly limits: Limits;
  /**
   * True at the home: a position that it does not know yet never was. A relay may only be behind, so there the
   * receiver waits until it has caught up.
   */
  readonly authoritative: boolean;
  /**
   * 0 at the home, which knows at which commit each row left each scope; another for each relay, which takes what came between
   * two of its checkpoints for one change, so that a row leaves there later than it did.
   */
  readonly scanner: number;
  /** Identity of the log; empty while a relay does not know it yet, and then there is nothing to serve. */
  readonly logId: Uint8Array;
  /** Durable, complete state. Another object after a relay began anew. */
  readonly state: CommittedState;
  /**
   * What of the database the state holds; undefined for all of it. The same object until it changes, which a
   * session takes as a new source: its client may have been told of scopes that the relay knew nothing of.
   */
  readonly holdings: Served | undefined;
  /** What was chosen for the columns of what is sent. */
  readonly plans: LevelPlans;
  /** What was made for one first sync and suits others. */
  readonly blocks: SharedBlocks;
  /** What was looked at for one receiver at the head and suits others. */
  readonly live: LiveScans;
  /** What has come of transactions in parts, over whichever session. */
  readonly parts: PartStage;
  /**
   * What became of the transaction that a part is of, where that is settled: then nothing of it need come. FAILED_PRECONDITION
   * REPLICA_FORKED or COUNTER_FORGOTTEN, from the first step, where another one is settled in its place. Undefined where none
   * is, and where nobody can tell without its bytes.
   */
  settledAs(part: TransactionPart): Steps<Outcome> | undefined;
  /**
   * Four bytes of the log's chain hash at a commit, or at the one that has its place in another history; undefined where
   * they are not known. They always are at the state's head.
   */
  checkAt(seq: Seq): number | undefined;
  /**
   * Whether a relay had the commit with this check itself, in a copy of a history that whoever it follows has not gone on with.
   * A home knows of none.
   */
  hasLeft(seq: Seq, check: number): boolean;
  /**
   * A receiver has commit `seq`, which this home once acknowledged and does not have. True where it lost that when its log
   * was opened: then it begins a new epoch.
   */
  onLostEnd(seq: Seq): boolean;
  /** How far a writer is settled in that state. */
  settledOf(replica: string): Settled;
  /** A relay's tentative transactions, in the order in which they apply; another array whenever they change. */
  tentative(): readonly PreparedTransaction[];
  /** Counter of the last of these of a writer, 0 for none. Told at once, however many there are. */
  carriedTo(replica: string): number;
  /**
   * Scopes that hold the rows of a tentative transaction, before and after it. Undefined where they are not known
   * of every row: then nobody may be shown it.
   */
  scopesOf(prepared: PreparedTransaction): readonly string[] | undefined;
}

/** Who speaks, and what it may do; the authoriser makes it from call metadata. */
export interface Identity {
  /** For logs and audit. Request ids are its own, so it is the same in every call of one caller. */
  readonly name: string;
  /**
   * Replica ids that it may speak as: names, or beginnings and `*`. Any where left out, which only suits callers who
   * trust each other: whoever speaks as a replica reads its outcomes and conflicts, and writes in its name.
   */
  readonly replicas?: readonly string[];
  /**
   * Databases that it may use: names, or beginnings and `*`. Any where left out. The others are to it as if they were
   * not there.
   */
  readonly databases?: readonly string[];
  /** Scope names and patterns that it may read. */
  readonly readScopes: readonly string[];
  /** Scope names and patterns that it may write. */
  readonly writeScopes: readonly string[];
  /** May it push transactions of other replicas, and hold all writers' positions and outcomes? */
  readonly relay: boolean;
  /** May it use DataService, within its scopes, and AdminService? */
  readonly admin: boolean;
  /** Milliseconds since 1970 after which nothing more is answered; undefined for never. */
  readonly expiresAtMs: number | undefined;
}
