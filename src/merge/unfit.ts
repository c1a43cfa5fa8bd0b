import { SyncError } from '../base/errors.ts';
import type { Steps } from '../base/steps.ts';
import type { Refusal } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import { evaluationSteps } from './evaluate.ts';
import type { Evaluation, EvaluationContext, EvaluationView } from './evaluation.ts';
import type { PreparedTransaction } from './prepared.ts';

/** More fields of a row than these are not told, nor more characters of a message. */
const violationsMax = 16;
const messageLengthMax = 1_000;

/**
 * What `steps` prepare; or, of a transaction whose changes can never be, one without changes that says why. Such a one is
 * ordered like any other, and refused: that settles it, and nothing behind it of its writer waits for it any more.
 */
export function* preparedOrUnfit(
  transaction: Transaction,
  steps: Steps<PreparedTransaction>,
): Steps<PreparedTransaction> {
  try {
    return { ...(yield* steps), isLastTry: true };
  } catch (error) {
    if (!(error instanceof SyncError) || isOfHead(error)) throw error;
    return { transaction, changes: [], isLastTry: true, unfit: refusalOf(error) };
  }
}

/** The refusal of what its changes cannot be ordered for, whatever the state is. */
function refusalOf({ reason, message, fields }: SyncError): Refusal {
  const index = /\bchanges\[(\d+)\]/.exec(fields[0]?.field ?? message)?.[1];
  return {
    ...{ reason, message: message.slice(0, messageLengthMax), currentEtag: '' },
    changeIndex: Number(index ?? 0),
    violations: fields.slice(0, violationsMax),
  };
}

/** It did not get so far that its changes were looked at: who writes, where it stands and by which schema is wrong. */
function isOfHead({ reason }: SyncError): boolean {
  return headReasons.has(reason);
}

const headReasons: ReadonlySet<string> = new Set([
  'BAD_REPLICA_ID',
  'BAD_COUNTER',
  'BAD_STAMP',
  'BAD_DIGEST',
  'SCHEMA_MISMATCH',
]);

/**
 * What a transaction does, as `evaluationSteps` has it; one that is unfit does nothing. Where the code that evaluates it fails,
 * which is a defect, its last try ends with a refusal: its writer has tried it often, and all that is behind it waits.
 */
export function* evaluatedSteps(
  view: EvaluationView,
  context: EvaluationContext,
  prepared: PreparedTransaction,
): Steps<Evaluation> {
  if (prepared.unfit !== undefined) return yield* refused(view, context, prepared, prepared.unfit);
  try {
    return yield* evaluationSteps(view, context, prepared);
  } catch (error) {
    if (prepared.isLastTry !== true || error instanceof SyncError) throw error;
    const message = `the server could not order it: ${String(error)}`.slice(0, messageLengthMax);
    const rest = { changeIndex: 0, currentEtag: '', violations: [] };
    return yield* refused(view, context, prepared, { reason: 'ORDERING_FAILED', message, ...rest });
  }
}

function* refused(
  view: EvaluationView,
  context: EvaluationContext,
  prepared: PreparedTransaction,
  refusal: Refusal,
): Steps<Evaluation> {
  const nothing = yield* evaluationSteps(view, context, { ...prepared, changes: [] });
  return { ...nothing, refusal };
}
