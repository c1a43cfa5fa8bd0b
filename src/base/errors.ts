/** The gRPC status codes that SyncDB uses, by name; the numbers are gRPC's own. */
export const Code = {
  cancelled: 1,
  /** Only of errors that others made: proxies, other servers. */
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export type Code = (typeof Code)[keyof typeof Code];

/** One offending field of a request, as `google.rpc.BadRequest` carries it. */
export interface FieldViolation {
  /** Path of the field, for example `transactions[2].changes[0].row.notes`. */
  readonly field: string;
  /** What is wrong with it, in one sentence. */
  readonly description: string;
}

/** What a program can read of an error beside its code and reason. */
export interface ErrorDetails {
  /** Offending fields. */
  readonly fields?: readonly FieldViolation[];
  /** Further facts, such as the versions that did not match. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** When a retry makes sense, in milliseconds from now. */
  readonly retryDelayMs?: number;
  /** The error below this one; for logs only, never sent. */
  readonly cause?: unknown;
}

/**
 * The one error class of SyncDB. `reason` is stable, upper snake case, and meant for programs; `message` is
 * for people and may change. `wire` turns it into a gRPC status and back.
 */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: Code;
  readonly reason: string;
  readonly fields: readonly FieldViolation[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryDelayMs: number | undefined;

  constructor(code: Code, reason: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.reason = reason;
    this.fields = details.fields ?? [];
    this.metadata = details.metadata ?? {};
    this.retryDelayMs = details.retryDelayMs;
  }

  /** Whether trying the same again later can help, though nobody does anything about it. */
  get isRetryable(): boolean {
    if (passing.has(this.reason)) return true;
    return !lastingCodes.has(this.code) && !lasting.has(this.reason);
  }
}

/** Reasons that pass: a session that outlived its token goes on with a fresh one. */
const passing: ReadonlySet<string> = new Set(['IDENTITY_EXPIRED', 'NO_CREDENTIALS']);

/** Reasons that do not: where a copy has no room it gets none by waiting. */
const lasting: ReadonlySet<string> = new Set(['CHUNK_FULL', 'STORAGE_DAMAGED']);

/** Codes that say the same as long as nothing else is asked. */
const lastingCodes: ReadonlySet<Code> = new Set([
  Code.invalidArgument,
  Code.notFound,
  Code.permissionDenied,
  Code.failedPrecondition,
  Code.unimplemented,
  Code.unauthenticated,
]);

/** INVALID_ARGUMENT that names one field. */
export function invalidField(field: string, reason: string, description: string): SyncError {
  return new SyncError(Code.invalidArgument, reason, `${field}: ${description}`, {
    fields: [{ field, description }],
  });
}

/** Whether something that was stored is lost or damaged, and not just out of reach. */
export function isDataLoss(error: unknown): error is SyncError {
  return error instanceof SyncError && error.code === Code.dataLoss;
}

/** Thrown where the program itself is wrong; never the answer to bad input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new SyncError(Code.internal, 'ASSERTION_FAILED', message);
}
