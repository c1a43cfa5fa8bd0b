import { SyncRequest, SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import type { SyncError } from '../../src/base/errors.ts';
import { epochOf, positionOf, type Seq } from '../../src/base/seq.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { comparePositions, scanAfter } from '../../src/change/posting-list.ts';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import { openReplica } from '../../src/client/open-replica.ts';
import { ReplicaJournal } from '../../src/client/replica-journal.ts';
import { JournalReplay } from '../../src/replica/journal-replay.ts';
import { JournaledReplica } from '../../src/replica/journaled-replica.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import type { ClientEvent } from '../../src/session/client-event.ts';
import { ClientSession } from '../../src/session/client-session.ts';
import { decodeCursor } from '../../src/session/cursor.ts';
import type { ClientMessage, ServerMessage } from '../../src/session/messages.ts';
import { ShortCursors } from '../../src/session/short-cursors.ts';
import { coverTest, ownScopes } from '../../src/session/subscription.ts';
import {
  clientMessageToWire,
  columnPushToWire,
  serverMessageFromWire,
} from '../../src/wire/sync-messages.ts';
import { plainColumnsToWire } from '../../src/wire/transaction-columns.ts';
import { type Checker, digestHexOf, type ShownCopy } from './checker.ts';
import { type DiskImage, JournalDisk } from './journal-disk.ts';
import { baseIn } from './judge.ts';
import { LedgerReader } from './ledger-reader.ts';
import type { Line, LineEnd } from './line.ts';
import type { MayHold } from './model.ts';
import type { Network } from './network.ts';
import { OwnWrites } from './own-writes.ts';
import { patchAstray } from './patch-check.ts';
import type { Prng } from './prng.ts';
import { QuarantineWatch } from './quarantine-watch.ts';
import { isCopyLost, ownOf, replicaText } from './replica-text.ts';
import { storedPart, versionOf } from './stored-record.ts';
import { type PlainEdit, together } from './workload.ts';
import { databaseName, expectedError, schema, type World } from './world.ts';

/** Whom clients can connect to. */
export interface Host {
  readonly name: string;
  /** Whether it knows the history behind this seq: a relay does where it has stood there itself. */
  knows(seq: Seq): boolean;
  /** The others know of what the home has later than it. */
  readonly isHome: boolean;
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
  /** Called when its process has a replica, which is another one than before. */
  readonly onStart: () => void;
  /** Called when its process ends. */
  readonly onEnd: () => void;
  /** Called when it is told that it knows, or carries what knows, commits of an epoch that the home does not have. */
  readonly onCursorAhead: () => void;
  /** Whom it connects to next; the home where it has to be that. */
  readonly host: (mustBeHome: boolean, random: Prng) => Host;
}

/** Where it goes on from: the seqs that what it is sent is judged from. */
interface Position {
  readonly cursor: Uint8Array;
  readonly seqs: readonly Seq[];
  /** Some of what was sent since came from a relay that may have left something out. */
  readonly isDoubtful: boolean;
}

const nowhere: Position = { cursor: new Uint8Array(0), seqs: [], isDoubtful: false };

/** A phone's process: it writes, syncs, loses its connections, dies, and is started again with what it stored. */
export class ClientActor {
  /** Of its last process, while there is none. */
  replica: JournaledReplica;
  session: ClientSession;
  journal: ReplicaJournal | undefined;
  readonly disk: JournalDisk;
  /** Of the device; its replica may come to have another one. */
  readonly id: string;
  /** Its replica has another id, which is not stored yet. */
  onNewId: () => void = () => {};
  clockSkewMs = 0;
  private readonly options: ClientActorOptions;
  private readonly world: World;
  private readonly random: Prng;
  private backup: DiskImage;
  /** What it has written in all its lives, unless it died before it was stored. */
  private readonly own: OwnWrites;
  private readonly quarantine: QuarantineWatch;
  private readonly reader = new LedgerReader();
  private wish: readonly string[];
  private line: Line | undefined;
  private host: Host | undefined;
  private cameFrom: Position = nowhere;
  private cursors = new ShortCursors();
  private sending = false;
  private life = 0;
  /** It was told that the home does not have all of its history, and shows that history still. */
  private isForkTold = false;
  /** The message at hand patches a row that it does not have. */
  private isSentAstray = false;
  /** Its storage wants nothing of a server just now. */
  private held = false;
  private seeksHome = false;
  /** Whom it connects to next, where its owner has gone there. */
  private nextHost: Host | undefined;
  /** After so many messages that are no checkpoint; 0 for not at all. */
  private resubscribesIn = 0;
  /** Its own transactions of this life, sealed, by name. */
  private readonly written = new Map<string, Transaction>();
  /** All that these were, by version. */
  private readonly versions = new Map<string, Transaction>();
  /** By version: the numbers of the writes that were in its place. */
  private readonly replaced = new Map<string, readonly number[]>();
  private readonly coalesces: boolean;
  private readonly sendsColumns: boolean;
  private lastDigest: Uint8Array = new Uint8Array(0);

  constructor(options: ClientActorOptions) {
    this.options = options;
    this.world = options.world;
    this.id = options.id;
    this.random = this.world.random(`client ${options.id}`);
    this.coalesces = this.world.random(`coalescing ${options.id}`).chance(0.6);
    this.sendsColumns = this.world.random(`columns ${options.id}`).chance(0.5);
    this.wish = this.newWish();
    const { world, id, relay } = options;
    this.disk = new JournalDisk(world, id);
    this.backup = this.disk.image();
    this.replica = new JournaledReplica({ schema, limits: world.limits, id, relay });
    this.session = this.newSession();
    this.own = new OwnWrites(this.world, options.checker, this.replica);
    this.quarantine = new QuarantineWatch(world, options.checker);
  }

  /** Whether its process has a replica. */
  get up(): boolean {
    return this.journal !== undefined;
  }

  get idle(): boolean {
    return this.session.state === 'live' && this.replica.queue.length === 0;
  }

  start(): void {
    this.boot().catch((error: unknown) => {
      const expected = expectedError(this.world, this.id, error);
      // Faults of a disk pass; damage would not.
      if (expected?.isRetryable === false) {
        this.world.violation(`I9: ${this.id} does not start: ${expected.message}`, error);
      }
      this.die();
    });
  }

  write(edits: readonly PlainEdit[]): void {
    const { world } = this;
    if (!this.up) return;
    const { lastCounter } = this.replica;
    const transaction = this.queued(edits);
    if (transaction === undefined) return;
    const name = `${transaction.replica}/${transaction.counter}`;
    world.trace.say(world.scheduler.nowMs, `${this.id} writes ${name}, of ${edits.length} edits`);
    if (transaction.counter <= lastCounter) this.amended(transaction, edits[0]!);
    else this.wrote(transaction, edits);
    this.options.onChange();
  }

  private wrote(transaction: Transaction, edits: readonly PlainEdit[]): void {
    const sealed = { ...transaction, previousDigest: this.lastDigest };
    this.noteOwn(sealed);
    this.options.checker.wrote(this.replica, sealed, edits);
    this.own.wrote(sealed);
  }

  /** An edit went into its newest, which waits. */
  private amended(transaction: Transaction, edit: PlainEdit): void {
    const { world, replica, own, options } = this;
    world.trace.mark('edit put into an earlier one');
    const before = own.pending.at(-1)!;
    const { previousDigest } = before.transaction;
    const sealed = { ...transaction, previousDigest };
    const earlier = this.replaced.get(versionOf(before.transaction)) ?? [];
    this.replaced.set(versionOf(sealed), [...earlier, before.number]);
    this.noteOwn(sealed);
    options.checker.wrote(replica, sealed, [together(before.edits[0]!, edit)]);
    own.amended(sealed);
  }

  /** Undefined where so many wait that nothing more is taken. */
  private queued(edits: readonly PlainEdit[]): Transaction | undefined {
    const { world } = this;
    try {
      this.journal!.checkRoom();
      const nowMs = world.scheduler.nowMs + this.clockSkewMs;
      const [first, ...more] = edits.map(({ edit }) => edit);
      const amends = this.coalesces && more.length === 0;
      const amended = amends ? this.replica.amend(first!, nowMs) : undefined;
      return amended ?? this.replica.write([first!, ...more], nowMs);
    } catch (error) {
      const reason = expectedError(world, this.id, error)?.reason;
      const isRoom = reason === 'QUEUE_FULL' || reason === 'STORAGE_FULL';
      if (reason !== undefined && !isRoom) world.violation(`I5: ${reason}`, error);
      if (isRoom) world.trace.mark(reason);
      return undefined;
    }
  }

  resubscribe(): void {
    const { world } = this;
    if (!this.up) return;
    world.trace.fault(world.scheduler.nowMs, 'resubscribe', this.id);
    this.wish = this.newWish();
    this.journal!.wish({ scopes: this.wish, tables: [] });
    this.hangUp();
    this.session = this.newSession();
    this.connectLater();
  }

  /** It leaves whoever serves it, and comes to this one when it is there. */
  goTo(host: Host, delayMs: number): void {
    if (!this.up || this.seeksHome) return;
    this.world.trace.fault(this.world.scheduler.nowMs, 'carried elsewhere', this.id);
    this.nextHost = host;
    this.hangUp();
    this.connectLater(delayMs);
  }

  /** Asks for other scopes in the middle of a catch-up, behind some of its messages. */
  resubscribeSoon(random: Prng): void {
    this.resubscribesIn = 1 + random.below(6);
  }

  /** Only what is stored outlives this. */
  crash(): void {
    const { world, replica, journal } = this;
    const { trace, scheduler } = world;
    trace.fault(scheduler.nowMs, this.up ? 'client crash' : 'client crash in recovery', this.id);
    if (journal !== undefined && journal.storedCounter < replica.lastCounter) {
      trace.fault(scheduler.nowMs, 'client crash with unstored writes', this.id);
    }
    this.die();
  }

  private die(): void {
    this.life++;
    this.line?.lose('client');
    this.line = undefined;
    this.journal = undefined;
    this.disk.crash();
    this.options.onEnd();
    const { life } = this;
    this.world.scheduler.after(1 + this.random.below(100), () => {
      if (this.life === life) this.start();
    });
  }

  /** Somebody keeps a copy of its disk. */
  backUp(): void {
    this.backup = this.disk.image();
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
    this.reader.join(other.reader);
    this.becomeCopy(other.disk.image(), other.replica.id);
  }

  private becomeCopy(image: DiskImage, otherId = this.replica.id): void {
    // What is on its way is still under the old id: from now on there are two of it.
    for (const id of [this.replica.id, otherId]) this.options.checker.shared.add(id);
    this.die();
    this.disk.putBack(image);
    this.backUp();
  }

  /** Asks for a checkpoint at the newest commit; of the home, where only that can help. */
  probe(): void {
    // A relay that is behind it may be so for ever: at a home that was put back by hand, which only this replica's cursor shows.
    const isHeldUp = this.session.state !== 'live' && this.host?.isHome === false;
    if (this.session.waitsForHome || isHeldUp) {
      this.seeksHome = true;
      this.hangUp();
      this.connectLater();
      return;
    }
    this.session.probe();
    this.flush();
  }

  /** What it shows at any moment is what the log made of its scopes, as of its head, also where the next proof has failed. */
  look(): void {
    const { replica } = this;
    if (!this.up) return;
    if (replica.synced) this.checkCopy(this.scopesShown());
    this.own.checkQueries();
  }

  /** When all is quiet, before anybody asks: whoever listens to the home has been told of every commit. */
  proveTold(): void {
    const { replica, session, host, options } = this;
    if (session.state !== 'live' || !host?.isHome) return;
    const { history } = options.checker;
    const isHeld = coverTest(this.scopesHeld());
    const { model, head } = history;
    const mayHold: MayHold = (entry, found) => this.reader.mayHold(entry, found);
    const difference = model.difference(replica.committed, head, isHeld, mayHold);
    if (difference === undefined) return;
    this.world.violation(`I12: ${this.id} is live, was not told of a commit, and ${difference}`);
  }

  /** After the end: it holds what the home holds, and nothing of its own is left over. */
  prove(homeHead: number): void {
    const { replica, session, world, options } = this;
    if (session.state !== 'live') world.violation(`I12: ${this.id} is ${session.state}`);
    if (replica.queue.length > 0) {
      const names = replica.queue
        .all()
        .map(({ transaction }) => `${transaction.replica}/${transaction.counter}`);
      world.violation(`I1: the queue of ${this.id} has ${names}`);
    }
    if (replica.committed.head !== homeHead) {
      world.violation(`I12: ${this.id} is at ${replica.committed.head}, the home at ${homeHead}`);
    }
    this.checkCopy(this.scopesHeld());
    options.checker.complete(replica, [...this.disk.writes]);
    options.checker.refused(replica, [...this.disk.writes]);
    this.own.check();
    this.own.checkQueries();
    this.proveStored();
  }

  /** What its journal says is what its replica is. */
  private proveStored(): void {
    const { replica, world, disk } = this;
    const replay = new JournalReplay(schema, world.limits);
    for (const record of disk.journal.records) replay.apply(record);
    const stored = replay.finish()!;
    stored.seal();
    const [found, wanted] = [replicaText(stored), replicaText(replica)];
    if (found !== wanted) {
      world.violation(`I9: the journal of ${this.id} says [${found}], its replica [${wanted}]`);
    }
  }

  /** A new process: its replica is made of its journal. */
  private async boot(): Promise<void> {
    const { life, world, options, wish, disk, random } = this;
    const { limits } = world;
    const files = disk.open((records) => this.onDurable(records));
    const opened = await openReplica(files, {
      ...{ database: databaseName, schema, limits, relay: options.relay, id: undefined },
      wish: { scopes: wish, tables: [] },
      makeId: () => this.id,
    });
    if (this.life !== life) return;
    const { replica } = opened;
    this.replica = replica;
    this.journal = new ReplicaJournal({
      ...{ ...opened, files, limits },
      random: () => random.below(1_000) / 1_000,
      setTimer: (callback, delayMs) => this.after(delayMs, callback),
      onStored: () => this.flush(),
      onHold: (held) => this.hold(held),
      onStatus: ({ state, ...status }) => {
        world.trace.say(world.scheduler.nowMs, `the storage of ${this.id} is ${state}`);
        if (state === 'failed') world.violation(`I9: ${this.id} cannot store`, status);
      },
    });
    this.journal.wish({ scopes: wish, tables: [] });
    replica.seal();
    this.began();
  }

  /** The process has a replica: what it was told and wrote in an earlier life it knows by its journal alone. */
  private began(): void {
    const { replica, options } = this;
    this.held = false;
    this.session = this.newSession();
    for (const own of [this.written, this.versions, this.replaced]) own.clear();
    this.lastDigest = replica.writerState().settled.digest;
    for (const own of ownOf(replica)) this.noteOwn(own);
    this.own.restored(replica, ownOf(replica));
    this.quarantine.restored(replica);
    // It may have been told in an earlier life, and stored that.
    this.isForkTold = isCopyLost(replica);
    options.onStart();
    this.check();
    this.connectLater();
  }

  /** Called back once, unless the process dies or takes it back. */
  private after(delayMs: number, callback: () => void): () => void {
    const { life } = this;
    let cancelled = false;
    this.world.scheduler.after(Math.ceil(delayMs), () => {
      if (!cancelled && this.life === life) callback();
    });
    return () => {
      cancelled = true;
    };
  }

  /** Records are on the disk, though its process may not know yet. */
  private onDurable(records: readonly Uint8Array[]): void {
    const { disk, versions, options } = this;
    for (const record of records) {
      const { name, cursor } = storedPart(record);
      if (cursor !== undefined) disk.cursors.add(digestHexOf(cursor));
      const transaction = name === undefined ? undefined : versions.get(name);
      if (transaction === undefined) continue;
      disk.writes.add(options.checker.onDisk(transaction));
      // What it was before is in its journal only as that; what it was between may never have been.
      for (const number of this.replaced.get(name!) ?? []) disk.writes.delete(number);
    }
  }

  private hold(held: boolean): void {
    this.held = held;
    if (held) this.world.trace.mark('nothing taken while storing');
    if (held) this.line?.client.pause();
    else this.line?.client.resume();
  }

  /** Whoever is behind a relay gets what it holds, so it holds everything. */
  private newWish(): readonly string[] {
    const wish = this.options.relay ? [] : this.random.pick(this.world.swarm.wishes);
    this.reader.asks(wish);
    return wish;
  }

  /** Those of the checkpoint that it shows. */
  private scopesShown(): readonly string[] {
    const { shownCursor } = this.replica;
    return decodeCursor(shownCursor, this.world.limits).groups.flatMap(({ scopes }) => scopes);
  }

  private scopesHeld(): readonly string[] {
    const { id, former, options } = this.replica;
    return [
      ...(this.wish.length === 0 ? ['*'] : this.wish),
      ...ownScopes([id, ...former], options.relay),
    ];
  }

  private newSession(): ClientSession {
    return new ClientSession({
      replica: this.replica,
      database: databaseName,
      scopes: this.wish,
      tables: [],
      encodings: [this.random.pick(['rows', 'packed', 'columns', 'columns'] as const)],
      compressions: [],
      nowMs: () => this.world.scheduler.nowMs + this.clockSkewMs,
      windowBytes: this.world.windowBytes,
      storedCounter: () => this.storedCounter(),
      isIdStored: () => this.journal!.isIdStored,
      storedCursor: () => this.journal!.storedCursor,
    });
  }

  storedCounter(): number {
    return this.journal?.storedCounter ?? 0;
  }

  /** A transaction of its own, sealed. */
  private noteOwn(transaction: Transaction): void {
    this.written.set(`${transaction.replica}/${transaction.counter}`, transaction);
    this.versions.set(versionOf(transaction), transaction);
    this.lastDigest = digestOf(transaction);
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
    const host = this.nextHost ?? options.host(this.seeksHome, random);
    this.nextHost = undefined;
    const line = options.network.connect(this.id, host.name);
    const refused = world.isChaos() && random.chance(0.05);
    if (line === undefined || refused || !host.accept(line.server)) {
      trace.fault(scheduler.nowMs, 'connection refused', this.id);
      this.connectLater(20 + random.below(300));
      return;
    }
    this.cameFrom = this.resumption();
    this.line = line;
    this.host = host;
    this.sending = false;
    line.client.onMessage = (bytes) => this.receive(line, bytes);
    line.client.onDown = (error) => this.lost(line, error);
    if (this.held) line.client.pause();
    this.cursors = new ShortCursors();
    this.session.connect();
    this.flush();
    if (this.session.heldBack === undefined) return;
    trace.mark('what the home fails at held back');
    scheduler.after(60_000, () => {
      if (this.line !== line) return;
      this.session.pushAgain();
      this.flush();
    });
  }

  /** What it is sent will be judged from here. Where it goes on may be the middle of a commit, or of a first sync. */
  private resumption(): Position {
    const { replica, world, options } = this;
    if (replica.cursor.length === 0) return nowhere;
    const { groups } = decodeCursor(replica.cursor, world.limits);
    for (const { at, since, upto } of groups) {
      const isWithin = at.seq > 0 && comparePositions(at, scanAfter(at.seq)) < 0;
      if (isWithin) world.trace.mark('resumed in the middle of a commit');
      if (since === 0 && upto > 0) world.trace.mark('first sync resumed');
    }
    return {
      cursor: replica.cursor,
      seqs: groups.flatMap(({ since, first, upto }) => [since === 0 ? first : since, upto]),
      isDoubtful: options.checker.doubtful.has(digestHexOf(replica.cursor)),
    };
  }

  /** Sends what there is to send. */
  flush(): void {
    const { line } = this;
    if (line === undefined || this.sending) return;
    const message = this.session.next();
    if (message === undefined) return;
    this.sending = true;
    if (message.type === 'ack' && !this.disk.cursors.has(digestHexOf(message.cursor))) {
      this.world.violation(`I8: ${this.id} acknowledges a cursor that it has not stored`);
    }
    if (message.type === 'part' && message.totalBytes <= this.world.limits.pushBytesMax / 2) {
      this.world.trace.mark('in parts for the sake of a slow link');
    }
    const bytes = SyncRequest.encode(this.requestOf(message)).finish();
    line.client.send(bytes, () => {
      if (this.line !== line) return;
      this.sending = false;
      this.flush();
    });
  }

  private read(bytes: Uint8Array): ServerMessage {
    const { schema, limits } = this.replica.options;
    return serverMessageFromWire(SyncResponse.decode(bytes), { schema, compressors: [], limits });
  }

  /** Half of all clients push by columns. */
  private requestOf(message: ClientMessage): SyncRequest {
    const { world, session } = this;
    if (message.type !== 'push' || message.columns === undefined || !this.sendsColumns) {
      return clientMessageToWire(message);
    }
    const columns = plainColumnsToWire(
      message.transactions,
      schema,
      world.limits,
      message.numberOf,
    );
    if (columns === undefined) return clientMessageToWire(message);
    world.trace.mark('pushed by columns');
    session.pushTook(columns.block.length);
    return columnPushToWire(columns);
  }

  private receive(line: Line, bytes: Uint8Array): void {
    const { world, session } = this;
    try {
      const sent = this.read(bytes);
      const message = sent.type === 'delta' ? this.cursors.whole(sent) : sent;
      world.trace.say(world.scheduler.nowMs, `${this.id} gets ${message.type}, ${bytes.length}`);
      this.markMessage(message);
      const foreign = this.foreign();
      const before = this.shownCopy();
      const queued = ownOf(this.replica).length;
      this.isSentAstray = this.patchesAstray(message);
      const events = session.receive(sent);
      this.reopened(queued);
      for (const event of events) this.handle(event, message);
      this.noteDoubt(message);
      this.markForeign(foreign);
      this.checkHistory(before);
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

  private markMessage(message: ServerMessage): void {
    if (message.type === 'welcome' && message.forkedAt !== undefined) {
      const who = message.home ? 'the home' : 'a relay';
      this.world.trace.mark(`history forked, told by ${who}`);
      this.isForkTold = true;
    }
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

  private handle(event: ClientEvent, message: ServerMessage): void {
    const { world } = this;
    if (event.type === 'welcome') {
      const { rebuild, forkedAt } = event.welcome;
      if (rebuild && forkedAt === undefined) world.trace.mark('built anew behind a horizon');
    } else if (event.type === 'reencode') world.trace.mark('rows asked for in another encoding');
    else if (event.type === 'rebuild') this.rebuilt(message);
    else if (event.type === 'outcomes') {
      for (const outcome of event.outcomes) this.outcome(outcome);
    } else if (event.type === 'forked') this.takeIdentity(event.outcomes);
    else if (event.type === 'checkpoint') {
      world.trace.say(world.scheduler.nowMs, `${this.id} shows ${event.seq}`);
      this.cameFrom = nowhere;
      for (const outcome of event.settled) this.outcome(outcome);
      const last = event.settled.at(-1);
      if (last !== undefined) this.own.settled(last.counter);
      this.checkCopy(this.scopesShown());
    }
  }

  /** A relay that does not know all that came and went may leave rows with a receiver; none that is not there is patched. */
  private patchesAstray(message: ServerMessage): boolean {
    if (message.type !== 'delta' || !this.isInDoubt) return false;
    return patchAstray(this.replica, message.deltas) !== undefined;
  }

  /** What it was sent would not have been the server's copy. It shows what it did. */
  private rebuilt(message: ServerMessage): void {
    const { world, options, replica } = this;
    const { checker } = options;
    if (replica.synced) this.checkCopy(this.scopesShown());
    if (message.type !== 'delta') return;
    const { cursor: from, seqs } = this.cameFrom;
    const mayHoldMore = this.isInDoubt && !this.isSentAstray;
    const came = { from, seqs, to: message.cursor, scopes: this.scopesHeld() };
    const excuse = checker.excuseForRebuild({ ...came, mayHoldMore });
    if (excuse !== undefined) world.trace.mark(excuse);
    else world.violation(`I8: the copy of ${this.id} is not what ${this.host!.name} says`);
  }

  /** Whether what it is sent comes, or came, from a relay that has not stood where it is judged from. */
  private get isInDoubt(): boolean {
    const { isDoubtful, seqs } = this.cameFrom;
    return isDoubtful || !seqs.every((seq) => this.host!.knows(seq));
  }

  /** What one relay has left out another server does not send: it goes on where that one stood. */
  private noteDoubt(message: ServerMessage): void {
    if (message.type !== 'delta' || message.checkpoint !== undefined || !this.isInDoubt) return;
    this.options.checker.doubtful.add(digestHexOf(message.cursor));
  }

  /** What the home has lost and this replica has kept waits again. */
  private reopened(queued: number): void {
    const { replica, world } = this;
    if (ownOf(replica).length <= queued) return;
    world.trace.mark('kept transactions queued again');
    const own = ownOf(replica).map((each) => {
      const name = `${each.replica}/${each.counter}`;
      // What was settled is sealed; what waited may not be.
      const sealed = this.written.get(name) ?? each;
      this.written.set(name, sealed);
      return sealed;
    });
    this.own.restored(replica, own);
  }

  /** What it shows now, to be held against what it shows next. */
  private shownCopy(): ShownCopy | undefined {
    const { replica, options } = this;
    if (!replica.synced) return undefined;
    const { head } = replica.committed;
    const { queue, id } = replica;
    return {
      history: options.checker.historyOf(replica),
      ...{ head, scopes: this.scopesShown(), pending: this.own.pending },
      withForeign: queue.length > queue.of(id).length ? this.overlay() : undefined,
    };
  }

  /** Keys of the rows with tentative edits. */
  private overlay() {
    const { view } = this.replica;
    const keysOf = (table: TableDef) => [...view.overlay(table).entries()].map(([key]) => key);
    return new Map(schema.tables.map((table) => [table, new Set(keysOf(table))]));
  }

  /** Never backwards, unless it was told that its history is not the home's (I5); and nothing is erased silently. */
  private checkHistory(before: ShownCopy | undefined): void {
    const { replica, options, world, id } = this;
    if (before === undefined) return;
    const after = options.checker.historyOf(replica);
    if (after.common(before.history) < positionOf(before.head)) {
      // A copy that was begun anew for another reason tells by its epochs.
      const isTold = this.isForkTold || baseIn(after.epochs, before.head) < before.head;
      const excuse = isTold ? undefined : options.checker.excuseFor(before.history);
      if (excuse !== undefined) world.trace.mark(excuse);
      else if (!isTold) world.violation(`I5: ${id} shows another history, and was not told`);
      else options.checker.exchanged(replica, before);
      this.isForkTold = false;
    } else if (replica.committed.head < before.head) {
      world.violation(`I5: ${id} went back from ${before.head} to ${replica.committed.head}`);
    }
  }

  /** Another device has its id; or what was lost was safe, and it has not kept it. */
  private takeIdentity(outcomes: readonly Outcome[]): void {
    const { world, replica, options } = this;
    const { checker } = options;
    const before = replica.id;
    if (!checker.isShared(before)) world.violation(`I3: ${before} is told that it is two`);
    if (checker.broken.has(before)) world.trace.mark('new identity, since too little was kept');
    replica.seal();
    for (const outcome of outcomes) this.outcome(outcome);
    const moved = ownOf(replica).slice(outcomes.length);
    replica.takeIdentity(
      outcomes,
      Uint8Array.from({ length: 4 }, () => this.random.below(256)),
    );
    world.trace.fault(world.scheduler.nowMs, 'identity changed', `${before} to ${replica.id}`);
    this.onNewId();
    // Whoever waits with the same transactions takes the same id.
    checker.shared.add(replica.id);
    const own = ownOf(replica);
    this.lastDigest = new Uint8Array(0);
    for (const [index, transaction] of own.entries()) {
      checker.renamed(moved[index]!, transaction);
      this.noteOwn(transaction);
    }
    this.own.restored(replica, own);
  }

  private outcome(outcome: Outcome): void {
    const { world, options } = this;
    const { replica, counter, status, refusal } = outcome;
    const what = `${replica}/${counter} ${status} ${refusal?.reason ?? ''}`;
    world.trace.say(world.scheduler.nowMs, `${this.id} is told ${what}`);
    options.checker.outcome(outcome, this.written.get(`${replica}/${counter}`));
    if (refusal?.reason === 'BASE_AHEAD' && this.isOfLostEpoch(outcome)) options.onCursorAhead();
  }

  /** Whether it was made in an epoch of which this copy does not know: whoever else knew of that may be gone. */
  private isOfLostEpoch({ replica: writer, counter }: Outcome): boolean {
    const { queue, committed } = this.replica;
    const found = queue.of(writer).find(({ transaction }) => transaction.counter === counter);
    return found?.changes.some(({ base = 0 }) => epochOf(base) > epochOf(committed.head)) ?? false;
  }

  private checkCopy(scopes: readonly string[]): void {
    const { replica, options, reader } = this;
    options.checker.copy(replica, scopes, (entry, found) => reader.mayHold(entry, found));
  }

  private check(): void {
    const { replica, options } = this;
    options.checker.position(replica);
    this.own.check();
    this.quarantine.check(replica);
  }

  private lost(line: Line, error: SyncError | undefined): void {
    if (this.line !== line) return;
    const { world } = this;
    world.trace.say(world.scheduler.nowMs, `${this.id} lost its line: ${error?.reason}`);
    if (error !== undefined) world.trace.markNamed(error.reason);
    // As it is told, or its owner stays at the relay for now.
    if (error?.reason === 'SOURCE_FORKED' && this.random.chance(0.5)) this.seeksHome = true;
    // That one may have another history, of which nobody who is there can tell.
    if (error?.reason === 'SOURCE_BEHIND' && this.random.chance(0.05)) this.seeksHome = true;
    if (error?.reason === 'CURSOR_AHEAD') this.options.onCursorAhead();
    const mayGoBetter = error !== undefined && this.session.failed(error);
    if (mayGoBetter) world.trace.mark('what can never be is to be refused');
    // A real client would not try again: none of these may come up here.
    if (error?.reason !== 'CURSOR_AHEAD' && error?.isRetryable === false && !mayGoBetter) {
      world.violation(`I12: ${this.id} was told ${error.reason}: ${error.message}`, error);
    }
    this.line = undefined;
    this.session.disconnect();
    // So that something is tried often enough before all is otherwise.
    this.connectLater(error?.reason === 'DEFECT' ? 5 : undefined);
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
