import { SyncRequest } from '../../gen/ts/syncdb/v1/sync.ts';
import { renamed } from '../base/error-fields.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { ServerMessage } from '../session/messages.ts';
import { ServerSession } from '../session/server-session.ts';
import type { Identity, SyncSource } from '../session/source.ts';
import { decodeMessage } from '../wire/decode-message.ts';
import { DeltaEncoder } from '../wire/delta-encoder.ts';
import { checkTalk } from '../wire/push-look.ts';
import { clientMessageFromWire } from '../wire/sync-messages.ts';
import { encodeServerMessage } from '../wire/sync-response.ts';
import { type RawDuplexCall, statusOf } from './call.ts';
import type { Database } from './database.ts';
import type { DatabaseStatistics } from './database-statistics.ts';
import type { DeviceStream } from './device.ts';
import { onExpiry } from './expiry.ts';
import type { CallStream, ReadGate } from './gated-call.ts';
import { Pace } from './pace.ts';
import { databaseOf, identify, type ServerContext } from './server-context.ts';
import { SyncIntake } from './sync-intake.ts';

/**
 * Drives one Sync stream: bytes in and out of a ServerSession. One write is in flight; what the client has not
 * taken is not gathered. What comes in behind the hello has a side of its own.
 */
export class SyncCall {
  private readonly context: ServerContext;
  private readonly call: RawDuplexCall;
  private identity: Identity | undefined;
  private readonly pace: Pace;
  private session: ServerSession | undefined;
  private intake: SyncIntake | undefined;
  private device: DeviceStream | undefined;
  private statistics: DatabaseStatistics | undefined;
  private source: SyncSource | undefined;
  private encoder: DeltaEncoder | undefined;
  private stopListening: () => void = () => {};
  private pumpPlanned = false;
  private writing = false;
  /** There is more for it than one message has. */
  private isBehind = false;
  private bulkPlanned = false;
  private over = false;
  private ended = false;
  private stopExpiry: () => void = () => {};
  constructor(context: ServerContext, call: RawDuplexCall) {
    this.context = context;
    this.call = call;
    this.pace = new Pace(context.limits.deltaBytesMax);
  }

  async serve(): Promise<void> {
    const leaving = this.context.admission.leavingOf(this.call);
    const stop = () => this.fail(leaving.reason);
    for (const event of ['cancelled', 'close', 'error'] as const)
      this.call.on(event, () => this.finish(undefined));
    leaving.addEventListener('abort', stop);
    this.stopListening = () => leaving.removeEventListener('abort', stop);
    this.context.sessionCount++;
    if (leaving.aborted) stop();
    if (this.over) return;
    try {
      this.identity = await identify(this.context, this.call);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.over) return;
    // An idle stream ends too.
    this.stopExpiry = onExpiry(this.identity, this.context.clock, (error) => this.fail(error));
    this.call.on('data', (bytes: Uint8Array) => this.guard(() => this.onRequest(bytes)));
    this.call.on('end', () => this.onEnd());
  }

  private onRequest(bytes: Uint8Array): void {
    if (this.over) return;
    this.noteReceived(bytes.length);
    if (this.intake !== undefined) this.intake.take(bytes);
    else this.begin(bytes);
  }

  private begin(bytes: Uint8Array): void {
    const { limits, clock } = this.context;
    checkTalk(bytes, limits.talkBytesMax);
    const message = clientMessageFromWire(decodeMessage(SyncRequest, bytes));
    if (message.type !== 'hello') {
      throw new SyncError(
        Code.failedPrecondition,
        'OUT_OF_TURN',
        'the first message must be a hello',
      );
    }
    const identity = this.identity!;
    const { handshake, relay } = message;
    const greeting = { handshake, identity, relay };
    const field = 'hello.handshake.database';
    const database = databaseOf(this.context, identity, handshake.database, field);
    const session = this.open(database, identity);
    database.devices.greets(greeting, () =>
      // A session speaks of a hello's parts as of those of a PullRequest.
      renamed(
        () => session.receive(message, clock.nowMs()),
        (part) => `hello.${part}`,
      ),
    );
    const { cursor } = message.subscription;
    this.device = database.devices.connected(
      greeting,
      () => (session.storedCursor.length > 0 ? session.storedCursor : cursor),
      (error) => this.fail(error),
    );
    this.statistics = database.statistics;
    this.statistics.sessionBegan(cursor.length === 0);
    this.sayBegan(database.name, session, { relay, isFirst: cursor.length === 0 });
    this.noteReceived(bytes.length);
    this.pump();
  }

  /** Says that a session began, and when it is over how it ended. */
  private sayBegan(database: string, session: ServerSession, how: object): void {
    const { sessionLines, meter } = this.context;
    const { id, replica, unreadable } = session;
    const who = { database, session: id, replica, identity: this.identity!.name };
    sessionLines.began({ ...who, ...how });
    if (unreadable !== undefined) sessionLines.unreadable({ ...who, ...unreadable });
    meter.tellsOf(this.call, ({ code, bytesIn, bytesOut, durationMs, reason }) =>
      sessionLines.ended(() => {
        return { ...who, code, reason: reason(), bytesIn, bytesOut, durationMs };
      }),
    );
  }

  private noteReceived(bytes: number): void {
    this.device?.received(bytes);
    this.statistics?.received(bytes);
  }

  private open(database: Database, identity: Identity): ServerSession {
    const { context } = this;
    const { compressors, teamCodecs } = context;
    const session = new ServerSession({
      source: database.source,
      identity,
      sessionId: context.nextSessionId(),
      compressions: compressors.map((compressor) => compressor.name),
      levelMax: context.levelMax,
      teamCodecs: [...teamCodecs.keys()],
    });
    this.session = session;
    this.source = database.source;
    this.intake = new SyncIntake({
      ...{ context, database, identity, session },
      gate: this.gate(),
      onNews: () => this.guard(() => this.pump()),
      onFailure: (error) => this.fail(error),
    });
    const stopCommits = database.onNews(() => this.planPump());
    const stopRest = this.stopListening;
    this.stopListening = () => {
      stopCommits();
      stopRest();
    };
    return session;
  }

  private below(): CallStream {
    return this.context.admission.gateOf(this.call);
  }

  private gate(): ReadGate {
    const gate = this.below();
    return {
      open: () => {
        gate.open();
        this.call.resume();
      },
      close: () => {
        gate.close();
        this.call.pause();
      },
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
    if (this.isBehind) this.planBulk();
    else this.sendNext(this.session);
  }

  /** Who has much to get does not hold those up who wait for little. */
  private planBulk(): void {
    if (this.bulkPlanned) return;
    this.bulkPlanned = true;
    this.context.bulkTurns.plan(() => {
      this.bulkPlanned = false;
      if (this.over || this.writing) return;
      this.guard(() => this.sendNext(this.session!));
    });
  }

  private sendNext(session: ServerSession): void {
    const { deltaBytes } = this.pace;
    const message = session.next(this.context.clock.nowMs(), deltaBytes);
    if (message === undefined) {
      if (deltaBytes > 0) this.isBehind = false;
      const isAnswered = this.ended && this.intake!.isDone && deltaBytes > 0;
      if (isAnswered && session.state === 'live') this.complete();
      return;
    }
    if (message.type === 'welcome') {
      const { compressors, teamCodecs } = this.context;
      this.encoder = new DeltaEncoder(message, compressors, this.source!, {
        codecs: teamCodecs,
      });
      this.isBehind = true;
    }
    if (message.type === 'delta') this.isBehind = message.checkpoint === undefined;
    this.writing = true;
    this.encoded(message, (bytes) => this.write(message, bytes));
  }

  /** What is read of the state is read at once; column blocks are compressed while others go on. */
  private encoded(message: ServerMessage, then: (bytes: Uint8Array) => void): void {
    if (message.type !== 'delta') {
      then(encodeServerMessage(message));
      return;
    }
    const rows = this.encoder!.rows(message);
    if (!(rows instanceof Promise)) {
      then(encodeServerMessage(message, rows));
      return;
    }
    const told = { ...message, deltas: [] };
    rows.then(
      (sealed) => this.guard(() => this.over || then(encodeServerMessage(told, sealed))),
      (error) => this.fail(error),
    );
  }

  private write(message: ServerMessage, bytes: Uint8Array): void {
    this.device?.sent(bytes.length, message);
    this.statistics?.sent(bytes.length, message);
    const isFull = message.type === 'delta' && message.checkpoint === undefined;
    if (isFull && this.pace.claimTiming()) this.time();
    this.pace.writes(bytes.length, isFull);
    this.send(bytes, answersIn(message));
  }

  /** Only the bytes stay until they are taken, which they need not ever be: what they were made of is let go of. */
  private send(bytes: Uint8Array, answers: number): void {
    this.call.write(bytes, () => {
      this.writing = false;
      this.mark();
      if (answers > 0) this.intake?.delivered(answers);
      this.guard(() => this.pump());
    });
  }

  /** Finds out how long the way takes when nothing is on it. */
  private time(): void {
    const atMs = performance.now();
    this.below().mark(() => this.pace.timed(performance.now() - atMs));
  }

  /** Sends a mark behind what was written, where one is wanted. */
  private mark(): void {
    if (this.over || !this.pace.wantsMark) return;
    const { nextMark } = this.pace;
    const isSent = this.below().mark(() => {
      this.pace.returned(nextMark, performance.now());
      this.guard(() => this.pump());
      // Behind what is written now, so that it is of the window as it is now.
      if (!this.writing) this.mark();
    });
    if (isSent) this.pace.mark(performance.now());
    else this.pace.forget();
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
    this.finish(undefined);
    this.call.end();
  }

  private fail(error: unknown): void {
    if (this.over) return;
    this.finish(error);
    this.call.emit('error', statusOf(error, this.context.onInternalError));
  }

  /** `error` is what it ends with; undefined where it ends well, or the client has gone. */
  private finish(error: unknown): void {
    if (this.over) return;
    this.over = true;
    this.device?.close(error);
    this.statistics?.sessionEnded();
    this.context.sessionCount--;
    this.stopExpiry();
    this.stopListening();
    this.intake?.close();
    this.session?.close();
  }
}

/** How many of what the client pushed a message answers. */
function answersIn(message: ServerMessage): number {
  if (message.type === 'push-result') return message.outcomes.length;
  return message.type === 'part-result' ? 1 : 0;
}
