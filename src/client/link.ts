import { credentials as grpcCredentials } from '@grpc/grpc-js';
import { assert, type SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Transaction } from '../change/transaction.ts';
import type { Schema } from '../schema/table-def.ts';
import type { ClientEvent } from '../session/client-event.ts';
import type { ClientSession } from '../session/client-session.ts';
import { type TeamCodecs, teamCodecsOf } from '../table/batch/team-codec.ts';
import { createCompressors } from '../wire/compressor.ts';
import { ByteProgress } from './byte-progress.ts';
import type { Measured } from './client-metrics.ts';
import { Connection } from './connection.ts';
import { LinkStatus } from './link-status.ts';
import { globalNetwork, type OpenOptions } from './open-options.ts';
import { defaultRetry, type RetryOptions } from './retry.ts';
import type { Status } from './status.ts';

export interface LinkOptions {
  readonly open: OpenOptions;
  readonly session: ClientSession;
  readonly schema: Schema;
  readonly limits: Limits;
  readonly measured: Measured;
  readonly onStatus: (status: Status) => void;
  /** What came over it, once the status says so. */
  readonly onEvent: (event: ClientEvent) => void;
  /** Called with what is pushed. */
  readonly onPush: (transactions: readonly Transaction[]) => void;
  /** Trying again cannot help. */
  readonly onBlocked: (error: SyncError) => void;
}

/** A client's link to its server: whether it is to be there, how it does, and what it says of that. */
export class Link {
  private readonly options: LinkOptions;
  private readonly link: LinkStatus;
  private readonly bytes = new ByteProgress();
  private readonly retry: RetryOptions;
  private readonly network: OpenOptions['network'];
  private readonly teamCodecs: TeamCodecs;
  private connection: Connection | undefined;
  private held = false;

  /** INVALID_ARGUMENT BAD_TEAM_CODEC. */
  constructor(options: LinkOptions) {
    const { open } = options;
    this.teamCodecs = teamCodecsOf(open.teamCodecs);
    this.options = options;
    this.retry = { ...defaultRetry, ...open.retry };
    this.link = new LinkStatus(this.retry.attemptsMax, options.onStatus);
    this.network = open.network ?? globalNetwork;
    this.network?.addEventListener('online', this.nudge);
  }

  get status(): Status {
    return this.link.status;
  }

  /** Connects now, whatever wait was planned; also out of `blocked`. */
  connect(): void {
    this.connection ??= this.newConnection();
    this.connection.hold(this.held);
    this.link.connect();
    // A listener may have had it otherwise.
    this.connection?.wake();
  }

  // A function of its own, for it is passed on as a listener.
  readonly nudge = (): void => {
    const { state } = this.status;
    if (this.connection === undefined || state === 'blocked') return;
    this.link.connect();
    this.connection?.wake();
  };

  disconnect(): void {
    this.drop();
    this.link.disconnect();
  }

  /** Another conversation in the place of the one that is open: what is asked for has changed. */
  restart(): void {
    this.link.restart();
    this.connection?.restart();
  }

  /** Sends what the session has to send. */
  flush(): void {
    this.connection?.flush();
  }

  /** While held, nothing is taken from the server. */
  hold(held: boolean): void {
    this.held = held;
    this.connection?.hold(held);
  }

  /** A checkpoint is shown; with an error what is written here is not sent. */
  live(error: SyncError | undefined): void {
    this.linked(() => this.link.live(error));
    this.options.measured.checkpoint();
    this.bytes.begin();
  }

  /** Nothing can be sent or taken any more. */
  fail(error: SyncError): void {
    this.drop();
    this.onDown(error, false);
  }

  close(): void {
    this.network?.removeEventListener('online', this.nudge);
    this.disconnect();
  }

  private drop(): void {
    this.connection?.close();
    this.connection = undefined;
  }

  private newConnection(): Connection {
    const { open, session, schema, limits, onPush, measured } = this.options;
    const { teamCodecs } = this;
    const { url, random = Math.random } = open;
    assert(url !== undefined, 'this client was opened without a url');
    return new Connection({
      ...{ url, session, limits, random, schema, teamCodecs },
      metadata: () => metadataWith(open),
      renewsToken: typeof open.token === 'function',
      onPush: (transactions) => {
        measured.add('transactions_sent', transactions.length);
        onPush(transactions);
      },
      onSent: (bytes) => measured.add('bytes_sent', bytes),
      credentials: open.credentials ?? grpcCredentials.createInsecure(),
      compressors: createCompressors(),
      retry: this.retry,
      onEvent: (event) => this.onEvent(event),
      onBytes: (bytes) => {
        measured.add('bytes_received', bytes);
        this.bytes.received(bytes);
      },
      onDown: (error, isRetried) => this.onDown(error, isRetried),
    });
  }

  private onEvent(event: ClientEvent): void {
    if (event.type === 'welcome') {
      this.bytes.begin();
      this.options.measured.greeted();
      this.linked(() => this.link.welcome());
    } else if (event.type === 'progress') {
      const progress = this.bytes.of(event.progress);
      this.linked(() => this.link.progress(progress));
    } else if (event.type === 'reencode') {
      if (event.error !== undefined) this.options.measured.add('deltas_unreadable');
      this.linked(() => this.link.restart(event.error));
    }
    this.options.onEvent(event);
  }

  /** One message may lead to several things, and a listener of the first may have had the link cut. */
  private linked(tell: () => void): void {
    if (this.connection?.isUp) tell();
  }

  private onDown(error: SyncError, retry: boolean): void {
    this.options.measured.add('connection_failures');
    this.link.failed(error, retry);
    if (!retry) this.options.onBlocked(error);
  }
}

/** With the token, where there is one. */
async function metadataWith({
  token,
  metadata = () => ({}),
}: OpenOptions): Promise<Readonly<Record<string, string>>> {
  const [bearer, others] = await Promise.all([
    typeof token === 'function' ? token() : token,
    metadata(),
  ]);
  return bearer === undefined ? others : { ...others, authorization: `Bearer ${bearer}` };
}
