import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { fromServiceError } from './service-error.ts';

/** What a call of grpc-js ends with. */
export type CallDone<Response> = (error: ServiceError | null, response: Response) => void;

/** The answer to a call; what it ends with otherwise is a SyncError. */
export function answered<Response>(call: (done: CallDone<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => {
      if (error === null) resolve(response);
      else reject(fromServiceError(error));
    });
  });
}

/**
 * The messages of a stream, likewise. The call begins when they are first asked for: one of which nobody reads has nobody to
 * hear of its error, which would end the process. Who stops reading ends the call, and so does `stop`, without an error.
 */
export async function* messagesOf<Message>(
  begin: () => ClientReadableStream<Message>,
  stop?: AbortSignal,
): AsyncGenerator<Message> {
  const isStopped = () => stop?.aborted === true;
  if (isStopped()) return;
  const call = begin();
  const cancel = () => call.cancel();
  stop?.addEventListener('abort', cancel);
  try {
    for await (const message of call) yield message as Message;
  } catch (error) {
    if (!isStopped()) throw fromServiceError(error as ServiceError);
  } finally {
    stop?.removeEventListener('abort', cancel);
    cancel();
  }
}
