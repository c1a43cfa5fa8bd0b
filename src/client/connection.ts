import type { ChannelCredentials } from '@grpc/grpc-js';
import { type ClientDuplexStream, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  type SyncRequest,
  type SyncResponse,
  SyncServiceClient,
} from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { ClientEvent } from '../session/client-event.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { Compressor } from '../wire/compressor.ts';
import { clientMessageToWire, serverMessageFromWire } from '../wire/sync-messages.ts';
import { type BackoffOptions, backoffMs } from './backoff.ts';
import { fromServiceError } from './service-error.ts';

export interface ConnectionOptions {
  /** `host:port`. */
  readonly url: string;
  readonly credentials: ChannelCredentials;
  /** Metadata of each new stream, for example an authorisation header; asked for anew each time. */
  readonly metadata: () =>
    | Readonly<Record<string, string>>
    | Promise<Readonly<Record<string, string>>>;
  readonly session: ClientSession;
  readonly limits: Limits;
  readonly compressors: readonly Compressor[];
  readonly backoff: BackoffOptions;
  readonly random: () => number;
  readonly onEvent: (event: ClientEvent) => void;
  /** The stream is gone; `retry` says whether another attempt follows by itself. */
  readonly onDown: (error: SyncError, retry: boolean) => void;
}

/** Statuses after which trying the same again cannot help. */
const hopeless: ReadonlySet<number> = new Set([
  Code.invalidArgument,
  Code.notFound,
  Code.permissionDenied,
  Code.failedPrecondition,
  Code.unimplemented,
  Code.unauthenticated,
]);

/**
 * Keeps one Sync stream open: connects, drives the session, and connects again after a wait when the stream
 * breaks. The window for receiving is 4 MiB: with the default one a link of 50 ms round trip carries 0.8 MB/s.
 */
export class Connection {
  private readonly options: ConnectionOptions;
  private readonly client: SyncServiceClient;
  private stream: ClientDuplexStream<SyncRequest, SyncResponse> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private writing = false;
  private held = false;
  private closed = false;

  constructor(options: ConnectionOptions) {
    this.options = options;
    const { messageBytesMax } = options.limits;
    this.client = new SyncServiceClient(options.url, options.credentials, {
      'grpc.max_receive_message_length': messageBytesMax,
      'grpc.max_send_message_length': messageBytesMax,
      'grpc-node.flow_control_window': 4 << 20,
      // A link that is dead without a word is found out within forty seconds.
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2_000,
    });
  }

  /** Connects now, whatever wait was planned. */
  wake(): void {
    if (this.closed || this.stream !== undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    void this.connect();
  }

  /** While held, nothing is taken from the server: it waits there, once the window is full. Sending goes on. */
  hold(held: boolean): void {
    this.held = held;
    if (held) this.stream?.pause();
    else this.stream?.resume();
  }

  /** Sends what the session has to send. */
  flush(): void {
    const { stream } = this;
    if (stream === undefined || this.writing) return;
    const message = this.options.session.next();
    if (message === undefined) return;
    this.writing = true;
    stream.write(clientMessageToWire(message), () => {
      if (this.stream !== stream) return;
      this.writing = false;
      this.flush();
    });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    const { stream } = this;
    this.stream = undefined;
    this.options.session.disconnect();
    stream?.cancel();
    this.client.close();
  }

  private async connect(): Promise<void> {
    let metadata: Metadata;
    try {
      metadata = metadataOf(await this.options.metadata());
    } catch (cause) {
      this.down(
        new SyncError(Code.unauthenticated, 'NO_CREDENTIALS', 'the token provider failed', {
          cause,
        }),
        true,
      );
      return;
    }
    if (this.closed || this.stream !== undefined) return;
    const stream = this.client.sync(metadata);
    this.stream = stream;
    this.writing = false;
    stream.on('data', (response: SyncResponse) => this.receive(stream, response));
    stream.on('error', (error: ServiceError) => this.lose(stream, fromServiceError(error)));
    stream.on('end', () => this.lose(stream, ended()));
    if (this.held) stream.pause();
    this.options.session.connect();
    this.flush();
  }

  private receive(
    stream: ClientDuplexStream<SyncRequest, SyncResponse>,
    response: SyncResponse,
  ): void {
    if (this.stream !== stream) return;
    try {
      const { limits, compressors, session } = this.options;
      const events = session.receive(serverMessageFromWire(response, compressors, limits));
      for (const event of events) this.handle(stream, event);
    } catch (error) {
      stream.cancel();
      this.lose(stream, error instanceof SyncError ? error : internal(error));
      return;
    }
    this.flush();
  }

  private handle(stream: ClientDuplexStream<SyncRequest, SyncResponse>, event: ClientEvent): void {
    if (event.type === 'checkpoint') this.attempt = 0;
    this.options.onEvent(event);
    if (event.type !== 'rebuild' && event.type !== 'forked') return;
    stream.cancel();
    this.lose(stream, event.type === 'rebuild' ? copyDiffers() : identityTaken());
  }

  private lose(stream: ClientDuplexStream<SyncRequest, SyncResponse>, error: SyncError): void {
    if (this.stream !== stream) return;
    this.stream = undefined;
    this.options.session.disconnect();
    this.down(error, !isHopeless(error));
  }

  private down(error: SyncError, retry: boolean): void {
    if (this.closed) return;
    if (retry) {
      const wait = Math.max(
        backoffMs(this.attempt++, this.options.random(), this.options.backoff),
        error.retryDelayMs ?? 0,
      );
      this.timer = setTimeout(() => this.wake(), wait);
    }
    this.options.onDown(error, retry);
  }
}

function isHopeless({ code, reason }: SyncError): boolean {
  // A session that outlived its token goes on with a fresh one. And where a copy has no room it gets none by waiting.
  return reason === 'CHUNK_FULL' || (hopeless.has(code) && reason !== 'IDENTITY_EXPIRED');
}

function metadataOf(values: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(values)) metadata.set(key, value);
  return metadata;
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
  return new SyncError(Code.internal, 'INTERNAL', 'a message of the server could not be taken', {
    cause,
  });
}
