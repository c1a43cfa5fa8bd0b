import { SyncRequest } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, SyncError } from '../base/errors.ts';
import { type Outcome, unorderedOutcome } from '../change/commit.ts';
import type { Named } from '../change/transaction.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { PushLines } from '../replica/push-lines.ts';
import { passingReasons } from '../session/messages.ts';
import type { UntakenTransaction } from '../session/push-intake.ts';
import type { ServerSession } from '../session/server-session.ts';
import type { Identity } from '../session/source.ts';
import { WholeTransaction } from '../session/whole-transaction.ts';
import { decodeMessage } from '../wire/decode-message.ts';
import { lookAtSyncRequest, namesInSyncRequest } from '../wire/push-look.ts';
import { clientMessageFromWire } from '../wire/sync-messages.ts';
import { allEnded } from './all-ended.ts';
import type { Database } from './database.ts';
import { enter, type Pushed } from './entrance.ts';
import type { ReadGate } from './gated-call.ts';
import { inTurns } from './in-turns.ts';
import { readableKeys } from './row-keys.ts';
import type { ServerContext } from './server-context.ts';
import type { Place } from './waiting-room.ts';

export interface SyncIntakeOptions {
  readonly context: ServerContext;
  readonly database: Database;
  readonly identity: Identity;
  readonly session: ServerSession;
  /** Whether more is read of the stream. */
  readonly gate: ReadGate;
  /** There may be something to send. */
  readonly onNews: () => void;
  /** The stream is to end with this. */
  readonly onFailure: (error: unknown) => void;
}

/** When several transactions that were too much at once are to be sent again, fewer at a time, in milliseconds. */
const fewerDelayMs = 1_000;

/** So often what was not ordered is offered, whether or not it is sent again. */
const offersMax = 2;

/** When somebody is offered once more to send again what he did not, in milliseconds. */
const offerAgainMs = 30_000;

/**
 * What comes in over one Sync stream: each message waits for its room, is read, and what it pushes is ordered; then the next
 * one is read of the stream. None is while more than one push's worth of transactions waits for its outcome to be taken, nor
 * while one waits for room or a large transaction is on its way.
 */
export class SyncIntake {
  private readonly options: SyncIntakeOptions;
  /** What came before it was asked for. */
  private readonly queue: Uint8Array[] = [];
  /** How much is under way of what came last. */
  private busyCount = 0;
  /** Transactions whose outcome, and parts whose result, the transport has not taken yet. */
  private unanswered = 0;
  /** When what is read now was taken up; nothing else is while it waits. */
  private takenAtMs = 0;
  /** Outcomes go out in the order of their pushes. */
  private answers: Promise<void> = Promise.resolve();
  /** Runs while something of this stream waits to be sent again. */
  private offer: { readonly atMs: number; readonly timer: NodeJS.Timeout } | undefined;
  private offersLeft = 0;
  private isLeft = false;
  /** Made where somebody is to hear of the end of the stream: most only ever listen. */
  private left: AbortController | undefined;

  constructor(options: SyncIntakeOptions) {
    this.options = options;
  }

  /** Whether all that came is answered, and the transport has the answers. */
  get isDone(): boolean {
    return this.unanswered === 0 && !this.isBusy && this.queue.length === 0;
  }

  /** Takes a message behind the hello. What it throws is to end the stream. */
  take(bytes: Uint8Array): void {
    this.queue.push(bytes);
    this.goOn();
  }

  /** The transport has so many outcomes: only then is there room for more pushes. */
  delivered(outcomes: number): void {
    this.unanswered -= outcomes;
    this.regulate();
  }

  /** The stream is over. */
  close(): void {
    this.isLeft = true;
    this.left?.abort();
    this.queue.length = 0;
    clearTimeout(this.offer?.timer);
  }

  private leaving(): AbortSignal {
    this.left ??= new AbortController();
    if (this.isLeft) this.left.abort();
    return this.left.signal;
  }

  private get isBusy(): boolean {
    return this.busyCount > 0;
  }

  private goOn(): void {
    while (!this.isBusy && !this.isLeft) {
      const bytes = this.queue.shift();
      if (bytes === undefined) break;
      this.read(bytes);
    }
    this.regulate();
  }

  private regulate(): void {
    if (this.isLeft) return;
    const { gate, context } = this.options;
    if (!this.isBusy && this.unanswered <= context.limits.pushTransactionsMax) gate.open();
    else gate.close();
  }

  private owe(outcomes: number): void {
    this.unanswered += outcomes;
    this.regulate();
  }

  /** Nothing behind it is looked at before it is done. */
  private during(work: Promise<void>): void {
    this.busyCount++;
    const { onNews, onFailure } = this.options;
    work
      .then(() => {
        this.busyCount--;
        this.goOn();
        onNews();
      })
      .catch(onFailure);
  }

  private read(bytes: Uint8Array): void {
    const { database } = this.options;
    this.takenAtMs = performance.now();
    const look = lookAtSyncRequest(database.schema, database.limits, bytes);
    const place = look === undefined ? noPlace : database.waiting.tryEnter(look.heapBytes);
    if (place !== undefined) this.enter(bytes, place);
    else this.during(this.waitForRoom(bytes, { bytes: bytes.length, ...look! }));
  }

  private async waitForRoom(bytes: Uint8Array, pushed: Pushed): Promise<void> {
    const { context, database } = this.options;
    const signal = this.leaving();
    let place: Place;
    try {
      place = await enter(context.admission.receiving, database, pushed, () => signal);
    } catch (error) {
      this.refuse(bytes, error);
      return;
    }
    if (signal.aborted) place.leave();
    else this.enter(bytes, place);
  }

  /** It is not read: what it has is not ordered, and the stream goes on. */
  private refuse(bytes: Uint8Array, error: unknown): void {
    if (this.isLeft) return;
    if (!(error instanceof SyncError) || !passingReasons.has(error.reason)) throw error;
    const named = namesInSyncRequest(bytes);
    this.owe(named.length);
    const delayMs = Math.min(error.retryDelayMs!, named.length > 1 ? fewerDelayMs : Infinity);
    const orderingMs = this.timeSinceTaken();
    this.answer(async () => {
      const outcomes = named.map((name) => unorderedOutcome(name, error));
      this.options.session.tell(outcomes, orderingMs());
      this.offerLater(delayMs);
    });
  }

  /** The place is left when the outcomes of what is pushed are there. */
  private enter(bytes: Uint8Array, place: Place): void {
    const { session, context, database, identity, onNews } = this.options;
    let isOrdered = false;
    try {
      const message = clientMessageFromWire(decodeMessage(SyncRequest, bytes), {
        schema: database.schema,
        limits: database.limits,
        compressors: context.compressors,
        keyOf: readableKeys(database.source.state, identity),
      });
      session.receive(message, context.clock.nowMs());
      // A part has an answer that the client may be slow to take, like a transaction.
      if (message.type === 'part') this.owe(1);
      for (const push of session.pushes()) {
        if (Array.isArray(push)) {
          this.order(push, place);
          isOrdered = true;
        } else this.orderLarge(push);
      }
    } finally {
      if (!isOrdered) place.leave();
    }
    onNews();
  }

  private order(push: readonly PreparedTransaction[], { room, leave }: Place): void {
    const { database, identity, session } = this.options;
    this.owe(push.length);
    const lines = new PushLines();
    const outcomes = allEnded(
      push.map((prepared) =>
        this.ordered(prepared.transaction, database.submit(prepared, identity, lines, room)),
      ),
    );
    outcomes.catch(() => {}).finally(leave);
    const orderingMs = this.timeSinceTaken();
    this.answer(async () => session.answer(await outcomes, orderingMs()));
  }

  /**
   * A large transaction takes many turns, and what is before it has to be ordered before anything can be told of it: so all
   * behind it waits.
   */
  private orderLarge(push: WholeTransaction | UntakenTransaction): void {
    const { session } = this.options;
    this.owe(1);
    const orderingMs = this.timeSinceTaken();
    this.answer(async () => {
      const outcome = await this.ordered(push.part, this.outcomeOf(push));
      if (push instanceof WholeTransaction) session.answer([outcome], orderingMs());
      else session.tell([outcome], orderingMs());
    });
    this.during(this.answers);
  }

  private outcomeOf(push: WholeTransaction | UntakenTransaction): Promise<Outcome> {
    const { database, identity } = this.options;
    if (!(push instanceof WholeTransaction)) return inTurns(push.outcome);
    return database.large.order(push, identity, this.leaving());
  }

  /** How long what is read now has been here, whenever that is asked, in whole milliseconds. */
  private timeSinceTaken(): () => number {
    const { takenAtMs } = this;
    return () => Math.round(performance.now() - takenAtMs);
  }

  /** Answers when all before it is answered. */
  private answer(give: () => Promise<void>): void {
    const { onNews, onFailure } = this.options;
    this.answers = this.answers.then(async () => {
      try {
        await give();
        onNews();
      } catch (error) {
        onFailure(error);
      }
    });
  }

  /** The outcome of one transaction; what could not be ordered is an outcome too, so that others' go on. */
  private async ordered(named: Named, outcome: Promise<Outcome>): Promise<Outcome> {
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
   * comes by itself, and rows go on to be received over the stream meanwhile. Who waits longer by himself is offered it again.
   */
  private offerLater(delayMs: number): void {
    this.offersLeft = offersMax;
    this.offerIn(delayMs);
  }

  private offerIn(delayMs: number): void {
    const atMs = this.options.context.clock.nowMs() + delayMs;
    if (this.isLeft || (this.offer?.atMs ?? Infinity) <= atMs) return;
    clearTimeout(this.offer?.timer);
    const timer = setTimeout(() => this.offerNow(), delayMs).unref();
    this.offer = { atMs, timer };
  }

  private offerNow(): void {
    this.offer = undefined;
    this.options.session.offerAgain();
    this.options.onNews();
    if (--this.offersLeft > 0) this.offerIn(offerAgainMs);
  }
}

const noPlace: Place = { room: undefined, leave: () => {} };
