import type * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import { invalidField, type SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Outcome } from '../change/commit.ts';
import { runsOf, type TransactionRun } from '../change/transaction-marks.ts';
import type { PushResult } from '../session/messages.ts';
import { required } from './checks.ts';
import { outcomeFromWire, outcomeToWire } from './outcomes.ts';
import { runFromWire, runToWire } from './transaction-columns.ts';

/** The outcomes one by one, or those that are committed without conflicts by runs. */
export function pushResultToWire({
  outcomes,
  orderingMs = 0,
  inRuns = false,
}: PushResult): pb.PushResult {
  if (!inRuns) return { outcomes: outcomes.map(outcomeToWire), orderingMs, committed: [] };
  const others = outcomes.filter((outcome) => !isPlain(outcome));
  return { outcomes: others.map(outcomeToWire), orderingMs, committed: committedRuns(outcomes) };
}

/** Of which there is nothing to say but that it is committed. */
function isPlain({ status, conflicts }: Outcome): boolean {
  return status === 'committed' && conflicts === 0;
}

function committedRuns(outcomes: readonly Outcome[]): pb.OutcomeRun[] {
  const runs: pb.OutcomeRun[] = [];
  for (let at = 0; at < outcomes.length; ) {
    let end = at;
    while (end < outcomes.length && isPlain(outcomes[end]!)) end++;
    let position = at;
    for (const run of runsOf(outcomes.slice(at, end))) {
      runs.push({ position, transactions: runToWire(run) });
      position += run.count;
    }
    at = Math.max(end, at + 1);
  }
  return runs;
}

/**
 * All outcomes in the order of the push. INVALID_ARGUMENT names the field under `path`: BAD_POSITION where runs are not where there
 * is room, TOO_MANY_TRANSACTIONS, and the reasons of `outcomeFromWire`.
 */
export function pushResultFromWire(
  { outcomes, orderingMs, committed }: pb.PushResult,
  { pushTransactionsMax }: Pick<Limits, 'pushTransactionsMax'>,
  path: string,
): PushResult {
  const others = outcomes.map((outcome, index) =>
    outcomeFromWire(outcome, `${path}.outcomes[${index}]`),
  );
  const all: Outcome[] = [];
  let taken = 0;
  for (const [index, { position, transactions }] of committed.entries()) {
    const runPath = `${path}.committed[${index}]`;
    const field = `${runPath}.transactions`;
    const run = runFromWire(required(transactions, field), field);
    const before = position - all.length;
    if (before < 0 || before > others.length - taken) throw badPosition(`${runPath}.position`);
    for (let left = before; left > 0; left--) all.push(others[taken++]!);
    if (run.count > pushTransactionsMax - all.length) throw tooMany(field, pushTransactionsMax);
    all.push(...committedOf(run));
  }
  return { type: 'push-result', outcomes: [...all, ...others.slice(taken)], orderingMs };
}

function committedOf({ replica, first, count }: TransactionRun): Outcome[] {
  return Array.from({ length: count }, (_, at) => ({
    ...{ replica, counter: first + at, status: 'committed' as const },
    ...{ refusal: undefined, conflicts: 0 },
  }));
}

function badPosition(field: string): SyncError {
  return invalidField(field, 'BAD_POSITION', 'is not where there is room for it');
}

function tooMany(field: string, max: number): SyncError {
  return invalidField(field, 'TOO_MANY_TRANSACTIONS', `a push has ${max} at most`);
}
