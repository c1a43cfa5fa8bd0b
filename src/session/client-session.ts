import { Code, SyncError } from '../base/errors.ts';
import { nothingSettled, type Outcome, type Settled } from '../change/commit.ts';
import type { Checkpoint } from '../change/row-delta.ts';
import type { Transaction } from '../change/transaction.ts';
import type { Schema } from '../schema/table-def.ts';
import { AckPlan } from './ack-plan.ts';
import { checkpointFor } from './chain-feed.ts';
import type { ClientEvent } from './client-event.ts';
import type { ClientSessionOptions } from './client-options.ts';
import { ForkProbe, forkUnresolved } from './fork-probe.ts';
import { FormerPushes } from './former-pushes.ts';
import { helloOf } from './hello.ts';
import { checkNotBehind, hasLost } from './history.ts';
import type {
  ClientMessage,
  Delta,
  PartResult,
  PushResult,
  Relayed,
  ServerMessage,
  Welcome,
} from './messages.ts';
import { ProbePlan } from './probe-plan.ts';
import { pushOf } from './push-message.ts';
import { PushPlan } from './push-plan.ts';
import { RowsFallback } from './rows-fallback.ts';
import { stageDelta } from './stage-delta.ts';
import { takeAllRelayed } from './take-relayed.ts';
import { ToldDeltas } from './told-deltas.ts';

export type { ClientEvent };

/**
 * States of the client's side:
 *
 * ```
 * disconnected --connect--> greeting --welcome--> catching-up --checkpoint--> live
 *        any of these --settled what is not ours--> forked --answered--> disconnected
 *        any state --disconnect, reencode, rebuild, error--> disconnected
 * ```
 */
export type ClientState = 'disconnected' | 'greeting' | 'catching-up' | 'live' | 'forked';

type Handler<M> = (message: M) => ClientEvent[];
type Transitions = {
  readonly [S in ClientState]: { readonly [M in ServerMessage as M['type']]: Handler<M> };
};

/**
 * The client's side of one conversation, without I/O. `connect`, then send what `next` gives, feed `receive`, and
 * tell `disconnect` when the stream is gone. The replica carries everything that outlives a stream.
 */
export class ClientSession {
  private readonly options: ClientSessionOptions;
  private current: ClientState = 'disconnected';
  private greeted = false;
  /** Until the first delta. */
  private welcome: Welcome | undefined;
  /** What the welcome said to be settled: the first checkpoint covers it. */
  private settledBefore: Settled = nothingSettled;
  /** Whether the other side is the home. */
  private atHome = false;
  private readonly pushes: PushPlan;
  private readonly acks: AckPlan;
  private readonly told: ToldDeltas;
  private readonly former: FormerPushes;
  /** Pushes of this stream that have no answer yet. */
  private unanswered = 0;
  private fork: ForkProbe | undefined;
  /** By whom could not be told what of this replica's is ordered. */
  private unresolvedAt: 'home' | 'relay' | undefined;
  /** On this stream its own transactions are neither sent nor settled: what is told of its id is another device's. */
  private readsOnly = false;
  private readonly probes = new ProbePlan();
  private readonly fallback = new RowsFallback();

  private readonly transitions: Transitions = {
    disconnected: {
      welcome: () => [],
      delta: () => [],
      'push-result': () => [],
      relayed: () => [],
      'part-result': () => [],
    },
    greeting: {
      welcome: (welcome) => this.onWelcome(welcome),
      delta: () => this.outOfTurn('a delta before the welcome'),
      'push-result': () => this.outOfTurn('a push result before the welcome'),
      relayed: () => this.outOfTurn('transactions before the welcome'),
      'part-result': () => this.outOfTurn('a part result before the welcome'),
    },
    'catching-up': {
      welcome: () => this.outOfTurn('a second welcome'),
      delta: (delta) => this.onDelta(delta),
      'push-result': (result) => this.onPushResult(result),
      relayed: (relayed) => this.onRelayed(relayed),
      'part-result': (result) => this.onPartResult(result),
    },
    live: {
      welcome: () => this.outOfTurn('a second welcome'),
      delta: (delta) => this.onDelta(delta),
      'push-result': (result) => this.onPushResult(result),
      relayed: (relayed) => this.onRelayed(relayed),
      'part-result': (result) => this.onPartResult(result),
    },
    // Nothing is taken up any more: what is settled here would be taken for this replica's own.
    forked: {
      welcome: () => this.outOfTurn('a second welcome'),
      delta: () => [],
      'push-result': (result) => this.onPushResult(result),
      relayed: () => [],
      'part-result': (result) => this.onPartResult(result),
    },
  };

  constructor(options: ClientSessionOptions) {
    this.options = options;
    const { replica, storedCounter = () => Number.MAX_SAFE_INTEGER, storedCursor } = options;
    this.told = new ToldDeltas(replica, () => ['catching-up', 'live'].includes(this.current));
    this.acks = new AckPlan(storedCursor);
    this.former = new FormerPushes(replica);
    const counter = () => (this.readsOnly ? 0 : storedCounter());
    this.pushes = new PushPlan(replica, counter, options);
  }

  /** Of what is pushed. */
  get schema(): Schema {
    return this.options.replica.options.schema;
  }

  get state(): ClientState {
    return this.current;
  }

  /** Whether own transactions wait for a server that can tell which of them are another device's: the home. */
  get waitsForHome(): boolean {
    return this.readsOnly || this.former.waitsForHome;
  }

  /** A stream is open: greets anew, whatever was before. */
  connect(): void {
    this.current = 'greeting';
    this.told.begin();
    this.greeted = false;
    this.welcome = undefined;
    this.pushes.begin();
    this.unanswered = 0;
    this.readsOnly = false;
    this.former.begin();
    this.acks.begin();
    this.probes.begin();
  }

  /**
   * Asks for a checkpoint at the newest commit that the server has. Returns the number that `answeredProbe` reaches
   * with it, on this stream or the next.
   */
  probe(): number {
    const isGreeting = this.current === 'greeting' && !this.greeted;
    return this.probes.ask(this.current === 'disconnected' || isGreeting);
  }

  /** The newest probe that a checkpoint has answered. */
  get answeredProbe(): number {
    return this.probes.answered;
  }

  /** The stream ended with this error, `disconnect` follows. True where another may do better, though the error lasts. */
  failed(error: SyncError): boolean {
    return this.pushes.batch.failed(error);
  }

  /** Why nothing is pushed now: the server failed at it too often. Until `pushAgain`, or another stream. */
  get heldBack(): SyncError | undefined {
    return this.pushes.batch.tries.heldBack;
  }

  pushAgain(): void {
    this.pushes.batch.tries.release();
  }

  disconnect(): void {
    this.current = 'disconnected';
    this.fork = undefined;
  }

  /**
   * Takes a message of the server. What it throws ends the conversation; the replica is as it was, or began anew
   * where the server said what cannot be.
   */
  receive(message: ServerMessage): ClientEvent[] {
    const handler = this.transitions[this.current][message.type] as Handler<ServerMessage>;
    try {
      return handler(message.type === 'delta' ? this.told.whole(message) : message);
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  /** The next message to send, or undefined until something happens. */
  next(): ClientMessage | undefined {
    if (this.current === 'greeting' && !this.greeted) {
      return this.options.isIdStored?.() === false ? undefined : this.hello();
    }
    if (this.current === 'forked') return this.push(this.fork!.next()) ?? this.fork!.nextPart();
    if (this.current !== 'catching-up' && this.current !== 'live') return undefined;
    const push = this.push(this.pushes.next());
    if (push !== undefined) return push;
    const probe = this.probes.next();
    if (probe !== undefined) return { type: 'probe', number: probe };
    const cursor = this.acks.next();
    // All else goes between the parts of a large transaction.
    return cursor === undefined ? this.pushes.nextPart() : { type: 'ack', cursor };
  }

  private push(transactions: readonly Transaction[]): ClientMessage | undefined {
    if (transactions.length === 0) return undefined;
    this.unanswered++;
    return pushOf(transactions, this.pushes.batch, this.options.replica.committed);
  }

  /** So many bytes were the push that went last. */
  pushTook(bytes: number): void {
    this.pushes.batch.took(bytes);
  }

  private hello(): ClientMessage {
    const { pace, tries } = this.pushes.batch;
    this.greeted = true;
    pace.greets();
    return helloOf(this.options, tries.asksRefusal, this.fallback);
  }

  private onWelcome(welcome: Welcome): ClientEvent[] {
    const { replica } = this.options;
    this.pushes.batch.welcomed(welcome);
    this.fallback.welcomed();
    this.atHome = welcome.home;
    if (welcome.forkedAt !== undefined) replica.forked(welcome.forkedAt);
    const isLost = hasLost(welcome, replica);
    if (isLost && !replica.reopen(welcome.settled)) {
      // What is left cannot be ordered behind what is missing.
      return [this.end({ type: 'forked', outcomes: [] })];
    }
    if (!replica.agrees(welcome.settled) && !this.goesOnReading()) return this.onFork();
    this.welcome = welcome;
    this.current = 'catching-up';
    if (!this.readsOnly) {
      this.settledBefore = welcome.settled;
      // What the server has settled needs no sending; it leaves the queue with the checkpoint that covers it.
      this.pushes.settled(replica.id, welcome.settled.counter);
    }
    if (welcome.rebuild) replica.restart();
    if (this.former.welcome(welcome, isLost)) this.pushes.hold();
    return [{ type: 'welcome', welcome }];
  }

  private onDelta(delta: Delta): ClientEvent[] {
    const { replica } = this.options;
    const { checkpoint, progress, unreadable } = delta;
    const own = checkpoint?.settled.get(replica.id);
    if (own !== undefined && !replica.agrees(own) && !this.readsOnly) return this.onFork();
    if (unreadable !== undefined) return [this.end(this.fallback.failed(delta, unreadable))];
    const events: ClientEvent[] = progress === undefined ? [] : [{ type: 'progress', progress }];
    const { welcome } = this;
    this.welcome = undefined;
    const isStaged = stageDelta(this.options, delta, welcome);
    if (!isStaged) return [...events, this.rebuild(checkpoint?.seq ?? 0)];
    const passed = this.fallback.stored(delta);
    if (passed !== undefined) return [...events, this.end(passed)];
    if (checkpoint === undefined) return events;
    const settled = this.show(delta, checkpoint);
    if (settled === undefined) return [...events, this.rebuild(checkpoint.seq)];
    this.probes.checkpoint(delta.answeredProbe);
    this.current = 'live';
    this.pushes.open(this.former.ids);
    for (const id of this.former.passedBy(checkpoint)) this.pushes.forget(id);
    for (const [writer, { dropped }] of checkpoint.settled) if (dropped) this.letGo(writer);
    this.pushes.retry();
    if (delta.deltas.length > 0) this.acks.add(delta.cursor);
    return [...events, { type: 'checkpoint', seq: checkpoint.seq, settled }];
  }

  /** Outcomes that the checkpoint settles; undefined where this copy is not what the server says. */
  private show(delta: Delta, checkpoint: Checkpoint): readonly Outcome[] | undefined {
    const { replica } = this.options;
    checkNotBehind(checkpoint.seq, replica, this.atHome);
    const positions = new Map(checkpoint.settled);
    if (this.readsOnly) positions.delete(replica.id);
    const isFirst = this.current === 'catching-up' && !this.readsOnly;
    if (isFirst && !positions.has(replica.id)) positions.set(replica.id, this.settledBefore);
    // The first checkpoint names the writers whose transactions this server carries. What a relay holds itself it lets go
    // of only when it is settled. They go first: no row of a lost history is there for their sake.
    if (this.current === 'catching-up' && !replica.options.relay) {
      // A former id is named for its own sake.
      const carriedOf = (writer: string) => checkpoint.settled.get(writer)?.carried ?? 0;
      replica.dropForeign((id, last) => !replica.former.includes(id) && last <= carriedOf(id));
    }
    if (this.current === 'catching-up') this.former.reopen(checkpoint);
    const { proven, settled } = replica.checkpoint(checkpointFor(replica, delta, positions));
    if (!proven) return undefined;
    this.settledBefore = nothingSettled;
    return settled;
  }

  /** A stream that goes on would be taken for the new copy. */
  private rebuild(seq: number): ClientEvent {
    this.options.replica.restart();
    return this.end({ type: 'rebuild', seq });
  }

  private end(event: ClientEvent): ClientEvent {
    this.disconnect();
    return event;
  }

  private onPushResult(result: PushResult): ClientEvent[] {
    const { outcomes } = result;
    this.unanswered--;
    this.pushes.pushAnswered(result);
    const events: ClientEvent[] = [{ type: 'outcomes', outcomes }];
    if (this.fork !== undefined) {
      this.fork.answered(outcomes);
      return [...events, ...this.forkVerdict(this.fork)];
    }
    for (const outcome of outcomes) {
      this.pushes.answered(outcome);
      this.former.answered(outcome);
      this.dropEnded(outcome);
    }
    const { id } = this.options.replica;
    const isForked = outcomes.some(
      ({ replica, refusal }) => replica === id && refusal?.reason === 'REPLICA_FORKED',
    );
    return isForked ? [...events, ...this.onFork()] : events;
  }

  private onPartResult(result: PartResult): ClientEvent[] {
    if (this.fork !== undefined) this.fork.partAnswered(result);
    else if (this.pushes.partAnswered(result)) this.unanswered++;
    return [];
  }

  /**
   * A relay holds a writer's transactions from some counter on, because the writer knew that the home has those before.
   * Where the home has not, they were of a line that another device's has ended, and can never be ordered. Their writer
   * has them, under another id.
   */
  private dropEnded({ replica: writer, counter, refusal }: Outcome): void {
    const { replica } = this.options;
    if (!this.atHome || writer === replica.id || refusal?.reason !== 'COUNTER_GAP') return;
    if (replica.queue.of(writer)[0]?.transaction.counter === counter) this.letGo(writer);
  }

  private letGo(writer: string): void {
    this.options.replica.dropForeign((other) => other !== writer);
    this.pushes.forget(writer);
  }

  /** Where nobody could tell what is whose, the rest goes on: others' rows come in, and own edits wait for the home. */
  private goesOnReading(): boolean {
    this.readsOnly =
      this.unresolvedAt === 'home' || (this.unresolvedAt === 'relay' && !this.atHome);
    return this.readsOnly;
  }

  /** Something is settled under this replica's id that it did not write. */
  private onFork(): ClientEvent[] {
    const { replica, storedCounter } = this.options;
    this.current = 'forked';
    const stored = storedCounter?.() ?? replica.lastCounter;
    this.fork = new ForkProbe(replica, stored, this.unanswered, this.pushes.batch);
    return this.forkVerdict(this.fork);
  }

  private forkVerdict(fork: ForkProbe): ClientEvent[] {
    const verdict = fork.verdict(this.atHome);
    if (verdict === 'pending') return [];
    if (verdict === 'unresolved') {
      // A home that orders nothing just now can tell when it does again: the next stream asks once more.
      if (!fork.mayAskAgain) this.unresolvedAt = this.atHome ? 'home' : 'relay';
      throw forkUnresolved(this.options.replica.id);
    }
    this.unresolvedAt = undefined;
    return [this.end({ type: 'forked', outcomes: verdict })];
  }

  private onRelayed(relayed: Relayed): ClientEvent[] {
    takeAllRelayed(this.options.replica, relayed.transactions, this.pushes);
    return [{ type: 'relayed' }];
  }

  private outOfTurn(what: string): never {
    throw new SyncError(Code.internal, 'OUT_OF_TURN', `unexpected message: ${what}`);
  }
}
