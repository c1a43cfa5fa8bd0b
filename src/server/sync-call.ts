import { SyncRequest, SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { renamed } from '../base/error-fields.ts';
import { Code, SyncError } from '../base/errors.ts';
import { type Outcome, unorderedOutcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { PushLines } from '../replica/push-lines.ts';
import { checkExpiry } from '../session/handshake.ts';
import { pushHeapBytes } from '../session/heap-estimate.ts';
import {
  type ClientMessage,
  type Compression,
  type Encoding,
  type Push,
  passingReasons,
} from '../session/messages.ts';
import type { Pushed, UntakenTransaction } from '../session/push-intake.ts';
import { ServerSession } from '../session/server-session.ts';
import type { Identity } from '../session/source.ts';
import { WholeTransaction } from '../session/whole-transaction.ts';
import { decodeMessage } from '../wire/decode-message.ts';
import { clientMessageFromWire, serverMessageToWire } from '../wire/sync-messages.ts';
import { type RawDuplexCall, statusOf } from './call.ts';
import type { Database } from './database.ts';
import { inTurns } from './in-turns.ts';
import { databaseOf, identify, type ServerContext, serverStopping } from './server-context.ts';
import type { Leave } from './waiting-room.ts';

/** Something that was pushed, and what is to be called when it is answered. */
interface Incoming {
  readonly push: Pushed;
  readonly leave: Leave;
}

/** Timers of many days overflow; and a clock may be set. */
const expiryCheckMsMax = 3_600_000;

/**
 * Drives one Sync stream: bytes in and out of a ServerSession. One write is in flight; what the client has not
 * taken is not gathered. Nothing is read while more than one push's worth of transactions waits for the log, nor while the
 * database has no room for what was read last, nor while a large transaction is on its way.
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
  /** Why nothing is read now: what came last waits for room, or a large transaction for its outcome. */
  private busy = false;
  /** What was pushed behind a large transaction. */
  private behind: Incoming[] = [];
  /** Aborted when the stream is over. */
  private readonly left = new AbortController();
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
    if (message.type === 'push' && this.database !== undefined) this.enter(message, this.database);
    else this.take(message, () => {});
  }

  /** Takes a push as soon as there is room for what is made of it. */
  private enter(message: Push, { waiting, schema }: Database): void {
    const bytes = pushHeapBytes(schema, message.transactions);
    const leave = waiting.tryEnter(bytes);
    if (leave !== undefined) {
      this.take(message, leave);
      return;
    }
    this.busy = true;
    this.regulate();
    waiting.enter(bytes, this.left.signal).then(
      (entered) => {
        this.busy = false;
        this.guard(() => this.take(message, entered));
        this.regulate();
      },
      (error) => this.fail(error),
    );
  }

  /** `leave` is called when the outcomes of the push are there. */
  private take(message: ClientMessage, leave: Leave): void {
    if (this.over) {
      leave();
      return;
    }
    // A session speaks of a hello's parts as of those of a PullRequest.
    const path = message.type === 'hello' ? 'hello.' : '';
    try {
      renamed(
        () => this.session?.receive(message, this.context.clock.nowMs()),
        (field) => path + field,
      );
    } catch (error) {
      leave();
      throw error;
    }
    // A part has an answer that the client may be slow to take, like a transaction.
    if (message.type === 'part') this.owe(1);
    for (const push of this.session?.pushes() ?? []) this.behind.push({ push, leave });
    this.takeIn();
    this.pump();
  }

  /** Orders what came. A large transaction takes many turns: all behind it waits, and nothing more is read. */
  private takeIn(): void {
    while (!this.busy && !this.over) {
      const next = this.behind.shift();
      if (next === undefined) break;
      const { push, leave } = next;
      if (Array.isArray(push)) this.order(push, leave);
      else this.orderLarge(push);
    }
    this.regulate();
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
      const isAnswered = this.unanswered === 0 && !this.busy;
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
    this.regulate();
  }

  private owe(outcomes: number): void {
    this.unanswered += outcomes;
    this.regulate();
  }

  private regulate(): void {
    if (this.over) return;
    const hasRoom = this.unanswered <= this.context.limits.pushTransactionsMax;
    const gate = this.context.admission.gateOf(this.call);
    if (hasRoom && !this.busy) {
      gate.open();
      this.call.resume();
    } else {
      gate.close();
      this.call.pause();
    }
  }

  private order(push: readonly PreparedTransaction[], leave: Leave): void {
    const { database, identity } = this;
    if (database === undefined || identity === undefined) return;
    this.owe(push.length);
    const lines = new PushLines();
    const outcomes = Promise.all(
      push.map((prepared) =>
        this.ordered(prepared.transaction, database.submit(prepared, identity, lines)),
      ),
    );
    outcomes.catch(() => {}).finally(leave);
    this.answers = this.answers.then(async () => {
      try {
        this.session?.answer(await outcomes);
      } catch (error) {
        this.fail(error);
      }
      this.guard(() => this.pump());
    });
  }

  /** What is before it has to be ordered before anything can be told of it. */
  private orderLarge(push: WholeTransaction | UntakenTransaction): void {
    this.busy = true;
    this.owe(1);
    this.answers = this.answers.then(async () => {
      try {
        const outcome = await this.ordered(push.part, this.outcomeOf(push));
        if (push instanceof WholeTransaction) this.session?.answer([outcome]);
        else this.session?.tell(outcome);
      } catch (error) {
        this.fail(error);
      }
      this.busy = false;
      this.guard(() => {
        this.takeIn();
        this.pump();
      });
    });
  }

  private outcomeOf(push: WholeTransaction | UntakenTransaction): Promise<Outcome> {
    if (!(push instanceof WholeTransaction)) return inTurns(push.outcome);
    return this.database!.large.order(push, this.identity!, this.left.signal);
  }

  /** The outcome of one transaction; what could not be ordered is an outcome too, so that others' go on. */
  private async ordered(
    named: Pick<Transaction, 'replica' | 'counter'>,
    outcome: Promise<Outcome>,
  ): Promise<Outcome> {
    try {
      return await outcome;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (passingReasons.has(error.reason)) this.offerLater(error.retryDelayMs!);
      else if (error.code !== Code.failedPrecondition) throw error;
      return unorderedOutcome(named, error);
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
    this.left.abort();
    for (const { leave } of this.behind.splice(0)) leave();
    this.session?.close();
  }
}
