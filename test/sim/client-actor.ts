import { SyncRequest, SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, type SyncError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { type ClientEvent, ClientSession } from '../../src/session/client-session.ts';
import { clientMessageToWire, serverMessageFromWire } from '../../src/wire/sync-messages.ts';
import type { Checker } from './checker.ts';
import { ClientStore, ownOf } from './client-store.ts';
import { flawedReplica } from './flawed-replica.ts';
import type { Line, LineEnd, Network } from './network.ts';
import { OwnWrites } from './own-writes.ts';
import { randomEdits, wishes } from './workload.ts';
import { databaseName, expectedError, schema, type World } from './world.ts';

/** Whom clients can connect to. */
export interface Host {
  accept(end: LineEnd): boolean;
}

export interface ClientActorOptions {
  readonly world: World;
  readonly id: string;
  readonly network: Network;
  readonly checker: Checker;
  /** True for one that serves others. */
  readonly relay: boolean;
  /** Whether somebody in this simulation is a relay. */
  readonly hasRelays: boolean;
  /** Called when its copy or its queue may have become others. */
  readonly onChange: () => void;
  /** Whom it connects to next; the home where it has to be that. */
  readonly host: (mustBeHome: boolean) => Host;
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
  private store: ClientStore;
  private backup: ClientStore;
  /** What it has written in all its lives, unless it died before it was stored. */
  private readonly own: OwnWrites;
  private wish: readonly string[];
  private line: Line | undefined;
  private sending = false;
  private life = 0;
  private headSeen = 0;
  private lastStoreMs = 0;
  private seeksHome = false;
  /** Its own transactions of this life, sealed, by name. */
  private readonly written = new Map<string, Transaction>();
  private lastDigest: Uint8Array = new Uint8Array(0);

  constructor(options: ClientActorOptions) {
    this.options = options;
    this.world = options.world;
    this.id = options.id;
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

  write(): void {
    const { replica, world, store } = this;
    const edits = randomEdits(world.random);
    const nowMs = world.scheduler.nowMs + this.clockSkewMs;
    const transaction = replica.write(
      edits.map(({ edit }) => edit),
      nowMs,
    );
    const name = `${replica.id}/${transaction.counter}`;
    world.trace.say(world.scheduler.nowMs, `${this.id} writes ${name}, of ${edits.length} edits`);
    const sealed = { ...transaction, previousDigest: this.lastDigest };
    this.noteOwn(sealed);
    const number = this.options.checker.wrote(sealed, edits);
    this.own.wrote(sealed);
    this.options.onChange();
    this.stored(() => store.save(transaction, number));
    if (world.flaw === 'writes are sent before they are stored') this.flush();
  }

  resubscribe(): void {
    const { world } = this;
    world.trace.fault(world.scheduler.nowMs, 'resubscribe', this.id);
    this.wish = this.newWish();
    this.hangUp();
    this.session = this.newSession();
    this.connectLater();
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
    options.checker.copy(replica, this.wish);
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
    return this.options.relay ? [] : this.world.random.pick(wishes);
  }

  private newReplica(): Replica {
    const { id } = this.store;
    const options = { schema, limits: this.world.limits, id, relay: this.options.relay };
    return flawedReplica(this.world.flaw, options, this.store.load());
  }

  private newSession(): ClientSession {
    const unsafe = this.world.flaw === 'writes are sent before they are stored';
    return new ClientSession({
      replica: this.replica,
      database: databaseName,
      scopes: this.wish,
      tables: [],
      encodings: [this.world.random.pick(['rows', 'packed'] as const)],
      compressions: [],
      storedCounter: () => (unsafe ? Number.MAX_SAFE_INTEGER : this.storedCounter()),
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
    const { scheduler, random } = this.world;
    const { life } = this;
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

  private connectLater(delayMs = this.world.random.below(200)): void {
    const { life, line } = this;
    this.world.scheduler.after(delayMs, () => {
      if (this.life === life && this.line === line && line === undefined) this.connect();
    });
  }

  private connect(): void {
    const { world, options } = this;
    const { scheduler, trace, random } = world;
    const line = options.network.connect();
    // A new id is stored first: what was taken along with it may be elsewhere too.
    if (this.store.id !== this.replica.id) {
      this.connectLater(20);
      return;
    }
    const refused = world.isChaos() && random.chance(0.05);
    if (refused || !options.host(this.seeksHome).accept(line.server)) {
      trace.fault(scheduler.nowMs, 'connection refused', this.id);
      this.connectLater(20 + random.below(300));
      return;
    }
    if (world.flaw === 'the queue is dropped on reconnecting') {
      this.replica.queue.drop(this.id);
    }
    this.line = line;
    this.sending = false;
    line.client.onMessage = (bytes) => this.receive(line, bytes);
    line.client.onDown = (error) => this.lost(line, error);
    this.session.connect();
    this.flush();
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
      for (const event of session.receive(message)) this.handle(event);
      // A copy that differs was let go of: it comes again with the next line.
      if (session.state === 'disconnected') this.drop(line);
    } catch (error) {
      const expected = expectedError(world, this.id, error);
      this.drop(line, expected);
    }
    this.check();
    this.options.onChange();
    this.flush();
  }

  private handle(event: ClientEvent): void {
    const { world, options, replica, store } = this;
    if (event.type === 'rebuild') {
      // A relay may serve from another copy than the one that a position is in; the home may not.
      if (options.hasRelays) world.trace.say(world.scheduler.nowMs, `${this.id} begins anew`);
      else
        world.violation(`I8: the copy of ${this.id} is not what the server says at ${event.seq}`);
    } else if (event.type === 'outcomes') {
      for (const outcome of event.outcomes) this.outcome(outcome);
      if (world.flaw === 'settled before the checkpoint that covers it') {
        for (const { counter } of event.outcomes) replica.queue.settle(this.id, counter);
      }
    } else if (event.type === 'forked') this.takeIdentity(event.outcomes);
    else if (event.type === 'checkpoint') {
      world.trace.say(world.scheduler.nowMs, `${this.id} shows ${event.seq}`);
      for (const outcome of event.settled) this.outcome(outcome);
      const last = event.settled.at(-1);
      if (last !== undefined) {
        this.own.settled(last.counter);
        this.stored(() => store.settle(last.counter));
      }
      options.checker.copy(replica, this.wish);
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
      Uint8Array.from({ length: 4 }, () => world.random.below(256)),
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
    this.stored(() => store.saveIdentity({ id, former }, own));
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
