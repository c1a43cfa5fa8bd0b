import { epochOf, positionOf } from '../../src/base/seq.ts';
import { stampMs } from '../../src/base/stamp.ts';
import type { Commit, Outcome } from '../../src/change/commit.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { homeReplica } from '../../src/replica/schema-record.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import { decodeCursor, newestSeq } from '../../src/session/cursor.ts';
import { passingReasons } from '../../src/session/messages.ts';
import { coverTest } from '../../src/session/subscription.ts';
import type { Disk } from './disk.ts';
import { History, type Logged, writtenDigest } from './history.ts';
import { baseIn } from './judge.ts';
import { cellsText, type MayHold, type ModelRow, sameCells } from './model.ts';
import { applied, type Row } from './plain-rows.ts';
import type { Prng } from './prng.ts';
import type { PlainEdit } from './workload.ts';
import { epochTable, safePointTable, type World } from './world.ts';

/** Has the checker look at what a home, or a client, shows. */
export type Shown = () => void;

/** A transaction as somebody made it. */
export interface Write {
  /** The same whatever becomes of its name. */
  readonly number: number;
  readonly edits: readonly PlainEdit[];
  readonly transaction: Transaction;
  /** What its writer saw it in. */
  readonly seenIn: History;
}

/** A receiver that was not brought to its source's copy. */
export interface Rebuild {
  /** Its cursor before, and the seqs that what it was sent was judged from. */
  readonly from: Uint8Array;
  readonly seqs: readonly number[];
  /** Its cursor then. */
  readonly to: Uint8Array;
  readonly scopes: readonly string[];
  /** Whether it may have rows too many, and nothing else: a relay that has not stood at these seqs sent it something. */
  readonly mayHoldMore: boolean;
}

/** A copy that was shown, and is not any more. */
export interface ShownCopy {
  readonly history: History;
  readonly head: number;
  readonly scopes: readonly string[];
  /** What its device had written that was not settled. */
  readonly pending: readonly Write[];
  /** Where edits of others were shown too, which come and go: keys of the rows with tentative edits. */
  readonly withForeign: ReadonlyMap<TableDef, ReadonlySet<string>> | undefined;
}

/** A relay that is behind or full, or that knows of what is settled only the newest. */
const waits: ReadonlySet<string> = new Set([
  ...['COUNTER_GAP', 'QUEUE_FULL', 'COUNTER_FORGOTTEN'],
  ...passingReasons,
]);

/** While histories part: a relay may carry what was made in one that the home does not know of yet. */
const waitsAtFork: ReadonlySet<string> = new Set(['BASE_AHEAD', 'REPLICA_FORKED', 'HELD_DIFFERS']);

export const digestHexOf = (digest: Uint8Array) => Buffer.from(digest).toString('hex');
export const digestText = (transaction: Transaction) => digestHexOf(digestOf(transaction));

/** Of so many events one is followed by a look at what somebody shows. */
const looksOneOf = 40;

/**
 * Holds what the actors do against what was promised (design 13). Its chance is its own, and it changes nothing: a run is
 * the same without it.
 */
export class Checker {
  /** The one that the home's log is. */
  history: History;
  /** Writes by the digests that their transactions have had, sealed, under one id or another. */
  readonly written = new Map<string, Write>();
  /** Ids that more than one device has: a copy was made, or a backup was brought back. */
  readonly shared = new Set<string>();
  /** Writers of whom the home has lost something, at any time. */
  readonly writersLost = new Set<string>();
  /** Writers of whom a relay was told that what it carries cannot follow what the home has. */
  readonly gapsTold = new Set<string>();
  /** Ids of which something safe was lost, so that what follows it cannot be ordered under them. */
  readonly broken = new Set<string>();
  /** Cursors that came from relays which may have left out what came and went between their checkpoints. */
  readonly doubtful = new Set<string>();
  /** Whether some come to the home by way of others, who know less. */
  hasRelays = false;
  /** The highest epoch that any history had. */
  epochMax = 0;
  /** By writer: the newest counter that any history had. */
  readonly settledEver = new Map<string, number>();
  /** All that there were, newest first. */
  private readonly histories: History[];
  private readonly world: World;
  private readonly disk: Disk;
  private readonly random: Prng;
  /** Numbers of the writes that are on their writer's own disk. */
  private readonly stored = new Set<number>();
  /** Writes that are another to the last byte, by their numbers: they take effect with it, once. */
  private readonly alike = new Map<number, number>();
  private readonly known = new WeakMap<Transaction, Write>();
  /** How many there were. */
  private writes = 0;
  private readonly told = new Set<Logged>();
  /** By name: the digest that some log had it with. */
  private readonly names = new Map<string, string>();
  /** Writes that a backup had when they were lost, since an older one was brought back, or none: nobody had to keep them. */
  private readonly safeLost = new Set<number>();

  constructor(world: World, disk: Disk) {
    this.world = world;
    this.disk = disk;
    this.random = world.random('checker');
    this.history = new History(world);
    this.histories = [this.history];
    disk.snapshots.historyNow = () => this.history;
    disk.onCut = (position) => this.fork(this.history, position);
    disk.leastCut = () => this.history.epochs.at(-1)?.first ?? 0;
  }

  /** Whether the home ever lost anything. */
  get hasForked(): boolean {
    return this.histories.length > 1;
  }

  /** After each event: whatever has become durable. */
  readLog(): void {
    const { records } = this.disk;
    while (this.history.length < records.length) this.readRecord(records[this.history.length]!);
  }

  /** The log goes on from a position of this history; what it had behind that is lost. */
  fork(from: History, position: number): void {
    this.readLog();
    const { history: lost, world } = this;
    const fork = new History(world, from, position, this.epochMax);
    this.history = fork;
    this.histories.unshift(fork);
    for (const writer of lost.writersBehind(lost.common(fork))) this.writersLost.add(writer);
    for (const number of lost.writesBetween(lost.common(fork), lost.backedUp)) {
      if (fork.logged.has(number)) continue;
      world.trace.mark('safe transaction lost');
      this.safeLost.add(number);
    }
    for (const { number, transaction } of this.written.values()) {
      if (this.safeLost.has(number)) this.broken.add(transaction.replica);
    }
  }

  /** A backup has all that is in the log now. */
  backedUp(): void {
    this.readLog();
    this.history.backedUp = this.history.length;
  }

  /** After each event: now and then somebody is looked at, whatever has just happened. */
  look(shown: readonly Shown[]): void {
    if (this.random.below(looksOneOf) === 0) this.random.pick(shown)();
  }

  /** The history that a replica's copy is of. */
  historyOf({ shownCursor, id, committed }: Replica): History {
    if (shownCursor.length === 0) return this.history;
    const { check } = decodeCursor(shownCursor, this.world.limits);
    const found = this.find(committed.head, check);
    if (found === undefined) {
      this.world.violation(`I2: ${id} shows commit ${committed.head}, which no log ever had`);
    }
    return found ?? this.history;
  }

  private find(seq: number, check: number): History | undefined {
    return this.histories.find((history) => history.has(seq, check));
  }

  private readRecord(record: Uint8Array): void {
    const { history, world } = this;
    const { commit, chain } = history.read(record);
    const { replica, counter, seq } = commit;
    const name = `${replica}/${counter}`;
    const position = history.length + 1;
    const isHome = replica === homeReplica;
    const expected = isHome ? position : (history.counters.get(replica) ?? 0) + 1;
    const digest = digestHexOf(writtenDigest(commit) ?? new Uint8Array(0));
    const write = isHome ? undefined : this.written.get(digest);
    if (write !== undefined) this.checkBases(write);
    const isTwice = write !== undefined && history.logged.has(write.number);
    history.take({ commit, chain, write });
    if (positionOf(seq) !== position) {
      world.violation(`I9: record ${position} of the log has seq ${seq}`);
    }
    if (counter !== expected) world.violation(`I3: ${name} in the log, not ${replica}/${expected}`);
    if (isHome) {
      this.readOwn(commit);
      return;
    }
    this.names.set(name, digest);
    this.settledEver.set(replica, Math.max(counter, this.settledEver.get(replica) ?? 0));
    if (write === undefined) {
      world.violation(`I3: ${name} is in the log as nobody wrote it`);
    } else if (!this.stored.has(write.number)) {
      world.violation(`I3: ${name} is in the log, and its writer has not stored it`);
    } else if (isTwice && this.hasForked && this.isShared(replica)) {
      world.trace.mark('limit: of two copies each is told another fork by each history');
    } else if (isTwice) {
      world.violation(`I3: ${name} is in the log a second time`);
    }
    if (stampMs(commit.stamp) > commit.atMs + world.limits.stampAheadMsMax) {
      world.violation(`I11: the stamp of ${name} is ahead of the home's clock`);
    }
  }

  /** A commit of the home's own: nothing is called safe that no backup has, and no epoch begins out of turn. */
  private readOwn({ effects, seq }: Commit): void {
    const { history, world } = this;
    const isEpoch = effects.some(({ table }) => table === epochTable);
    const before = history.seqAt(positionOf(seq) - 1);
    if (epochOf(seq) > epochOf(before) !== isEpoch) {
      world.violation(`I9: commit ${seq} is in another epoch than ${before}`);
    }
    if (epochOf(seq) > this.epochMax) {
      history.lacksEpoch = false;
      if (positionOf(seq) === history.forkedAt + 1) history.lostEpoch = false;
    }
    this.epochMax = Math.max(this.epochMax, epochOf(seq));
    for (const { table, cells } of effects) {
      if (table !== safePointTable) continue;
      const safe = Number(cells[table.columnByName.get('seq')!.index]);
      if (positionOf(safe) > history.backedUp || history.seqAt(positionOf(safe)) !== safe) {
        world.violation(`I2: ${safe} is called safe, and the backup ends at ${history.backedUp}`);
      }
    }
  }

  /**
   * What its writer saw in a history that was lost, the home must not take for seen in this one (I6). Where it cannot
   * know better, which ARCHITECTURE.md says of, that is counted apart.
   */
  private checkBases({ transaction, seenIn }: Write): void {
    const { history, world } = this;
    const { replica, counter, changes } = transaction;
    const common = history.common(seenIn);
    for (const { base = 0 } of changes) {
      if (positionOf(base) <= common) continue;
      if (baseIn(history.epochs, base) <= history.seqAt(common)) continue;
      // The next epoch that this line began is of a backup, which has what the history of the base had lost.
      const next = history.epochs.find(({ first }) => base < first);
      const isBackup = next !== undefined && positionOf(next.forkedAt) > common;
      const excuse = this.excuseFor(seenIn, isBackup);
      if (excuse !== undefined) world.trace.mark(excuse);
      else {
        const seen = `${base}, of a history that ended at ${common}`;
        world.violation(`I6: ${replica}/${counter} is taken to have seen ${seen}`);
      }
    }
  }

  /**
   * Why a home cannot know where it left that history, if it cannot. `isBackup` where it went on from a backup of another one
   * than that, which as a rule shows in all of its line being behind where they part.
   */
  excuseFor(seenIn: History, isBackup?: boolean) {
    const { history } = this;
    const common = history.common(seenIn);
    const theirs = [...seenIn.line()].filter((each) => each.forkedAt >= common);
    const ours = [...history.line()].filter((each) => each.forkedAt >= common);
    // What a line told behind where this one left it is not said here.
    const untold = ours.filter((each) => !history.tells(each.forkedAt));
    if (untold.some(({ starts }) => starts > 1)) {
      return 'limit: the loss was found out after a restart';
    }
    if (untold.includes(history) && this.hasRelays) {
      return 'limit: a base came by a relay before anybody showed the loss';
    }
    if (untold.some((each) => each !== history)) {
      return 'limit: a backup has what the history before it had lost';
    }
    if (ours.some(({ lostEpoch }) => lostEpoch)) return 'limit: an epoch was lost';
    // One that began an epoch, or one that lost it in silence and was left before anybody told of that.
    const lost = theirs.filter((each) => !ours.includes(each));
    // Only where this line goes on behind where they part: else its own epoch tells exactly that.
    const goesOn = isBackup ?? Math.min(...ours.map(({ forkedAt }) => forkedAt)) > common;
    if (goesOn && lost.some(({ epochs, told }) => epochs.length > 0 || !told)) {
      return 'limit: a backup has what the history before it had lost';
    }
    return undefined;
  }

  /** Why a source could not bring a receiver to its own copy, if there is a reason: it has a row that is gone, of which a relay never heard. */
  excuseForRebuild({ from, seqs, to, scopes, mayHoldMore }: Rebuild) {
    const [before, after] = [from, to].map((cursor) => this.placeOf(cursor));
    if (before === undefined || after === undefined) return undefined;
    const common = after.history.common(before.history);
    const newest = Math.max(...seqs);
    // It was told of another history.
    if (common < positionOf(newest) || !mayHoldMore) return undefined;
    const { model } = after.history;
    const isHeld = coverTest(scopes);
    // What it was sent in the middle of a catch-up is of any head since that began.
    const oldest = positionOf(Math.min(...seqs));
    const between = Array.from({ length: positionOf(newest) - oldest + 1 }, (_, index) =>
      after.history.seqAt(oldest + index),
    );
    if (!between.some((seq) => model.loses(seq, after.seq, isHeld))) return undefined;
    return 'limit: a relay does not know what came and went between its checkpoints';
  }

  private placeOf(cursor: Uint8Array) {
    // It was told of all that there was.
    if (cursor.length === 0) return undefined;
    const { groups, check } = decodeCursor(cursor, this.world.limits);
    const seq = newestSeq(groups);
    const history = this.find(seq, check);
    return history && { history, seq };
  }

  /** A replica wrote a transaction; it is given as it will be sealed. */
  wrote(replica: Replica, transaction: Transaction, edits: readonly PlainEdit[]): void {
    this.checkBase(replica, transaction, edits);
    const name = `${transaction.replica}/${transaction.counter}`;
    if (this.names.has(name) && !this.isShared(transaction.replica)) {
      this.world.violation(`I3: ${name} is given to another transaction than the one in the log`);
    }
    const digest = digestText(transaction);
    const same = this.written.get(digest)?.number;
    // After a crash the same may be written once more, at the same moment by its clock: that is another. What a copy of a
    // device writes, to the last byte what this one has stored, nobody can tell from it.
    const number = same !== undefined && this.stored.has(same) ? same : this.writes++;
    const seenIn = this.historyOf(replica);
    this.written.set(digest, { number, edits, transaction, seenIn });
  }

  /** The write that a transaction is of; undefined where nobody wrote it. */
  writeOf(transaction: Transaction): Write | undefined {
    let write = this.known.get(transaction);
    if (write === undefined) {
      write = this.written.get(digestText(transaction));
      if (write !== undefined) this.known.set(transaction, write);
    }
    return write;
  }

  /** More than one line of transactions goes by this id. */
  isShared(id: string): boolean {
    return this.shared.has(id) || this.broken.has(id) || this.hasLostEpoch;
  }

  /** The write is on its writer's disk. Returns its number. */
  onDisk(transaction: Transaction): number {
    const { number } = this.written.get(digestText(transaction))!;
    this.stored.add(number);
    return number;
  }

  /** A replica carries, or shows, a transaction of another: its writer must not be able to lose it any more. */
  relayed(by: string, transaction: Transaction): void {
    const { replica, counter } = transaction;
    const write = this.written.get(digestText(transaction));
    const problem =
      write === undefined
        ? 'which nobody wrote'
        : this.stored.has(write.number)
          ? undefined
          : 'which its writer has not stored';
    if (problem === undefined) return;
    this.world.violation(`I5: ${by} has ${replica}/${counter} of another, ${problem}`);
  }

  /** A write says what its writer had seen, no more and no less: all merging builds on that. */
  private checkBase(
    { committed }: Replica,
    { replica, counter, changes }: Transaction,
    edits: readonly PlainEdit[],
  ): void {
    for (const [index, { base, baseAbsent }] of changes.entries()) {
      const { table, key } = edits[index]!;
      if (base === committed.head && baseAbsent === !committed.has(table, key)) continue;
      this.world.violation(`I6: change ${index} of ${replica}/${counter} has another base`);
    }
  }

  /** The same write has another name now. */
  renamed(before: Transaction, transaction: Transaction): void {
    const digest = digestText(transaction);
    const write = this.written.get(digestText(before))!;
    const same = this.written.get(digest)?.number ?? write.number;
    // Under the new name a copy of the device has written it too, to the last byte alike.
    const number = this.stored.has(same) ? same : write.number;
    if (number !== write.number) this.alike.set(write.number, number);
    this.written.set(digest, { ...write, number, transaction });
  }

  /** A replica was told what became of a transaction; of its own, it says which it was. */
  outcome(outcome: Outcome, own?: Transaction): void {
    const { replica, counter, status, refusal } = outcome;
    if (status === 'held') return;
    const name = `${replica}/${counter}`;
    const { trace } = this.world;
    if (refusal !== undefined) trace.markNamed(refusal.reason);
    if (status === 'unordered') {
      const reason = refusal?.reason ?? '';
      if (own === undefined && reason === 'COUNTER_GAP') this.gapsTold.add(replica);
      if (waits.has(reason) || this.isShared(replica)) return;
      if (this.hasForked && waitsAtFork.has(reason)) return;
      this.world.violation(`I3: ${name} cannot be ordered: ${refusal?.reason}`);
      return;
    }
    const problem = this.problemOf(outcome, own);
    if (problem !== undefined) this.world.violation(`${problem.replace('it', name)}`);
  }

  /** What was told is true in one of the histories, and the same for everyone there. */
  private problemOf(outcome: Outcome, own: Transaction | undefined): string | undefined {
    const { replica, counter, status } = outcome;
    const logged = this.histories
      .map(({ transactions }) => transactions.get(`${replica}/${counter}`))
      .filter((each) => each !== undefined);
    if (logged.length === 0) return `I2: it was told ${status} and is not in the log`;
    const agreeing = logged.filter(({ refused }) => refused === (status === 'refused'));
    if (agreeing.length === 0) return `I3: it was told ${status}; the log says otherwise`;
    const sameOnes =
      own === undefined
        ? agreeing
        : agreeing.filter(({ digest }) => digestText(own) === digestHexOf(digest));
    if (sameOnes.length === 0) return `I2: it was told ${status}; that was another device's`;
    const { refusal, conflicts } = outcome;
    const found = sameOnes.find(
      (each) => each.reason === (refusal?.reason ?? '') && each.conflicts === conflicts,
    );
    if (found === undefined)
      return 'I3: it was told another reason, or other conflicts, than there are';
    if (this.told.has(found)) this.world.trace.mark('retry answered');
    this.told.add(found);
    return undefined;
  }

  /** What a home shows is what the log holds, all of it and no more. */
  home(state: CommittedState): void {
    const { history, world } = this;
    const { head } = state;
    if (positionOf(head) > history.length || history.seqAt(positionOf(head)) !== head) {
      world.violation(`I2: the home shows commit ${head}, the disk has ${history.head}`);
    }
    const difference = history.model.difference(state, head, () => true);
    if (difference !== undefined) world.violation(`I9: the home ${difference}`);
  }

  /** What a replica shows is what the log made of these scopes, as of its head. */
  copy(replica: Replica, scopes: readonly string[], mayHold: MayHold): void {
    const { id, committed } = replica;
    const { model } = this.historyOf(replica);
    const difference = model.difference(committed, committed.head, coverTest(scopes), mayHold);
    if (difference !== undefined) this.world.violation(`I1: ${id} ${difference}`);
  }

  /** Nobody stands at a commit that no log has, or had. */
  position(replica: Replica): void {
    const { world } = this;
    const { cursor, id } = replica;
    this.historyOf(replica);
    if (cursor.length === 0) return;
    const { groups, check } = decodeCursor(cursor, world.limits);
    if (this.find(newestSeq(groups), check) === undefined) {
      world.violation(`I8: the cursor of ${id} is at ${newestSeq(groups)}, which no log ever had`);
    }
  }

  /**
   * A replica shows another history than before. Rows that somebody had written in the one that was lost are shown as they
   * were, or they are quarantined: nothing is silently erased. What somebody has written again is not, lest it be put over
   * what is newer; what it wrote itself a replica writes again.
   */
  exchanged(replica: Replica, before: ShownCopy): void {
    const { history, head, scopes } = before;
    const after = this.historyOf(replica);
    const common = after.common(history);
    if (common >= positionOf(head)) return;
    const seq = history.seqAt(common);
    for (const row of history.model.rowsSince(seq, head, coverTest(scopes))) {
      const { table, key } = row;
      const then = this.shownThen(before, row);
      // Of an id that is two nobody tells it which of its edits stand in the copy already: they are shown once more on top.
      const twice = this.isShared(replica.id) ? this.shownThen(before, row, true) : then;
      const now = [replica.row(table, key)?.cells, replica.committed.cells(table, key)];
      const isShown = (cells: Row) => now.some((each) => each && cells && sameCells(each, cells));
      // Where it was deleted here it is not missed.
      if (then === undefined || isShown(then) || isShown(twice)) continue;
      if (before.withForeign?.get(table)?.has(key)) continue;
      const writer = history.writerAt(positionOf(row.seq))!;
      const version = after.model.versionOf(table, key, replica.committed.head);
      const isOwn = writer === replica.id || replica.former.includes(writer);
      const isAgain = isOwn || after.writerAt(positionOf(version)) === writer;
      if (version > seq && isAgain) continue;
      const kept = replica.quarantined.some(
        (each) => each.table === table && each.version === row.seq && sameCells(each.cells, then),
      );
      // Where an epoch tells of it there is nothing that could not be known.
      const isTold = baseIn(after.epochs, row.seq) < row.seq;
      const untold = isTold ? undefined : this.excuseFor(history);
      const excuse = kept ? 'row quarantined' : untold;
      if (excuse !== undefined) this.world.trace.mark(excuse);
      else {
        const text = `${table.name} ${key} @${row.seq} ${cellsText(row.cells)}`;
        this.world.violation(`I2: ${replica.id} has silently lost ${text}`);
      }
    }
  }

  /** A row of a history that was lost, with the edits on top that had not been settled there, or with all that waited. */
  private shownThen(
    { history, head, pending }: ShownCopy,
    { table, key, cells }: ModelRow,
    isTwice = false,
  ): Row {
    let shown: Row = cells;
    for (const { number, edits } of pending) {
      if (!isTwice && (history.logged.get(number) ?? Infinity) <= positionOf(head)) continue;
      for (const edit of edits) {
        if (edit.table === table && edit.key === key) shown = applied(edit, shown);
      }
    }
    return shown;
  }

  /** After the end: what the log refused of what it had stored waits for its writer, and nothing else does. */
  refused(replica: Replica, writes: readonly number[]): void {
    const { history, world } = this;
    const parked = new Set(replica.parked.map((each) => this.writeOf(each.transaction)?.number));
    if (parked.size < replica.parked.length) {
      const names = replica.parked.map(({ transaction: own }) => `${own.replica}/${own.counter}`);
      world.violation(`I2: ${replica.id} has parked something twice: ${names}`);
    }
    for (const number of writes) {
      const logged = history.outcomesOf(number);
      if (logged.length === 0) continue;
      if (logged.some(({ refused }) => refused === parked.has(number))) continue;
      if (this.safeLost.has(number)) {
        world.trace.mark('safe transaction lost');
        continue;
      }
      const { replica: id, counter } = history.commitOf(number)!;
      const isParked = parked.has(number);
      // Under the id that both had this one only knows what was said of it before the loss.
      const isFormer = isParked && replica.former.includes(id) && this.isShared(id);
      const isOfCopy = isFormer || (id !== replica.id && !replica.former.includes(id));
      if (isOfCopy && this.isOfLost(number)) {
        world.trace.mark('limit: a copy had ordered what was lost');
        continue;
      }
      const what = isParked ? 'committed, and is parked' : 'refused, and is not parked';
      world.violation(`I2: ${id}/${counter} of ${replica.id} is ${what}`);
    }
  }

  /** Whether it was written, by whichever device, under an id of which the home has lost something. */
  private isOfLost(number: number): boolean {
    return [...this.written.values()].some(
      (write) => write.number === number && this.writersLost.has(write.transaction.replica),
    );
  }

  /**
   * After the end everything that its writer has stored is in the log. What a home lost its writer had to keep, unless
   * it was safe, also under an id that it gave up since another device had it too; or it says that it cannot be ordered.
   */
  complete(replica: Replica, writes: readonly number[]): void {
    const { history, world } = this;
    const lost: string[] = [];
    for (const written of writes) {
      const number = this.oneAlike(written);
      if (history.logged.has(number)) continue;
      const excuse = this.excuseForLost(number, replica);
      if (excuse === undefined) lost.push(...this.namesOf(number));
      else world.trace.mark(excuse);
    }
    if (lost.length === 0) return;
    world.violation(`I2: the log lacks ${lost}, which ${replica.id} had stored`);
  }

  private excuseForLost(number: number, replica: Replica) {
    if (this.safeLost.has(number)) return 'safe transaction lost';
    // Whatever else waits can be ordered, if need be under another id.
    const isParked = replica.parked.some(
      ({ transaction }) =>
        replica.former.includes(transaction.replica) &&
        this.writeOf(transaction)?.number === number,
    );
    if (isParked && this.hasForked) {
      return 'limit: what was lost cannot be ordered under a former id, and is parked';
    }
    if (this.hasLostEpoch) return 'limit: an epoch was lost';
    return undefined;
  }

  private oneAlike(number: number): number {
    const other = this.alike.get(number);
    return other === undefined ? number : this.oneAlike(other);
  }

  /** What a write was called, under whichever ids. */
  private namesOf(number: number): string[] {
    return [...this.written.values()]
      .filter((write) => write.number === number)
      .map(({ transaction: { replica, counter } }) => `${replica}/${counter}`);
  }

  /** A log was put back to before an epoch, and nobody said so: the number of that epoch is given twice. */
  private get hasLostEpoch(): boolean {
    return [...this.history.line()].some(({ lacksEpoch }) => lacksEpoch);
  }
}
