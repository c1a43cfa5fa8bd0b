import { Code, SyncError } from '../../src/base/errors.ts';

/** What a program sees of a refusal. */
export interface Refusal {
  readonly reason: string;
  /** The offending fields. */
  readonly fields: string[];
}

/** The INVALID_ARGUMENT that `act` raises; anything else is thrown. */
export function refusalOf(act: () => unknown): Refusal {
  const error = syncErrorOf(act);
  if (error.code !== Code.invalidArgument) throw error;
  return { reason: error.reason, fields: error.fields.map(({ field }) => field) };
}

/** The SyncError that `act` raises; anything else is thrown. */
export function syncErrorOf(act: () => unknown): SyncError {
  try {
    act();
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
