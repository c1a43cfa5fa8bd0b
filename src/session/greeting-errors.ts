import { Code, invalidField, SyncError } from '../base/errors.ts';

/** PERMISSION_DENIED RELAY_DENIED. */
export function relayDenied(): SyncError {
  return new SyncError(
    Code.permissionDenied,
    'RELAY_DENIED',
    'relay: this identity may not act as a relay',
    { fields: [{ field: 'relay', description: 'this identity may not act as a relay' }] },
  );
}

/** INVALID_ARGUMENT SUBSCRIPTION_TOO_LARGE. */
export function subscriptionTooLarge(bytesMax: number): SyncError {
  return invalidField(
    'subscription.scopes',
    'SUBSCRIPTION_TOO_LARGE',
    `are too long together: the cursor would have more than ${bytesMax} bytes; use patterns`,
  );
}
