import type {
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
} from '@grpc/grpc-js';
import { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { decodeMessage } from '../wire/decode-message.ts';
import { checkTalk } from '../wire/push-look.ts';
import { toStatus } from '../wire/status.ts';

type RawUnaryCall = ServerUnaryCall<Uint8Array, Uint8Array>;
type RawStreamingCall = ServerWritableStream<Uint8Array, Uint8Array>;

/** A bidirectional call of raw bytes. */
export type RawDuplexCall = ServerDuplexStream<Uint8Array, Uint8Array>;

/** Any call of a server, as far as this file cares. */
export type AnyCall = RawUnaryCall | RawStreamingCall | RawDuplexCall;

/** Encoder and decoder of a generated message. */
export interface MessageType<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(input: Uint8Array): Message;
}

/** Told of errors that are nobody's bad input. */
export type Report = (error: unknown) => void;

/**
 * A thrown thing as what grpc-js sends: code, message, and `google.rpc.Status` in the trailers. What the caller must not
 * read is reported.
 */
export function statusOf(
  error: unknown,
  report: Report,
): { code: number; details: string; metadata: Metadata } {
  if (!(error instanceof SyncError) || error.code === Code.internal) report(error);
  const { code, details, detailsBin } = toStatus(error);
  const metadata = new GrpcMetadata();
  if (detailsBin !== undefined) metadata.set('grpc-status-details-bin', Buffer.from(detailsBin));
  return { code, details, metadata };
}

/** What holds for all calls of a server. */
export interface CallRules {
  readonly limits: Limits;
  /** Told of what a caller must not read. */
  readonly onInternalError: Report;
}

/**
 * A unary method from an async function; whatever it throws becomes a status. INVALID_ARGUMENT MESSAGE_TOO_LARGE where the
 * request has more than `bytesMax`: it takes many times its bytes once it is read, whoever asks.
 */
export function unary<Request, Response>(
  requestType: MessageType<Request>,
  responseType: MessageType<Response>,
  rules: CallRules,
  serve: (request: Request, call: AnyCall) => Promise<Response>,
  bytesMax = rules.limits.talkBytesMax,
): handleUnaryCall<Uint8Array, Uint8Array> {
  return unread(responseType, rules, async (bytes, call) => {
    checkTalk(bytes, bytesMax, 'request');
    return serve(decodeMessage(requestType, bytes), call);
  });
}

/** The same of one that reads its request by itself. */
export function unread<Response>(
  responseType: MessageType<Response>,
  { onInternalError }: CallRules,
  serve: (request: Uint8Array, call: AnyCall) => Promise<Response>,
): handleUnaryCall<Uint8Array, Uint8Array> {
  return (call, done) => {
    const run = async () => serve(call.request, call);
    // A rejection that nobody catches would hang the call.
    run().then(
      (response) => done(null, responseType.encode(response).finish()),
      (error: unknown) => done(statusOf(error, onInternalError)),
    );
  };
}

/**
 * Ends a call whatever it does, also where nobody reads it, and calls `over` before. Asked once, when the call begins; what it
 * returns is called when the call is over.
 */
export type OwnEnd = (call: AnyCall, over: () => void) => () => void;

/**
 * A server streaming method from an async generator, likewise: it is asked for the next message when the last is out. `ownEnd` may
 * end it before.
 */
export function serverStream<Request, Response>(
  requestType: MessageType<Request>,
  responseType: MessageType<Response>,
  { limits, onInternalError }: CallRules,
  serve: (request: Request, call: AnyCall, closed: AbortSignal) => AsyncIterable<Response>,
  ownEnd: OwnEnd = () => () => {},
): handleServerStreamingCall<Uint8Array, Uint8Array> {
  return (call) => {
    const controller = new AbortController();
    const closed = controller.signal;
    abortOnEnd(call, controller);
    const stopOwnEnd = ownEnd(call, () => controller.abort());
    const run = async () => {
      checkTalk(call.request, limits.talkBytesMax, 'request');
      const request = decodeMessage(requestType, call.request);
      const responses = serve(request, call, closed)[Symbol.asyncIterator]();
      // No variable of this function has the message: it would stay until the reader takes it.
      const sendNext = () =>
        responses.next().then(({ done, value }) => {
          if (done === true || closed.aborted) return false;
          return written(call, responseType.encode(value).finish(), closed);
        });
      try {
        while (await sendNext());
      } finally {
        await responses.return?.();
      }
      if (!closed.aborted) call.end();
    };
    run()
      .catch((error: unknown) => {
        if (!closed.aborted) call.emit('error', statusOf(error, onInternalError));
      })
      .finally(stopOwnEnd);
  };
}

/** Aborted when the call is over, however it ended. */
export function abortOnEnd(
  call: { on(event: 'cancelled' | 'close' | 'error', listener: () => void): unknown },
  controller = new AbortController(),
): AbortSignal {
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
function written(
  call: { write(message: Uint8Array, done: () => void): unknown },
  message: Uint8Array,
  closed: AbortSignal,
): Promise<true> {
  const { promise, resolve } = Promise.withResolvers<true>();
  const done = () => {
    closed.removeEventListener('abort', done);
    resolve(true);
  };
  closed.addEventListener('abort', done);
  if (closed.aborted) done();
  else call.write(message, done);
  return promise;
}
