import type { ServiceError } from '@grpc/grpc-js';
import type { SyncError } from '../base/errors.ts';
import { fromStatus } from '../wire/status.ts';

/** The error that a server, or the transport, ended a call with. */
export function fromServiceError(error: ServiceError): SyncError {
  const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
  return fromStatus(error.code, error.details, details instanceof Uint8Array ? details : undefined);
}
