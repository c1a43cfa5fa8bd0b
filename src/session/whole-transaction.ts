import { withFields } from '../base/error-fields.ts';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import { finish, type Steps } from '../base/steps.ts';
import { noReadingLimits, noteDigest, transactionSteps } from '../change/transaction.ts';
import { type PreparedTransaction, preparationSteps } from '../merge/prepared.ts';
import { preparedOrUnfit } from '../merge/unfit.ts';
import { type Looked, lookSteps } from './heap-estimate.ts';
import type { TransactionPart } from './messages.ts';
import type { SyncSource } from './source.ts';

/** Where a session takes pushes for. */
type Target = Pick<SyncSource, 'schema' | 'limits' | 'parts'>;

export interface WholeOptions {
  /** Called once. */
  readonly onPrepared?: (prepared: PreparedTransaction) => void;
  /** What can never be ordered is refused, in place of an error. */
  readonly refuseUnfit?: boolean;
}

/**
 * A transaction whose parts are all there, on its way to whoever orders it. Reading a million changes takes seconds, so it
 * is done in steps; `take` does what is left of it at once.
 */
export class WholeTransaction {
  /** One of its parts. */
  readonly part: TransactionPart;
  private readonly target: Target;
  private readonly whole: Uint8Array;
  /** What can never be ordered is refused: who did not ask for that has an error. */
  readonly refuseUnfit: boolean;
  private readonly path: string;
  private readonly steps: Steps<PreparedTransaction>;
  private readonly onPrepared: (prepared: PreparedTransaction) => void;
  private prepared: PreparedTransaction | undefined;

  /** `path` is that of the part in the request. */
  constructor(
    target: Target,
    part: TransactionPart,
    whole: Uint8Array,
    path: string,
    { onPrepared = () => {}, refuseUnfit = false }: WholeOptions = {},
  ) {
    this.target = target;
    this.onPrepared = onPrepared;
    this.refuseUnfit = refuseUnfit;
    this.part = part;
    this.whole = whole;
    this.path = path;
    this.steps = stepsOf(target, part, whole, path, refuseUnfit);
  }

  /** What can be told of it before it is prepared. INVALID_ARGUMENT as below. */
  *look(): Steps<Looked> {
    const { schema, limits } = this.target;
    const steps = decoded(lookSteps(schema, this.whole, limits.stepChangesMax), this.path);
    for (;;) {
      const step = this.guarded(() => steps.next());
      if (step.done === true) return step.value;
      yield;
    }
  }

  /** Does a step. True where that was the last one. INVALID_ARGUMENT names a field of the part; then no part is there. */
  step(): boolean {
    if (this.prepared !== undefined) return true;
    const { done, value } = this.guarded(() => this.steps.next());
    if (done === true) this.become(value);
    return done === true;
  }

  take(): PreparedTransaction {
    return this.prepared ?? this.become(this.guarded(() => finish(this.steps)));
  }

  private become(prepared: PreparedTransaction): PreparedTransaction {
    this.prepared = prepared;
    this.onPrepared(prepared);
    return prepared;
  }

  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const { replica, counter } = this.part;
      this.target.parts.drop(replica, counter);
      throw error;
    }
  }
}

function* stepsOf(
  { schema, limits }: Target,
  part: TransactionPart,
  whole: Uint8Array,
  path: string,
  refuseUnfit: boolean,
): Steps<PreparedTransaction> {
  const { replica, counter, digest } = part;
  // What is above a limit is refused as if it had come in a push, once all of it is read: room for that was found by its look.
  const readingLimits = refuseUnfit ? { ...limits, ...noReadingLimits } : limits;
  const transaction = yield* decoded(transactionSteps(whole, readingLimits), path);
  for (const [field, isSame] of [
    ['replica_id', transaction.replica === replica],
    ['counter', transaction.counter === counter],
  ] as const) {
    if (isSame) continue;
    throw invalidField(`${path}.${field}`, 'PART_DIFFERS', 'is not that of the transaction');
  }
  noteDigest(transaction, digest);
  const prepare = refuseUnfit ? preparedOrUnfit : preparationSteps;
  return yield* prepare(schema, limits, transaction, `${path}.bytes`, { counted: true });
}

/** Bytes that are no transaction are the client's fault here. */
function* decoded<T>(steps: Steps<T>, path: string): Steps<T> {
  try {
    return yield* steps;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    if (error.code !== Code.dataLoss) {
      throw withFields(error, (field) => `${path}.bytes.${field}`);
    }
    throw invalidField(`${path}.bytes`, 'MALFORMED_TRANSACTION', error.message);
  }
}
