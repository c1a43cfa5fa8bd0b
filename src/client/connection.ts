import type { Socket } from 'node:net';
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  connectivityState,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import {
  type SyncRequest,
  type SyncResponse,
  SyncServiceService,
} from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Transaction } from '../change/transaction.ts';
import type { ClientEvent } from '../session/client-event.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { Reading } from '../wire/delta-rows.ts';
import { clientMessageToWire, serverMessageFromWire } from '../wire/sync-messages.ts';
import { backoffMs } from './backoff.ts';
import { type ColumnPush, columnRequest, mayGoByColumns } from './column-push.ts';
import { metadataOf } from './grpc-metadata.ts';
import type { RetryOptions } from './retry.ts';
import { fromServiceError } from './service-error.ts';
import { Silence } from './silence.ts';
import { setTimer } from './timer.ts';
import { toldCredentials } from './told-credentials.ts';

export interface ConnectionOptions extends Reading {
  /** `host:port`. */
  readonly url: string;
  readonly credentials: ChannelCredentials;
  /** Metadata of each new stream, for example an authorisation header; asked for anew each time. */
  readonly metadata: () =>
    | Readonly<Record<string, string>>
    | Promise<Readonly<Record<string, string>>>;
  /** Whether the next stream may bring another token: one that is refused is asked for once more. */
  readonly renewsToken: boolean;
  readonly session: ClientSession;
  readonly retry: RetryOptions;
  readonly random: () => number;
  readonly onEvent: (event: ClientEvent) => void;
  /** So many bytes of a message came; what they led to follows. */
  readonly onBytes: (bytes: number) => void;
  /** So many bytes of a message go. */
  readonly onSent: (bytes: number) => void;
  /** Called with what is pushed. */
  readonly onPush: (transactions: readonly Transaction[]) => void;
  /** The stream is gone, or an attempt has failed; another one follows by itself or not. */
  readonly onDown: (error: SyncError, isRetried: boolean) => void;
}

/** A message, and how many bytes it came in. */
interface Received {
  readonly response: SyncResponse;
  readonly bytes: number;
}

type Stream = ClientDuplexStream<SyncRequest, Received>;

const { sync } = SyncServiceService;
const received = (bytes: Buffer): Received => {
  return { response: sync.responseDeserialize(bytes), bytes: bytes.length };
};

/**
 * Keeps one Sync stream open: connects, drives the session, and connects again after a wait when the stream
 * breaks. The window for receiving is 4 MiB: with the default one a link of 50 ms round trip carries 0.8 MB/s.
 */
export class Connection {
  private readonly options: ConnectionOptions;
  private client: Client | undefined;
  private stream: Stream | undefined;
  private stopTimer = () => {};
  private stopDeadline = () => {};
  private stopHolding = () => {};
  private readonly silence: Silence;
  /** All that the channel has made: of several addresses it tries one after the other, and takes any. */
  private sockets: Socket[] = [];
  /** It has greeted, and nothing has come yet. */
  private isAwaited = false;
  /** Counts attempts: a token that comes late is of none. */
  private attempts = 0;
  private attempt = 0;
  /** The token was refused, and no checkpoint has come since. */
  private isRefused = false;
  private connecting = false;
  private writing = false;
  private held = false;
  private closed = false;

  constructor(options: ConnectionOptions) {
    this.options = options;
    const { silenceMsMax } = options.retry;
    const bytesRead = () => this.sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
    this.silence = new Silence(silenceMsMax, bytesRead, () => this.unanswered(silenceMsMax));
  }

  /** Whether there is a stream. */
  get isUp(): boolean {
    return this.stream !== undefined;
  }

  /** Connects now, whatever wait was planned, and counts attempts from the first one again. */
  wake(): void {
    this.attempt = 0;
    this.isRefused = false;
    this.begin();
  }

  /** Greets anew on another stream, at once: what is asked for has changed. Without effect where there is none. */
  restart(): void {
    const { stream } = this;
    if (stream === undefined) return;
    this.leave();
    stream.cancel();
    this.begin();
  }

  /** While held, nothing is taken from the server: it waits there, once the window is full. Sending goes on. */
  hold(held: boolean): void {
    this.held = held;
    if (held) this.stream?.pause();
    else this.stream?.resume();
    // What is not read is no answer that is missing.
    if (this.isAwaited) this.awaitAnswer();
  }

  /** Sends what the session has to send. */
  flush(): void {
    const { stream } = this;
    if (stream === undefined || this.writing) return;
    const message = this.options.session.next();
    if (message === undefined) return;
    this.writing = true;
    if (message.type === 'hello') {
      this.isAwaited = true;
      this.awaitAnswer();
    }
    if (message.type === 'push') this.options.onPush(message.transactions);
    const fails = (error: unknown) =>
      this.stream === stream && this.giveUp(stream, internal(error));
    if (mayGoByColumns(message)) void this.writeColumns(stream, message).catch(fails);
    else this.write(stream, clientMessageToWire(message));
  }

  private write(stream: Stream, request: SyncRequest): void {
    stream.write(request, () => {
      if (this.stream !== stream) return;
      this.writing = false;
      this.flush();
    });
  }

  private async writeColumns(stream: Stream, push: ColumnPush): Promise<void> {
    const { session, limits } = this.options;
    const { request, bytes } = await columnRequest(push, session.schema, limits);
    if (this.stream !== stream) return;
    session.pushTook(bytes);
    this.write(stream, request);
  }

  close(): void {
    this.closed = true;
    this.stopTimer();
    const { stream } = this;
    this.leave();
    stream?.cancel();
    this.client?.close();
  }

  private begin(): void {
    if (this.closed || this.connecting || this.stream !== undefined) return;
    this.stopTimer();
    this.connecting = true;
    void this.connect(++this.attempts);
  }

  private async connect(attempt: number): Promise<void> {
    this.awaitAnswer();
    try {
      const metadata = await this.metadata();
      if (attempt !== this.attempts || this.closed) return;
      this.connecting = false;
      this.stopDeadline();
      this.open(metadata);
    } catch (error) {
      if (attempt !== this.attempts) return;
      this.connecting = false;
      this.stopDeadline();
      this.down(error instanceof SyncError ? error : cannotConnect(this.options.url, error));
    }
  }

  private async metadata(): Promise<Metadata> {
    try {
      return metadataOf(await this.options.metadata());
    } catch (cause) {
      throw noCredentials(cause);
    }
  }

  private open(metadata: Metadata): void {
    const stream: Stream = this.link().makeBidiStreamRequest(
      sync.path,
      (message: SyncRequest) => {
        const bytes = sync.requestSerialize(message);
        this.options.onSent(bytes.length);
        return bytes;
      },
      received,
      metadata,
    );
    this.stream = stream;
    this.writing = false;
    stream.on('data', (message: Received) => this.receive(stream, message));
    stream.on('error', (error: ServiceError) => this.fail(stream, fromServiceError(error)));
    stream.on('end', () => this.lose(stream, ended()));
    if (this.held) stream.pause();
    this.silence.begin();
    this.options.session.connect();
    this.releaseLater();
    this.flush();
  }

  private releaseLater(): void {
    const { session, retry } = this.options;
    if (session.heldBack === undefined) return;
    this.stopHolding = setTimer(() => {
      session.pushAgain();
      this.flush();
    }, retry.heldBackMs);
  }

  /** From now on so long: for the token, and from the greeting on, unless nothing is read meanwhile, for the server. */
  private awaitAnswer(): void {
    this.stopDeadline();
    if (this.held && this.isAwaited) return;
    const { attemptMsMax } = this.options.retry;
    this.stopDeadline = setTimer(() => this.unanswered(attemptMsMax), attemptMsMax);
  }

  private unanswered(withinMs: number): void {
    const { stream } = this;
    this.attempts++;
    this.connecting = false;
    this.leave();
    stream?.cancel();
    // Its connection may be dead without a word.
    this.client?.close();
    this.client = undefined;
    this.down(notAnswered(withinMs));
  }

  /**
   * The channel as it is, where it has a connection. Else a new one: after a failure a channel of grpc-js lets calls fail for a
   * while of its own choice, and how long to wait is decided here.
   */
  private link(): Client {
    const { READY } = connectivityState;
    if (this.client?.getChannel().getConnectivityState(false) === READY) return this.client;
    this.client?.close();
    const { url, credentials, limits, retry } = this.options;
    const sockets: Socket[] = [];
    this.sockets = sockets;
    const told = toldCredentials(credentials, (socket) => sockets.push(socket));
    this.client = new Client(url, told, {
      'grpc.max_receive_message_length': limits.messageBytesMax,
      'grpc.max_send_message_length': limits.messageBytesMax,
      'grpc-node.flow_control_window': 4 << 20,
      'grpc.use_local_subchannel_pool': 1,
      // So bytes come where there is nothing else to say. That none do is for the watch to find out.
      'grpc.keepalive_time_ms': (retry.silenceMsMax * 3) / 4,
      'grpc.keepalive_timeout_ms': 2 ** 31 - 1,
    });
    return this.client;
  }

  private receive(stream: Stream, { response, bytes }: Received): void {
    if (this.stream !== stream) return;
    this.isAwaited = false;
    this.stopDeadline();
    this.options.onBytes(bytes);
    try {
      const { session } = this.options;
      const events = session.receive(serverMessageFromWire(response, this.options));
      for (const event of events) this.handle(stream, event);
    } catch (error) {
      this.giveUp(stream, error instanceof SyncError ? error : internal(error));
      return;
    }
    this.flush();
  }

  private handle(stream: Stream, event: ClientEvent): void {
    if (event.type === 'checkpoint') {
      this.attempt = 0;
      this.isRefused = false;
    }
    this.options.onEvent(event);
    if (event.type === 'reencode') this.restart();
    if (event.type !== 'rebuild' && event.type !== 'forked') return;
    this.giveUp(stream, event.type === 'rebuild' ? copyDiffers() : identityTaken());
  }

  private giveUp(stream: Stream, error: SyncError): void {
    stream.cancel();
    this.lose(stream, error);
  }

  private leave(): void {
    this.stream = undefined;
    this.isAwaited = false;
    this.stopDeadline();
    this.stopHolding();
    this.silence.end();
    this.options.session.disconnect();
  }

  /** The server says so, or the network. */
  private fail(stream: Stream, error: SyncError): void {
    if (this.stream === stream) this.lose(stream, error, this.options.session.failed(error));
  }

  private lose(stream: Stream, error: SyncError, mayGoBetter = false): void {
    if (this.stream !== stream) return;
    this.leave();
    this.down(error, mayGoBetter);
  }

  private down(error: SyncError, mayGoBetter = false): void {
    if (this.closed) return;
    const isRetried = error.isRetryable || mayGoBetter || this.renewsToken(error);
    if (isRetried) {
      const wait = Math.max(
        backoffMs(this.attempt++, this.options.random(), this.options.retry),
        error.retryDelayMs ?? 0,
      );
      this.stopTimer = setTimer(() => this.begin(), wait);
    }
    this.options.onDown(error, isRetried);
  }

  /** A token that was still good for whoever gave it may have run out by the server's clock. */
  private renewsToken({ code }: SyncError): boolean {
    if (code !== Code.unauthenticated || this.isRefused) return false;
    this.isRefused = true;
    return this.options.renewsToken;
  }
}

/** INVALID_ARGUMENT BAD_ADDRESS. */
function cannotConnect(url: string, cause: unknown): SyncError {
  const because = cause instanceof Error ? ` (${cause.message})` : '';
  const message = `url: ${JSON.stringify(url)} is not the address of a server${because}`;
  const fields = [{ field: 'url', description: 'is not host:port' }];
  return new SyncError(Code.invalidArgument, 'BAD_ADDRESS', message, { fields, cause });
}

function noCredentials(cause: unknown): SyncError {
  const message = 'the token provider failed';
  return new SyncError(Code.unauthenticated, 'NO_CREDENTIALS', message, { cause });
}

/** DEADLINE_EXCEEDED: it may be the network that swallows what is sent. */
function notAnswered(withinMs: number): SyncError {
  const message = `nothing came of the server within ${withinMs} ms`;
  return new SyncError(Code.deadlineExceeded, 'NOT_ANSWERED', message);
}

function copyDiffers(): SyncError {
  return new SyncError(
    Code.dataLoss,
    'COPY_DIFFERS',
    'this copy is not what the server says: it is sent anew',
  );
}

function identityTaken(): SyncError {
  return new SyncError(
    Code.aborted,
    'REPLICA_FORKED',
    'another device uses the id that this one had, or the server has lost more of its edits than are kept here: it goes on under a new one',
  );
}

function ended(): SyncError {
  return new SyncError(Code.unavailable, 'STREAM_ENDED', 'the server ended the stream');
}

function internal(cause: unknown): SyncError {
  const message = 'a message of the server could not be taken';
  return new SyncError(Code.internal, 'INTERNAL', message, { cause });
}
