import { SyncRequest, SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import { type Outcome, unorderedOutcome } from '../../src/change/commit.ts';
import { keysIn } from '../../src/change/row-numbers.ts';
import type { PreparedTransaction } from '../../src/merge/prepared.ts';
import { passingReasons, type ServerMessage } from '../../src/session/messages.ts';
import { outcomeOfUntaken, type Pushed } from '../../src/session/push-intake.ts';
import { ServerSession } from '../../src/session/server-session.ts';
import type { Identity, SyncSource } from '../../src/session/source.ts';
import { WholeTransaction } from '../../src/session/whole-transaction.ts';
import { DeltaEncoder } from '../../src/wire/delta-encoder.ts';
import { noRows, type WireRows } from '../../src/wire/delta-rows.ts';
import { clientMessageFromWire, serverMessageToWire } from '../../src/wire/sync-messages.ts';
import type { LineEnd } from './line.ts';
import type { Prng } from './prng.ts';
import { Defect, expectedError, type World } from './world.ts';

/** Somebody who serves: the home, or a relay. */
export interface Served {
  readonly source: SyncSource;
  /** Orders or holds a push. */
  submit(push: readonly PreparedTransaction[]): Promise<Outcome[]>;
  nowMs(): number;
}

/** Whoever connects; it may do everything. */
export const identity: Identity = {
  name: 'sim',
  readScopes: ['*'],
  writeScopes: ['*'],
  relay: true,
  admin: false,
  expiresAtMs: undefined,
};

/**
 * The end of a line at the server: what src/server/sync-call.ts does over gRPC, written a second time. What it holds to I13 is
 * the session; the bounds of the other are for the tests of src/server to show.
 */
export class ServerLine {
  readonly end: LineEnd;
  private readonly world: World;
  private readonly served: Served;
  private readonly session: ServerSession;
  private readonly damage: Prng;
  private encoder: DeltaEncoder | undefined;
  private sending = false;
  private over = false;
  private answers: Promise<void> = Promise.resolve();
  /** Transactions whose outcome the line has not taken yet. */
  private unanswered = 0;
  /** Number of the last offer to send something again. */
  private offer = 0;
  /** Answers that the session has, and that were not sent. */
  private answersQueued = 0;

  constructor(world: World, served: Served, end: LineEnd) {
    this.world = world;
    this.served = served;
    this.end = end;
    const { source } = served;
    this.damage = world.random(`damage on line ${end.line.number}`);
    this.session = new ServerSession({ source, identity, sessionId: 's', compressions: [] });
    end.onMessage = (bytes) => this.guard(() => this.receive(bytes));
    end.onDown = () => this.finish();
  }

  /** Sends what there is to send. */
  pump(): void {
    this.guard(() => this.sendNext());
  }

  /** Hangs up; the client is told why. */
  close(error: SyncError): void {
    if (this.over) return;
    this.finish();
    this.end.close(error);
  }

  /** The process is gone. */
  vanish(): void {
    this.finish();
    this.end.line.lose('server');
  }

  private receive(bytes: Uint8Array): void {
    if (this.over) return;
    const { schema, limits, state } = this.served.source;
    const reading = { schema, limits, compressors: [], keyOf: keysIn(state, () => true) };
    const message = clientMessageFromWire(SyncRequest.decode(bytes), reading);
    this.session.receive(message, this.served.nowMs());
    if (message.type === 'part') this.owe(1);
    this.checkParts();
    for (const push of this.session.pushes()) this.takeUp(push);
    this.sendNext();
  }

  /** Over all who send parts, however slowly. */
  private checkParts(): void {
    const { source } = this.served;
    const { partsBytesMax } = this.world.limits;
    if (source.parts.bytes <= partsBytesMax) return;
    this.world.violation(`I13: ${source.parts.bytes} bytes of parts, and ${partsBytesMax} at most`);
  }

  private sendNext(): void {
    if (this.over || this.sending) return;
    const message = this.session.next(this.served.nowMs());
    if (message === undefined) return;
    const { source } = this.served;
    if (message.type === 'welcome')
      this.encoder = new DeltaEncoder(message, [], source, { rowsMin: 2, atOnce: true });
    if (message.type === 'push-result') this.answersQueued--;
    this.sending = true;
    const rows = message.type === 'delta' ? this.encoder!.rows(message) : noRows;
    if (!(rows instanceof Promise)) this.send(message, rows);
    else rows.then((sealed) => this.guard(() => this.over || this.send(message, sealed)));
  }

  /** Now and then a block, or a batch, is not what was made: on its way, or from then on wherever it is kept. */
  private damaged(message: ServerMessage, rows: WireRows): WireRows {
    const { world, damage } = this;
    const { columns, packed } = rows;
    if (columns.length + packed.length === 0 || !world.isChaos()) return rows;
    const isShared = message.type === 'delta' && message.block !== undefined;
    // Those are few.
    if (!damage.chance(isShared ? 0.5 : 0.1)) return rows;
    const isKept = isShared && damage.chance(0.8);
    const fault = isKept ? 'block damaged where it is kept' : 'block damaged on its way';
    world.trace.fault(world.scheduler.nowMs, fault);
    if (!isKept) return { ...rows, columns: columns.slice(0, -1), packed: packed.slice(0, -1) };
    columns.fill(0);
    packed.fill(0);
    return rows;
  }

  private send(message: ServerMessage, made: WireRows): void {
    const rows = this.damaged(message, made);
    const bytes = SyncResponse.encode(serverMessageToWire(message, rows)).finish();
    this.end.send(bytes, () => {
      this.sending = false;
      if (message.type === 'push-result') this.taken(message.outcomes.length);
      if (message.type === 'part-result') this.taken(1);
      this.pump();
    });
  }

  /** There is room for more pushes. */
  private taken(outcomes: number): void {
    this.unanswered -= outcomes;
    if (this.unanswered <= this.world.limits.pushTransactionsMax) this.end.resume();
  }

  private owe(answers: number): void {
    const { pushTransactionsMax } = this.world.limits;
    this.unanswered += answers;
    if (this.unanswered > pushTransactionsMax) this.end.pause();
    // One message more than may wait, since it is counted when it has come: a push, or a last part and what it completes.
    if (this.unanswered > pushTransactionsMax + Math.max(pushTransactionsMax, 2)) {
      this.world.violation(`I13: ${this.unanswered} transactions of one client wait`);
    }
  }

  private takeUp(push: Pushed): void {
    if (Array.isArray(push)) this.order(push);
    else if (push instanceof WholeTransaction) this.order([push.take()]);
    else {
      this.owe(1);
      this.answerNext(async () => {
        const outcome = outcomeOfUntaken(push);
        this.session.tell([outcome]);
        return [outcome];
      });
    }
  }

  private order(push: readonly PreparedTransaction[]): void {
    this.owe(push.length);
    const outcomes = this.served.submit(push);
    outcomes.catch(() => {});
    this.answerNext(async () => {
      const told = await outcomes;
      this.session.answer(told);
      return told;
    });
  }

  /** Answers go out in the order of what they answer. */
  private answerNext(answer: () => Promise<readonly Outcome[]>): void {
    const { pushTransactionsMax } = this.world.limits;
    this.answers = this.answers.then(async () => {
      try {
        const told = await answer();
        this.answersQueued++;
        if (this.answersQueued > pushTransactionsMax + 1) {
          this.world.violation(`I13: ${this.answersQueued} answers wait for a slow reader`);
        }
        if (told.some(({ refusal }) => passingReasons.has(refusal?.reason ?? ''))) {
          this.offerLater();
        }
        this.pump();
      } catch (error) {
        this.fail(error);
      }
    });
  }

  /** What was not ordered because nothing is just now is to be sent again, and is offered twice. */
  private offerLater(delayMs = 1_000, left = 2): void {
    const offer = ++this.offer;
    this.world.scheduler.after(delayMs, () => {
      if (this.over || this.offer !== offer) return;
      this.session.offerAgain();
      this.pump();
      if (left > 1) this.offerLater(30_000, left - 1);
    });
  }

  private guard(step: () => unknown): void {
    try {
      step();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (error instanceof Defect) {
      this.close(new SyncError(Code.internal, 'DEFECT', error.message));
      return;
    }
    const expected = expectedError(this.world, 'a server', error);
    if (expected !== undefined) this.close(expected);
  }

  private finish(): void {
    this.over = true;
    this.session.close();
  }
}

/** What became of a transaction that could not be ordered is an outcome too, so that others go on. */
export function unordered({ transaction }: PreparedTransaction, error: unknown): Outcome {
  if (!(error instanceof SyncError)) throw error;
  if (error.code !== Code.failedPrecondition && !passingReasons.has(error.reason)) throw error;
  return unorderedOutcome(transaction, error);
}
