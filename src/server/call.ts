import type {
  Metadata,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
} from '@grpc/grpc-js';
import { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { toStatus } from '../wire/status.ts';
import type { CallContext } from './authoriser.ts';

/** Any call of a server, as far as this file cares. */
export type AnyCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;

/** What an authoriser may know of a call. */
export function contextOf(call: AnyCall): CallContext {
  const { metadata } = call as { metadata: Metadata };
  return { metadata: (key) => metadata.get(key), peer: call.getPeer(), method: call.getPath() };
}

/** A thrown thing as what grpc-js sends: code, message, and `google.rpc.Status` in the trailers. */
export function statusOf(error: unknown): { code: number; details: string; metadata: Metadata } {
  const { code, details, detailsBin } = toStatus(error);
  const metadata = new GrpcMetadata();
  if (detailsBin !== undefined) metadata.set('grpc-status-details-bin', Buffer.from(detailsBin));
  return { code, details, metadata };
}

/** A unary method from an async function; whatever it throws becomes a status. */
export function unary<Request, Response>(
  serve: (request: Request, call: AnyCall) => Promise<Response>,
): (call: ServerUnaryCall<Request, Response>, done: sendUnaryData<Response>) => void {
  return (call, done) => {
    // A rejection that nobody catches would hang the call.
    serve(call.request, call as AnyCall).then(
      (response) => done(null, response),
      (error: unknown) => done(statusOf(error)),
    );
  };
}

/** A server streaming method from an async generator: it is asked for the next message when the last is out. */
export function serverStream<Request, Response>(
  serve: (request: Request, call: AnyCall, closed: AbortSignal) => AsyncIterable<Response>,
): (call: ServerWritableStream<Request, Response>) => void {
  return (call) => {
    const closed = abortOnEnd(call);
    const run = async () => {
      for await (const response of serve(call.request, call as AnyCall, closed)) {
        if (closed.aborted) return;
        await written(call, response, closed);
      }
      if (!closed.aborted) call.end();
    };
    run().catch((error: unknown) => {
      if (!closed.aborted) call.emit('error', statusOf(error));
    });
  };
}

/** Aborted when the call is over, however it ended. */
export function abortOnEnd(call: {
  on(event: 'cancelled' | 'close' | 'error', listener: () => void): unknown;
}): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  call.on('cancelled', abort);
  call.on('close', abort);
  call.on('error', abort);
  return controller.signal;
}

/**
 * Resolves when the transport has taken the message, or the call is over: one write in flight, so a slow reader
 * holds one message, not many. After a cancel the callback may never come.
 */
export function written<Response>(
  call: { write(message: Response, done: () => void): unknown },
  message: Response,
  closed: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (closed.aborted) {
      resolve();
      return;
    }
    const done = () => {
      closed.removeEventListener('abort', done);
      resolve();
    };
    closed.addEventListener('abort', done);
    call.write(message, done);
  });
}
