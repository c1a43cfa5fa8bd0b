import { SyncRequest, SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, type SyncError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { comparePositions, scanAfter } from '../../src/change/posting-list.ts';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import { Replica } from '../../src/replica/replica.ts';
import type { ClientEvent } from '../../src/session/client-event.ts';
import { ClientSession } from '../../src/session/client-session.ts';
import { decodeCursor } from '../../src/session/cursor.ts';
import type { ServerMessage } from '../../src/session/messages.ts';
import { ownScopes } from '../../src/session/subscription.ts';
import { clientMessageToWire, serverMessageFromWire } from '../../src/wire/sync-messages.ts';
import type { Checker } from './checker.ts';
import { ClientStore, ownOf } from './client-store.ts';
import type { Line, LineEnd } from './line.ts';
import type { Network } from './network.ts';
import { OwnWrites } from './own-writes.ts';
import type { Prng } from './prng.ts';
import { type PlainEdit, randomEdits, wishes } from './workload.ts';
import { databaseName, expectedError, schema, type World } from './world.ts';

/** Whom clients can connect to. */
export interface Host {
  readonly name: string;
  accept(end: LineEnd): boolean;
}

export interface ClientActorOptions {
  readonly world: World;
  readonly id: string;
  readonly network: Network;
  readonly checker: Checker;
  /** True for one that serves others. */
  readonly relay: boolean;
  /** Called when its copy or its queue may have become others. */
  readonly onChange: () => void;
  /** Whom it connects to next; the home where it has to be that. */
  readonly host: (mustBeHome: boolean, random: Prng) => Host;
}

/** Errors after which a real client would not try again: none of them may come up here. */
const hopeless: ReadonlySet<Code> = new Set([
  Code.invalidArgument,
  Code.notFound,
  Code.permissionDenied,
  Code.failedPrecondition,
  Code.unimplemented,
  Code.unauthenticated,
]);

/** A phone's process: it writes, syncs, loses its connections, dies, and is started again with what it stored. */
export class ClientActor {
  replica: Replica;
  session: ClientSession;
  /** Of the device; its replica may come to have another one. */
  readonly id: string;
  clockSkewMs = 0;
  private readonly options: ClientActorOptions;
  private readonly world: World;
  private readonly random: Prng;
  private store: ClientStore;
  private backup: ClientStore;
  /** What it has written in all its lives, unless it died before it was stored. */
  private readonly own: OwnWrites;
  private wish: readonly string[];
  /** Those that its last checkpoint was of. */
  private scopesShown: readonly string[] = [];
  private line: Line | undefined;
  private sending = false;
  private life = 0;
  private headSeen = 0;
  private lastStoreMs = 0;
  private seeksHome = false;
  /** After so many messages that are no checkpoint; 0 for not at all. */
  private resubscribesIn = 0;
  /** Its own transactions of this life, sealed, by name. */
  private readonly written = new Map<string, Transaction>();
  private lastDigest: Uint8Array = new Uint8Array(0);

  constructor(options: ClientActorOptions) {
    this.options = options;
    this.world = options.world;
    this.id = options.id;
    this.random = this.world.random(`client ${options.id}`);
    this.wish = this.newWish();
    this.store = new ClientStore(options.id);
    this.backup = this.store.copy();
    this.replica = this.newReplica();
    this.session = this.newSession();
    this.own = new OwnWrites(this.world, options.checker, this.replica);
  }

  get idle(): boolean {
    return this.session.state === 'live' && this.replica.queue.length === 0;
  }

  start(): void {
    this.connectLater();
  }

  write(random: Prng): void {
    const { world, store } = this;
    const edits = randomEdits(random);
    const transaction = this.queued(edits);
    if (transaction === undefined) return;
    const name = `${transaction.replica}/${transaction.counter}`;
    world.trace.say(world.scheduler.nowMs, `${this.id} writes ${name}, of ${edits.length} edits`);
    const sealed = { ...transaction, previousDigest: this.lastDigest };
    this.noteOwn(sealed);
    const number = this.options.checker.wrote(this.replica, sealed, edits);
    this.own.wrote(sealed);
    this.options.onChange();
    this.stored(() => {
      store.save(transaction, number);
      this.options.checker.onDisk(sealed);
    });
  }

  /** Undefined where so many wait that nothing more is taken. */
  private queued(edits: readonly PlainEdit[]): Transaction | undefined {
    const { world } = this;
    try {
      return this.replica.write(
        edits.map(({ edit }) => edit),
        world.scheduler.nowMs + this.clockSkewMs,
      );
    } catch (error) {
      const reason = expectedError(world, this.id, error)?.reason;
      if (reason !== undefined && reason !== 'QUEUE_FULL') world.violation(`I5: ${reason}`, error);
      world.trace.mark('QUEUE_FULL');
      return undefined;
    }
  }

  resubscribe(): void {
    const { world } = this;
    world.trace.fault(world.scheduler.nowMs, 'resubscribe', this.id);
    this.wish = this.newWish();
    this.hangUp();
    this.session = this.newSession();
    this.connectLater();
  }

  /** The same in the middle of a catch-up, behind some of its messages. */
  resubscribeSoon(random: Prng): void {
    this.resubscribesIn = 1 + random.below(6);
  }

  /** Only what is stored outlives this. */
  crash(): void {
    const { world, store, replica } = this;
    const { trace, scheduler } = world;
    trace.fault(scheduler.nowMs, 'client crash', this.id);
    if (store.counter < replica.lastCounter) {
      trace.fault(scheduler.nowMs, 'client crash with unstored writes', this.id);
    }
    this.die();
  }

  private die(): void {
    this.life++;
    this.line?.lose('client');
    this.line = undefined;
    this.restart();
  }

  /** Somebody keeps a copy of its disk. */
  backUp(): void {
    this.backup = this.store.copy();
  }

  /** The device is set back to its backup, and knows nothing of what it did since. */
  bringBack(): void {
    this.world.trace.fault(this.world.scheduler.nowMs, 'backup brought back', this.id);
    this.becomeCopy(this.backup);
  }

  /** The device is set up as a copy of another one. */
  copyOf(other: ClientActor): void {
    this.world.trace.fault(
      this.world.scheduler.nowMs,
      'device copied',
      `${other.id} to ${this.id}`,
    );
    this.becomeCopy(other.store);
  }

  private becomeCopy(store: ClientStore): void {
    // What is on its way is still under the old id: from now on there are two of it.
    for (const { id } of [this.store, this.replica, store]) this.options.checker.shared.add(id);
    this.store = store.copy();
    this.backUp();
    this.die();
  }

  /** Asks for a checkpoint at the newest commit; of the home, where only that can help. */
  probe(): void {
    if (this.session.waitsForHome) {
      this.seeksHome = true;
      this.hangUp();
      this.connectLater();
      return;
    }
    this.session.probe();
    this.flush();
  }

  /** What it shows at any moment is what the log made of its scopes, as of its head. */
  look(): void {
    const { replica, options } = this;
    if (replica.synced && replica.proven) options.checker.copy(replica, this.scopesShown);
  }

  /** After the end: it holds what the home holds, and nothing of its own is left over. */
  prove(homeHead: number): void {
    const { replica, session, world, options } = this;
    if (session.state !== 'live') world.violation(`I12: ${this.id} is ${session.state}`);
    if (replica.queue.length > 0) {
      const left = replica.queue
        .all()
        .map(({ transaction: { replica: writer, counter } }) => `${writer}/${counter}`);
      world.violation(`I1: the queue of ${this.id} has ${left}`);
    }
    if (replica.committed.head !== homeHead) {
      world.violation(`I12: ${this.id} is at ${replica.committed.head}, the home at ${homeHead}`);
    }
    options.checker.copy(replica, this.scopesHeld());
    options.checker.complete(this.id, this.store.writes);
    this.own.check();
  }

  /** Stores what a relay carries, and calls back when that is done. */
  storeOthers(done: () => void): void {
    this.stored(() => {
      const { queue } = this.replica;
      const writers = queue.replicas().filter((writer) => writer !== this.id);
      this.store.saveOthers(
        writers.flatMap((writer) => queue.of(writer).map(({ transaction }) => transaction)),
      );
      done();
    });
  }

  private restart(): void {
    this.replica = this.newReplica();
    this.session = this.newSession();
    this.written.clear();
    this.lastDigest = this.store.load().digest;
    for (const own of ownOf(this.replica)) this.noteOwn(own);
    this.own.restored(this.replica);
    this.headSeen = 0;
    this.connectLater();
  }

  /** Whoever is behind a relay gets what it holds, so it holds everything. */
  private newWish(): readonly string[] {
    return this.options.relay ? [] : this.random.pick(wishes);
  }

  private scopesHeld(): readonly string[] {
    const { id, former, options } = this.replica;
    return [
      ...(this.wish.length === 0 ? ['*'] : this.wish),
      ...ownScopes([id, ...former], options.relay),
    ];
  }

  private newReplica(): Replica {
    const { id } = this.store;
    const options = { schema, limits: this.world.limits, id, relay: this.options.relay };
    return new Replica(options, this.store.load());
  }

  private newSession(): ClientSession {
    return new ClientSession({
      replica: this.replica,
      database: databaseName,
      scopes: this.wish,
      tables: [],
      encodings: [this.random.pick(['rows', 'packed'] as const)],
      compressions: [],
      storedCounter: () => this.storedCounter(),
    });
  }

  /** What is stored under another id is not stored. */
  storedCounter(): number {
    return this.store.id === this.replica.id ? this.store.counter : 0;
  }

  /** A transaction of its own, sealed. */
  private noteOwn(transaction: Transaction): void {
    this.written.set(`${transaction.replica}/${transaction.counter}`, transaction);
    this.lastDigest = digestOf(transaction);
  }

  /** The disk does one thing after the other, each a little later. */
  private stored(write: () => void): void {
    const { scheduler } = this.world;
    const { life, random } = this;
    this.lastStoreMs = Math.max(
      this.lastStoreMs,
      scheduler.nowMs + 1 + random.below(random.chance(0.2) ? 300 : 20),
    );
    scheduler.after(this.lastStoreMs - scheduler.nowMs, () => {
      if (this.life !== life) return;
      write();
      this.flush();
    });
  }

  private connectLater(delayMs = this.random.below(200)): void {
    const { life, line } = this;
    this.world.scheduler.after(delayMs, () => {
      if (this.life === life && this.line === line && line === undefined) this.connect();
    });
  }

  private connect(): void {
    const { world, options, random } = this;
    const { scheduler, trace } = world;
    // A new id is stored first: what was taken along with it may be elsewhere too.
    if (this.store.id !== this.replica.id) {
      this.connectLater(20);
      return;
    }
    const host = options.host(this.seeksHome, random);
    const line = options.network.connect(this.id, host.name);
    const refused = world.isChaos() && random.chance(0.05);
    if (line === undefined || refused || !host.accept(line.server)) {
      trace.fault(scheduler.nowMs, 'connection refused', this.id);
      this.connectLater(20 + random.below(300));
      return;
    }
    this.markResumption();
    this.line = line;
    this.sending = false;
    line.client.onMessage = (bytes) => this.receive(line, bytes);
    line.client.onDown = (error) => this.lost(line, error);
    this.session.connect();
    this.flush();
  }

  /** Where it goes on from is the middle of a commit, or of a first sync. */
  private markResumption(): void {
    const { replica, world } = this;
    if (replica.cursor.length === 0) return;
    for (const { at, since, upto } of decodeCursor(replica.cursor, world.limits).groups) {
      const isWithin = at.seq > 0 && comparePositions(at, scanAfter(at.seq)) < 0;
      if (isWithin) world.trace.mark('resumed in the middle of a commit');
      if (since === 0 && upto > 0) world.trace.mark('first sync resumed');
    }
  }

  /** Sends what there is to send. */
  flush(): void {
    const { line } = this;
    if (line === undefined || this.sending) return;
    const message = this.session.next();
    if (message === undefined) return;
    this.sending = true;
    const bytes = SyncRequest.encode(clientMessageToWire(message)).finish();
    line.client.send(bytes, () => {
      if (this.line !== line) return;
      this.sending = false;
      this.flush();
    });
  }

  private receive(line: Line, bytes: Uint8Array): void {
    const { world, session } = this;
    try {
      const message = serverMessageFromWire(SyncResponse.decode(bytes), [], world.limits);
      world.trace.say(world.scheduler.nowMs, `${this.id} gets ${message.type}, ${bytes.length}`);
      this.markDelta(message);
      const foreign = this.foreign();
      for (const event of session.receive(message)) this.handle(event);
      this.markForeign(foreign);
      // A copy that differs was let go of: it comes again with the next line.
      if (session.state === 'disconnected') this.drop(line);
    } catch (error) {
      const expected = expectedError(world, this.id, error);
      this.drop(line, expected);
    }
    this.check();
    this.options.onChange();
    if (this.isToResubscribe) this.resubscribe();
    this.flush();
  }

  private markDelta(message: ServerMessage): void {
    if (message.type !== 'delta') return;
    if (message.deltas.some(({ kind }) => kind === 'evicted')) this.world.trace.mark('row evicted');
  }

  private get isToResubscribe(): boolean {
    if (this.resubscribesIn === 0 || this.session.state !== 'catching-up') return false;
    return --this.resubscribesIn === 0 && this.world.isChaos();
  }

  /** How far the transactions of others go that it has, by writer. */
  private foreign(): ReadonlyMap<string, number> {
    const { queue, id } = this.replica;
    const writers = queue.replicas().filter((writer) => writer !== id);
    return new Map(
      writers.map((writer) => [writer, queue.of(writer).at(-1)?.transaction.counter ?? 0]),
    );
  }

  private markForeign(before: ReadonlyMap<string, number>): void {
    const { trace } = this.world;
    const { replica } = this;
    const after = this.foreign();
    for (const [writer, counter] of before) {
      const isLess = (after.get(writer) ?? 0) < counter;
      if (!isLess || counter <= replica.settledOf(writer).counter) continue;
      trace.mark('tentative transactions of others let go of');
    }
    for (const [writer, counter] of after) {
      if (counter <= (before.get(writer) ?? 0)) continue;
      for (const { transaction } of replica.queue.behind(writer, before.get(writer) ?? 0)) {
        this.options.checker.relayed(this.id, transaction);
      }
      if (!replica.options.relay) trace.mark('tentative transactions of others shown');
    }
  }

  private handle(event: ClientEvent): void {
    const { world, options, replica, store } = this;
    if (event.type === 'welcome') {
      if (event.welcome.rebuild) world.trace.mark('built anew behind a horizon');
    } else if (event.type === 'rebuild') {
      // A source that does not know a position says so in its welcome.
      world.violation(`I8: the copy of ${this.id} is not what the server says at ${event.seq}`);
    } else if (event.type === 'outcomes') {
      for (const outcome of event.outcomes) this.outcome(outcome);
    } else if (event.type === 'forked') this.takeIdentity(event.outcomes);
    else if (event.type === 'checkpoint') {
      world.trace.say(world.scheduler.nowMs, `${this.id} shows ${event.seq}`);
      for (const outcome of event.settled) this.outcome(outcome);
      const last = event.settled.at(-1);
      if (last !== undefined) {
        this.own.settled(last.counter);
        this.stored(() => store.settle(last.counter));
      }
      this.scopesShown = this.scopesHeld();
      options.checker.copy(replica, this.scopesShown);
    }
  }

  /** Another device has its id. */
  private takeIdentity(outcomes: readonly Outcome[]): void {
    const { world, replica, options } = this;
    const { checker } = options;
    const before = replica.id;
    if (!checker.shared.has(before)) world.violation(`I3: ${before} is told that it is two`);
    replica.seal();
    for (const outcome of outcomes) this.outcome(outcome);
    const moved = ownOf(replica).slice(outcomes.length);
    replica.takeIdentity(
      outcomes,
      Uint8Array.from({ length: 4 }, () => this.random.below(256)),
    );
    world.trace.fault(world.scheduler.nowMs, 'identity changed', `${before} to ${replica.id}`);
    // Whoever waits with the same transactions takes the same id.
    checker.shared.add(replica.id);
    const own = ownOf(replica);
    this.lastDigest = new Uint8Array(0);
    for (const [index, transaction] of own.entries()) {
      checker.renamed(moved[index]!, transaction);
      this.noteOwn(transaction);
    }
    this.own.restored(replica);
    const { store } = this;
    const { id, former } = replica;
    this.stored(() => {
      store.saveIdentity({ id, former }, own);
      for (const transaction of own) checker.onDisk(transaction);
    });
  }

  private outcome(outcome: Outcome): void {
    const { world, options } = this;
    const { replica, counter, status, refusal } = outcome;
    const what = `${replica}/${counter} ${status} ${refusal?.reason ?? ''}`;
    world.trace.say(world.scheduler.nowMs, `${this.id} is told ${what}`);
    options.checker.outcome(outcome, this.written.get(`${replica}/${counter}`));
  }

  private check(): void {
    const { world, replica, options } = this;
    options.checker.position(replica);
    if (replica.committed.head < this.headSeen) {
      world.violation(`I5: ${this.id} went back to ${replica.committed.head}`);
    }
    this.headSeen = replica.committed.head;
    this.own.check();
  }

  private lost(line: Line, error: SyncError | undefined): void {
    if (this.line !== line) return;
    const { world } = this;
    world.trace.say(world.scheduler.nowMs, `${this.id} lost its line: ${error?.reason}`);
    if (error !== undefined) world.trace.markNamed(error.reason);
    if (error !== undefined && hopeless.has(error.code)) {
      world.violation(`I12: ${this.id} was told ${error.reason}: ${error.message}`, error);
    }
    this.line = undefined;
    this.session.disconnect();
    this.connectLater();
  }

  private drop(line: Line, error?: SyncError): void {
    line.client.close();
    this.lost(line, error);
  }

  private hangUp(): void {
    this.line?.client.close();
    this.line = undefined;
    this.session.disconnect();
  }
}
