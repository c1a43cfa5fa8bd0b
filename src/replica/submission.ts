import type { Outcome } from '../change/commit.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { PushLines } from './push-lines.ts';
import type { RequestName } from './system-rows.ts';

/** Who orders a transaction, and under what rules. */
export interface Submission {
  readonly prepared: PreparedTransaction;
  /** Whether the writer may write a row of these scopes. */
  readonly mayWrite: (scopes: readonly string[]) => boolean;
  /** Whether the writer may read a row of these scopes. */
  readonly mayRead: (scopes: readonly string[]) => boolean;
  /** False for callers that share one writer's name, such as backend services. */
  readonly knowsOwnWrites: boolean;
  /** True where the home itself gives the next counter of the writer, whatever the transaction says. */
  readonly numbered?: boolean;
  /** The name under which a backend service sends it again; then it is ordered once for each name that is kept. */
  readonly request?: RequestName | undefined;
  /** What it shares with the others of its push; undefined where it came alone. */
  readonly lines?: PushLines | undefined;
}

/**
 * A submission on its way, in steps. Once at most, before it takes much, it yields how many bytes of the heap that is, for
 * whoever may not have them: he may throw into it.
 */
export type OrderingSteps<T = Ordering> = Generator<number | undefined, T, undefined>;

/** The answer to a submission: final, or final once the record is durable. */
export interface Ordering {
  readonly outcome: Outcome;
  /** What to append to the log; undefined where the transaction was ordered before. */
  readonly record: Uint8Array | undefined;
  /** Seq of the commit that carries the outcome: the answer must wait until it is durable. */
  readonly seq: number;
}
