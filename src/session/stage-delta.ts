import { SyncError } from '../base/errors.ts';
import type { ClientSessionOptions } from './client-options.ts';
import type { Delta, Welcome } from './messages.ts';

/** Stages a delta, the first behind a welcome with that. False where it does not fit the copy, or is no delta at all. */
export function stageDelta(
  { replica, tables }: Pick<ClientSessionOptions, 'replica' | 'tables'>,
  { deltas, cursor }: Delta,
  welcome: Welcome | undefined,
): boolean {
  try {
    replica.stage(deltas, cursor, welcome && { scopes: welcome.scopes, tables });
    return true;
  } catch (error) {
    // A copy that is begun anew would have no room for it either.
    if (error instanceof SyncError && error.reason !== 'CHUNK_FULL') return false;
    throw error;
  }
}
