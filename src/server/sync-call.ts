import { SyncRequest, SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { renamed } from '../base/error-fields.ts';
import { Code, SyncError } from '../base/errors.ts';
import { type Outcome, unorderedOutcome } from '../change/commit.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { PushLines } from '../replica/push-lines.ts';
import { checkExpiry } from '../session/handshake.ts';
import { type Compression, type Encoding, passingReasons } from '../session/messages.ts';
import { ServerSession } from '../session/server-session.ts';
import type { Identity } from '../session/source.ts';
import { decodeMessage } from '../wire/decode-message.ts';
import { clientMessageFromWire, serverMessageToWire } from '../wire/sync-messages.ts';
import { type RawDuplexCall, statusOf } from './call.ts';
import type { Database } from './database.ts';
import { databaseOf, identify, type ServerContext, serverStopping } from './server-context.ts';

/** Timers of many days overflow; and a clock may be set. */
const expiryCheckMsMax = 3_600_000;

/**
 * Drives one Sync stream: bytes in and out of a ServerSession. One write is in flight; what the client has not
 * taken is not gathered. While more than one push's worth of transactions waits for the log, nothing is read.
 */
export class SyncCall {
  private readonly context: ServerContext;
  private readonly call: RawDuplexCall;
  private identity: Identity | undefined;
  private session: ServerSession | undefined;
  private database: Database | undefined;
  private encoding: Encoding = 'rows';
  private compression: Compression = 'none';
  private stopListening: () => void = () => {};
  private pumpPlanned = false;
  private writing = false;
  private over = false;
  private ended = false;
  /** What came in parts is being prepared. */
  private preparing = false;
  /** Transactions whose outcome, and parts whose result, the transport has not taken yet. */
  private unanswered = 0;
  private expiry: ReturnType<typeof setTimeout> | undefined;
  /** Runs while something of this stream waits to be sent again. */
  private offer: ReturnType<typeof setTimeout> | undefined;
  /** Outcomes go out in the order of their pushes. */
  private answers: Promise<void> = Promise.resolve();

  constructor(context: ServerContext, call: RawDuplexCall) {
    this.context = context;
    this.call = call;
  }

  async serve(): Promise<void> {
    const stop = () => this.fail(serverStopping());
    for (const event of ['cancelled', 'close', 'error'] as const)
      this.call.on(event, () => this.finish());
    this.context.stopping.addEventListener('abort', stop);
    this.stopListening = () => this.context.stopping.removeEventListener('abort', stop);
    this.context.sessionCount++;
    try {
      this.identity = await identify(this.context, this.call);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.over) return;
    this.expireLater(this.identity);
    this.call.on('data', (bytes: Uint8Array) => this.guard(() => this.onRequest(bytes)));
    this.call.on('end', () => this.onEnd());
  }

  /** An idle stream ends too when its identity's time is over. */
  private expireLater({ expiresAtMs }: Identity): void {
    if (expiresAtMs === undefined) return;
    const waitMs = Math.min(expiresAtMs - this.context.clock.nowMs(), expiryCheckMsMax);
    this.expiry = setTimeout(
      () => {
        this.guard(() => checkExpiry(this.identity!, this.context.clock.nowMs()));
        if (!this.over) this.expireLater(this.identity!);
      },
      Math.max(1, waitMs),
    );
    this.expiry.unref();
  }

  private onRequest(bytes: Uint8Array): void {
    if (this.over) return;
    const message = clientMessageFromWire(decodeMessage(SyncRequest, bytes));
    if (this.session === undefined) {
      if (message.type !== 'hello') {
        throw new SyncError(
          Code.failedPrecondition,
          'OUT_OF_TURN',
          'the first message must be a hello',
        );
      }
      this.open(message.handshake.database, this.identity!);
    }
    // A session speaks of a hello's parts as of those of a PullRequest.
    const path = message.type === 'hello' ? 'hello.' : '';
    renamed(
      () => this.session?.receive(message, this.context.clock.nowMs()),
      (field) => path + field,
    );
    // A part has an answer that the client may be slow to take, like a transaction.
    if (message.type === 'part') this.owe(1);
    this.takeIn();
    this.pump();
  }

  /** Orders what came. What came in parts is prepared over many turns: all behind it waits, and nothing more is read. */
  private takeIn(): void {
    if (this.session === undefined || this.preparing) return;
    this.preparing = this.session.prepare();
    if (this.preparing) {
      this.call.pause();
      setImmediate(() => {
        this.preparing = false;
        this.guard(() => this.takeIn());
      });
      return;
    }
    for (const push of this.session.submissions()) this.order(push);
    this.taken(0);
  }

  private open(name: string, identity: Identity): void {
    const database = databaseOf(this.context, identity, name, 'hello.handshake.database');
    const { compressors } = this.context;
    this.database = database;
    this.session = new ServerSession({
      source: database.source,
      identity,
      sessionId: this.context.nextSessionId(),
      compressions: compressors.map((compressor) => compressor.name),
    });
    const stopCommits = database.onCommits(() => this.planPump());
    const stopRest = this.stopListening;
    this.stopListening = () => {
      stopCommits();
      stopRest();
    };
  }

  /** Commits of one turn of the event loop travel in one message. */
  private planPump(): void {
    if (this.pumpPlanned) return;
    this.pumpPlanned = true;
    setImmediate(() => {
      this.pumpPlanned = false;
      this.guard(() => this.pump());
    });
  }

  private pump(): void {
    if (this.over || this.writing || this.session === undefined) return;
    const message = this.session.next(this.context.clock.nowMs());
    if (message === undefined) {
      const isAnswered = this.unanswered === 0 && !this.preparing;
      if (this.ended && isAnswered && this.session.state === 'live') this.complete();
      return;
    }
    if (message.type === 'welcome') {
      this.encoding = message.encoding;
      this.compression = message.compression;
    }
    const compressor = this.context.compressors.find(({ name }) => name === this.compression);
    this.writing = true;
    const response = serverMessageToWire(message, this.encoding, compressor);
    this.call.write(SyncResponse.encode(response).finish(), () => {
      this.writing = false;
      if (message.type === 'push-result') this.taken(message.outcomes.length);
      if (message.type === 'part-result') this.taken(1);
      this.guard(() => this.pump());
    });
  }

  /** The transport has the outcomes: only then is there room for more pushes. */
  private taken(outcomes: number): void {
    this.unanswered -= outcomes;
    const hasRoom = this.unanswered <= this.context.limits.pushTransactionsMax;
    if (hasRoom && !this.preparing && !this.over) this.call.resume();
  }

  private owe(outcomes: number): void {
    this.unanswered += outcomes;
    if (this.unanswered > this.context.limits.pushTransactionsMax) this.call.pause();
  }

  private order(push: readonly PreparedTransaction[]): void {
    const { database, identity } = this;
    if (database === undefined || identity === undefined) return;
    this.owe(push.length);
    const lines = new PushLines();
    const outcomes = Promise.all(
      push.map((prepared) => this.ordered(prepared, database.submit(prepared, identity, lines))),
    );
    outcomes.catch(() => {});
    this.answers = this.answers.then(async () => {
      try {
        this.session?.answer(await outcomes);
      } catch (error) {
        this.fail(error);
      }
      this.guard(() => this.pump());
    });
  }

  /** The outcome of one transaction; what could not be ordered is an outcome too, so that others' go on. */
  private async ordered(
    prepared: PreparedTransaction,
    outcome: Promise<Outcome>,
  ): Promise<Outcome> {
    try {
      return await outcome;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (passingReasons.has(error.reason)) this.offerLater(error.retryDelayMs!);
      else if (error.code !== Code.failedPrecondition) throw error;
      return unorderedOutcome(prepared.transaction, error);
    }
  }

  /**
   * A client sends again what was not ordered when a checkpoint comes, and while nothing is ordered none would. So one
   * comes by itself, and rows go on to be received over the stream meanwhile.
   */
  private offerLater(delayMs: number): void {
    if (this.over) return;
    this.offer ??= setTimeout(() => {
      this.offer = undefined;
      this.session?.offerAgain();
      this.guard(() => this.pump());
    }, delayMs);
    this.offer.unref();
  }

  /** The client has said all it wanted: it still gets its answers and one checkpoint. */
  private onEnd(): void {
    this.ended = true;
    if (this.session === undefined) this.complete();
    else this.guard(() => this.pump());
  }

  private guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(error);
    }
  }

  private complete(): void {
    if (this.over) return;
    this.finish();
    this.call.end();
  }

  private fail(error: unknown): void {
    if (this.over) return;
    this.finish();
    this.call.emit('error', statusOf(error, this.context.onInternalError));
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.context.sessionCount--;
    clearTimeout(this.expiry);
    clearTimeout(this.offer);
    this.stopListening();
    this.session?.close();
  }
}
