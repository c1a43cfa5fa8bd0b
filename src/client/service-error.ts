import type { ServiceError } from '@grpc/grpc-js';
import type { SyncError } from '../base/errors.ts';
import { fromStatus } from '../wire/status.ts';

/** What the transport ends a sentence with where there is no note. */
const emptyNote = /\.? Resolution note: $/;

/** The error that a server, or the transport, ended a call with. */
export function fromServiceError(error: ServiceError): SyncError {
  const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
  const message = error.details.replace(emptyNote, '');
  return fromStatus(error.code, message, details instanceof Uint8Array ? details : undefined);
}
