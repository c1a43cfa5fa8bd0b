import * as pb from '../../gen/ts/syncdb/v1/data.ts';
import type { Outcome } from '../change/commit.ts';
import { createEnumForms, safeNumber } from './checks.ts';

const statuses = createEnumForms<Outcome['status'], pb.OutcomeStatus>({
  committed: pb.OutcomeStatus.COMMITTED,
  refused: pb.OutcomeStatus.REFUSED,
  held: pb.OutcomeStatus.HELD,
  unordered: pb.OutcomeStatus.UNORDERED,
});

export function outcomeToWire(outcome: Outcome): pb.TransactionOutcome {
  const { refusal } = outcome;
  return {
    replicaId: outcome.replica,
    counter: BigInt(outcome.counter),
    status: statuses.numberOf(outcome.status),
    reason: refusal?.reason ?? '',
    message: refusal?.message ?? '',
    changeIndex: refusal?.changeIndex ?? 0,
    currentEtag: refusal?.currentEtag ?? '',
    conflicts: outcome.conflicts,
    expectedCounter: BigInt(refusal?.expectedCounter ?? 0),
    violations: (refusal?.violations ?? []).map(({ field, description }) => ({
      field,
      problem: description,
    })),
  };
}

/** INVALID_ARGUMENT UNKNOWN_ENUM_VALUE or NUMBER_TOO_LARGE names the field under `path`. */
export function outcomeFromWire(message: pb.TransactionOutcome, path: string): Outcome {
  const status = statuses.nameOf(message.status, `${path}.status`);
  const { reason, changeIndex, currentEtag, conflicts } = message;
  const violations = message.violations.map(({ field, problem }) => ({
    field,
    description: problem,
  }));
  const hasRefusal = status === 'refused' || status === 'unordered';
  const expectedCounter = safeNumber(message.expectedCounter, `${path}.expected_counter`);
  const expected = expectedCounter === 0 ? {} : { expectedCounter };
  return {
    replica: message.replicaId,
    counter: safeNumber(message.counter, `${path}.counter`),
    status,
    refusal: hasRefusal
      ? { reason, message: message.message, changeIndex, currentEtag, violations, ...expected }
      : undefined,
    conflicts,
  };
}
