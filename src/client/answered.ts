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

/** The messages of a stream, likewise. Who stops reading ends the call. */
export async function* messagesOf<Message>(
  call: ClientReadableStream<Message>,
): AsyncGenerator<Message> {
  try {
    for await (const message of call) yield message as Message;
  } catch (error) {
    throw fromServiceError(error as ServiceError);
  } finally {
    call.cancel();
  }
}
