import { withFields } from '../base/error-fields.ts';
import { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Steps } from '../base/steps.ts';
import type { Refusal } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import type { Schema } from '../schema/table-def.ts';
import { boundedRefusal } from './bounded-refusal.ts';
import { evaluationSteps } from './evaluate.ts';
import type { Evaluation, EvaluationContext, EvaluationView } from './evaluation.ts';
import {
  checkHead,
  type PreparedChange,
  type PreparedTransaction,
  prepareChanges,
} from './prepared.ts';

/**
 * The same as `preparationSteps`; but a transaction whose changes can never be becomes one without changes that says why. Such
 * a one is ordered like any other, and refused: that settles it, and nothing behind it of its writer waits for it any more.
 * Where it cannot be said whose and which it is, or its schema is another, that is an error here too.
 */
export function* preparedOrUnfit(
  schema: Schema,
  limits: Limits,
  transaction: Transaction,
  path: string,
  { counted = false }: { readonly counted?: boolean } = {},
): Steps<PreparedTransaction> {
  checkHead(schema, transaction, path, 'replica');
  const changes: PreparedChange[] = [];
  try {
    yield* prepareChanges(schema, limits, transaction, path, { counted, changes });
    return { transaction, changes };
  } catch (error) {
    const told = withFields(error, (field) => withinTransaction(field, path));
    // A failure of the server passes, and is no reason to refuse what may be sound.
    if (!(told instanceof SyncError) || told.isRetryable) throw error;
    const { reason, message, fields: violations } = told;
    const refusal: Refusal = boundedRefusal(
      { reason, message, changeIndex: changes.length, violations },
      limits,
    );
    return { transaction, changes: [], unfit: refusal };
  }
}

/** A field of a transaction by its path within it; where it came is forgotten once it is refused. */
function withinTransaction(field: string, path: string): string {
  return field === path ? 'changes' : field.slice(path.length + 1);
}

/** What a transaction does, as `evaluationSteps` has it; one that is unfit has no changes, and is refused. */
export function* evaluatedSteps(
  view: EvaluationView,
  context: EvaluationContext,
  prepared: PreparedTransaction,
): Steps<Evaluation> {
  const { unfit } = prepared;
  const evaluation = yield* evaluationSteps(view, context, prepared);
  return unfit === undefined ? evaluation : { ...evaluation, refusal: unfit };
}
