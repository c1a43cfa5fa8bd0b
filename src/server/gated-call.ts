import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import {
  type Responder,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
} from '@grpc/grpc-js';
import { assert } from '../base/errors.ts';
import type { statusOf } from './call.ts';
import type { Sending } from './sending.ts';
import type { Unzip } from './unzip.ts';

/** Whether the messages of a stream are read. A stream would read sixteen ahead by itself, however large they are. */
export interface ReadGate {
  open(): void;
  close(): void;
}

/** A stream, as what is below a call has it. */
export interface CallStream extends ReadGate {
  /** Calls back when the caller has all that was written so far. False where nobody can tell. */
  mark(returned: () => void): boolean;
  /** Ends it with a status, which a caller who reads what was sent before has `takingMsMax` to take. */
  end(status: ReturnType<typeof statusOf>, takingMsMax?: number): void;
}

/** The call below, as far as grpc-js has one. It is no part of its interface; a test tells when it is gone. */
interface Below {
  readonly stream?: ServerHttp2Stream;
  /** What another interceptor goes on to; the call of grpc-js itself has none. */
  readonly nextCall?: Below;
  decompressMessage?: (message: Buffer, encoding: string) => Buffer | Promise<Buffer>;
}

/** Told what happens on the stream of a call. */
export interface CallWatch {
  came(bytes: Uint8Array, isRead: boolean): void;
  /** Reading goes on. */
  reads(): void;
  /** In any case, and last. */
  closed(): void;
}

/** How long a caller has to take a status. */
const trailersMsMax = 500;

/** A call that begins to read when its gate is open. */
export class GatedCall extends ServerInterceptingCall implements CallStream {
  private readonly stream: ServerHttp2Stream | undefined;
  private readonly below: Below;
  private readonly sending: Sending;
  private watch: CallWatch | undefined;
  private isOpen = true;
  private isWanted = false;
  private hasSent = false;

  constructor(next: ServerInterceptingCallInterface, responder: Responder, sending: Sending) {
    super(next, responder);
    this.below = innermost(next as unknown as Below);
    this.stream = this.below.stream;
    this.sending = sending;
  }

  get session(): Http2Session | undefined {
    return this.stream?.session;
  }

  /** Whether more can come of a message. */
  get isRead(): boolean {
    return this.stream?.isPaused() === false;
  }

  open(): void {
    this.isOpen = true;
    if (!this.isWanted) return;
    this.isWanted = false;
    this.read();
  }

  close(): void {
    this.isOpen = false;
  }

  /** A ping of HTTP/2, which every client answers by itself; it travels behind what the socket has been given. */
  mark(returned: () => void): boolean {
    const { session } = this;
    if (session === undefined || session.destroyed) return false;
    return session.ping((error) => {
      if (error === null) returned();
    });
  }

  override startRead(): void {
    if (this.isOpen) this.read();
    else this.isWanted = true;
  }

  /** What is written and not taken counts, however small its reader has made the window. */
  override sendMessage(message: unknown, callback: () => void): void {
    this.hasSent = true;
    // Nobody takes what is said behind the end, and nobody says so: it would count for ever.
    const { stream } = this;
    if (stream === undefined || stream.closed || stream.destroyed) {
      super.sendMessage(message, callback);
      return;
    }
    // grpc-js itself has ended it, as behind a message that is too large, and has told nobody yet. To write now would be an
    // error of the stream: its status would never go, and the caller would wait for ever.
    if (stream.writableEnded) return;
    const bytes = message instanceof Uint8Array ? message.length : 0;
    // No status would reach a peer that reads nothing; and to refuse the stream would say that nothing was done.
    const drop = () => stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    const done = this.sending.begin(bytes, drop);
    stream.on('close', done);
    super.sendMessage(message, () => {
      stream.off('close', done);
      done();
      callback();
    });
  }

  /**
   * `watch` is told of bytes as they come. grpc-js tells of whole messages only, and gathers the others. It lets what comes
   * behind the end of a call run out, and not always says that it is over: `closed` is called in any case.
   */
  follow(watch: CallWatch, unzip: Unzip): void {
    this.watch = watch;
    this.below.decompressMessage = (message, encoding) => unzip.message(message, encoding);
    this.stream?.on('data', (bytes: Uint8Array) => watch.came(bytes, this.isRead));
    this.stream?.on('close', () => watch.closed());
    this.stream?.on('finish', () => {
      // What a caller goes on sending behind its status would be read, for nobody, until it ends.
      if (this.stream?.readableEnded === false) this.closeLater();
    });
  }

  /** Calls `release` when nothing of the call is left. */
  onClosed(release: () => void): void {
    if (this.stream === undefined || this.stream.closed) release();
    else this.stream.once('close', release);
  }

  /** What has come is let go of too, which is kept until the caller has sent all. */
  end(status: ReturnType<typeof statusOf>, takingMsMax = trailersMsMax): void {
    this.sendStatus(status);
    // Behind messages the status goes when those are taken, which they need not ever be: only an error goes past them.
    if (this.hasSent) this.closeLater(takingMsMax, constants.NGHTTP2_INTERNAL_ERROR);
    else setImmediate(() => this.stream?.close());
  }

  private closeLater(ms = trailersMsMax, code = constants.NGHTTP2_NO_ERROR): void {
    setTimeout(() => this.stream?.close(code), ms).unref();
  }

  private read(): void {
    super.startRead();
    if (this.isRead) this.watch?.reads();
  }
}

/** The call of grpc-js itself: other interceptors may lie between, and nobody calls what is set on those. */
function innermost(next: Below): Below {
  let below = next;
  while (below.nextCall !== undefined) below = below.nextCall;
  assert(below.decompressMessage !== undefined, 'grpc-js unzips messages elsewhere');
  return below;
}
