import { isDataLoss, SyncError } from '../../src/base/errors.ts';
import { epochOf, positionOf } from '../../src/base/seq.ts';
import type { Outcome } from '../../src/change/commit.ts';
import type { Log } from '../../src/log/log.ts';
import type { PreparedTransaction } from '../../src/merge/prepared.ts';
import { Home } from '../../src/replica/home.ts';
import { type OpenedHome, openHome } from '../../src/server/open-home.ts';
import type { Checker } from './checker.ts';
import type { Disk, DiskBackup } from './disk.ts';
import type { History } from './history.ts';
import { HomeProcess } from './home-process.ts';
import { baseIn } from './judge.ts';
import type { LineEnd } from './line.ts';
import type { Prng } from './prng.ts';
import type { StoredSnapshot } from './snapshot-disk.ts';
import { Defect, schema, validator, type World } from './world.ts';

/** A backup, and the history that it is of. */
interface Backup extends DiskBackup {
  readonly history: History;
}

/** What the operator of a home may put in the place of its log. */
export type Restoring = 'the newest backup' | 'an older backup' | 'an older backup, by hand';

/** The home's process, and whoever operates it: it recovers from its disk, serves, dies, and is started again. */
export class HomeActor {
  readonly name = 'home';
  readonly isHome = true;
  clockSkewMs = 0;
  heapFullUntilMs = 0;
  memoryFullUntilMs = 0;
  private readonly world: World;
  private readonly random: Prng;
  private readonly disk: Disk;
  private readonly checker: Checker;
  private process: HomeProcess | undefined;
  private recovering = false;
  /** It takes no connections any more, and waits for what is in flight. */
  private stopping: HomeProcess | undefined;
  /** Counts starts: what an earlier process began does not go on. */
  private life = 0;
  /** Oldest first. The first is of when there was nothing. */
  private readonly backups: Backup[];
  /** It goes on for more commits than this before it loses something again. */
  private readonly lossMin: number;

  constructor(world: World, disk: Disk, checker: Checker) {
    this.world = world;
    this.random = world.random('home');
    this.disk = disk;
    this.checker = checker;
    this.lossMin = this.random.pick([0, 1, 4]);
    this.backups = [{ ...disk.backUp()!, history: checker.history }];
  }

  get up(): boolean {
    return this.process !== undefined;
  }

  get home(): Home | undefined {
    return this.process?.home;
  }

  get head(): number {
    return this.home?.state.head ?? 0;
  }

  nowMs(): number {
    return this.world.scheduler.nowMs + this.clockSkewMs;
  }

  /** Whether it is short of that; what of it there was is used by whatever else goes on. */
  private isFull(fault: 'heap full' | 'memory full', untilMs: number): boolean {
    const { scheduler, trace } = this.world;
    if (!this.world.isChaos() || scheduler.nowMs >= untilMs) return false;
    trace.fault(scheduler.nowMs, fault);
    return true;
  }

  /** Whatever it does not know never was. */
  knows(): boolean {
    return true;
  }

  /** Takes a connection; false where nobody listens. */
  accept(end: LineEnd): boolean {
    this.process?.accept(end);
    return this.up;
  }

  /** The answer to a transaction that somebody sends. */
  submit(prepared: PreparedTransaction): Promise<Outcome> | undefined {
    return this.process?.submit(prepared);
  }

  start(): void {
    const { world } = this;
    this.recovering = true;
    this.life++;
    const { life } = this;
    const unexpected = (error: unknown) =>
      world.violation(`I9: recovery failed: ${String(error)}`, error);
    this.recover()
      .catch((error: unknown) => {
        if (this.life === life) this.unrecovered(error);
        // Whoever died in recovery need not tell.
        else if (!(error instanceof SyncError && error.reason === 'LOG_STOPPED')) unexpected(error);
      })
      .catch(unexpected);
  }

  crash(): void {
    const { world, disk } = this;
    const { scheduler, trace } = world;
    if (!this.up && !this.recovering && this.stopping === undefined) return;
    trace.fault(scheduler.nowMs, this.recovering ? 'home crash in recovery' : 'home crash');
    disk.crash();
    this.vanish();
    this.startLater(500);
  }

  /** The process ends in good order: what it has begun to order becomes durable, and everyone is told. */
  shutDown(): void {
    const { world, process } = this;
    if (process === undefined) return;
    world.trace.fault(world.scheduler.nowMs, 'home shutdown');
    this.process = undefined;
    this.stopping = process;
    this.life++;
    const { life } = this;
    process.close(undefined);
    process.end().then(() => {
      if (this.life !== life) return;
      this.vanish();
      this.disk.release();
      this.startLater(500);
    });
  }

  /** A copy of the database goes elsewhere, and everyone is told that it is safe there. */
  backUp(): void {
    const { world, process, checker } = this;
    checker.readLog();
    const { history } = checker;
    // A real one is gathered from what the home has: nothing of a history that was lost is in it.
    const foreign = this.disk.snapshots.stored
      .filter((snapshot) => history.common(snapshot.history) < snapshot.upto)
      .map(({ id }) => id);
    const backup = process && this.disk.backUp(new Set([...process.unusable, ...foreign]));
    if (process === undefined || backup === undefined) return;
    world.trace.say(world.scheduler.nowMs, `a backup at ${history.length}`);
    this.backups.push({ ...backup, history });
    checker.backedUp();
    // It may die before it can tell.
    process.coverBy('backup', history.head).catch(() => {});
  }

  /** Somebody stops the home, and puts a backup in the place of its log. */
  restore(what: Restoring): void {
    const { backups, world, random } = this;
    if (!this.hasGrown) return;
    this.stop();
    world.trace.fault(world.scheduler.nowMs, `restored ${what}`);
    const isNewest = what === 'the newest backup' || backups.length < 3;
    const backup = isNewest ? backups.at(-1)! : backups[1 + random.below(backups.length - 2)]!;
    // By hand it is perhaps the log alone, beside snapshots that know of more.
    const isByHand = what === 'an older backup, by hand';
    const isWhole = !isByHand || backup.trimmed > 0 || random.chance(0.5);
    this.putBack(backup, isWhole);
    if (!isByHand) this.newEpoch();
    this.startLater(500);
  }

  /** The log loses its end while nobody has it open. */
  truncate(): void {
    const { world, disk, random, checker } = this;
    checker.readLog();
    const { history } = checker;
    if (!this.hasGrown) return;
    // As a rule nothing of which a backup was announced: who loses that has the backup.
    const least = random.chance(0.9) ? history.backedUp : 0;
    const epoch = positionOf(disk.leastCut());
    // It may end before its newest snapshot began, which is in another file.
    const end = random.chance(0.5) ? disk.snapshots.stored[0]?.position : undefined;
    const shorter = (end ?? history.length) - 1 - random.below(random.pick([2, 15]));
    const position = Math.max(disk.trimmed, least, epoch, shorter);
    if (position >= history.length) return;
    this.stop();
    world.trace.fault(world.scheduler.nowMs, 'log truncated');
    disk.cut(Math.min(position, history.length));
    this.startLater(500);
  }

  /** Whether there is something that was not there when it lost something before. */
  get hasGrown(): boolean {
    const { history } = this.checker;
    return history.length - history.forkedAt > this.lossMin;
  }

  /** A client knows commits of an epoch that is not here: a person has to look, and begins a new one. */
  onCursorAhead(): void {
    if (!this.up || this.disk.epoch > epochOf(this.head)) return;
    this.stop();
    this.newEpoch();
    this.startLater(500);
  }

  /** The log as its process opens it again. What a device lost meanwhile shows. */
  private reopen(): Log {
    const { world, disk } = this;
    world.trace.say(world.scheduler.nowMs, 'home opens its log again');
    return disk.reopen();
  }

  private async recover(): Promise<void> {
    const { world, life, disk, checker } = this;
    const log = disk.open();
    world.trace.say(world.scheduler.nowMs, `home starts with ${log.head} commits`);
    checker.readLog();
    checker.history.starts++;
    const snapshots = disk.snapshots.open();
    const before = checker.history.head;
    const known = checker.history.length;
    const { stored } = disk.snapshots;
    const opened = await openHome({
      freshHome: () => this.freshHome(),
      log,
      snapshots,
      clock: this,
    });
    if (this.life !== life) return;
    this.recovering = false;
    checker.readLog();
    checker.home(opened.home.state);
    this.checkSnapshots(opened, stored, known);
    this.mark(opened, before);
    this.process = new HomeProcess({
      ...{ world, opened, log, snapshots },
      reopen: async () => this.reopen(),
      nowMs: () => this.nowMs(),
      isHeapFull: () => this.isFull('heap full', this.heapFullUntilMs),
      onFailure: (error) => {
        if (this.life === life) this.failed(error);
      },
    });
    world.trace.say(world.scheduler.nowMs, `home is up at ${opened.home.state.head}`);
  }

  private freshHome(): Home {
    const isFull = () => this.isFull('memory full', this.memoryFullUntilMs);
    return new Home({
      schema,
      limits: this.world.homeLimits,
      heap: {
        bytesMax: 1,
        get usedBytes() {
          return isFull() ? 2 : 0;
        },
      },
      validate: (table, cells) => {
        const problems = validator.hasRules(table) ? validator.validate(table, cells) : undefined;
        const { poison, isChaos, trace } = this.world;
        const isMet = cells.some((cell) => typeof cell === 'string' && defective.test(cell));
        if (!isMet || poison !== 'defect' || !isChaos()) return problems;
        trace.mark('defect');
        throw new Defect('a defect');
      },
    });
  }

  /** It goes on from a snapshot of its own history; and one that knows of commits which the log has lost has it say so. */
  private checkSnapshots(
    { snapshot: loaded }: OpenedHome,
    stored: readonly StoredSnapshot[],
    known: number,
  ): void {
    const { world, disk, checker } = this;
    const { history } = checker;
    for (const snapshot of stored) {
      const { id, position } = snapshot;
      const isLost = Math.min(known, history.common(snapshot.history)) < position;
      if (id === loaded?.id) {
        if (isLost) world.violation(`I9: the home starts from snapshot ${id} of a lost history`);
        return;
      }
      if (isLost && position <= known) world.trace.mark('snapshot of a lost history passed over');
      // The log has let go of what came behind it.
      if (!isLost || position < disk.trimmed || disk.snapshots.isDamaged(snapshot)) continue;
      const seq = snapshot.history.seqAt(position);
      if (baseIn(history.epochs, seq) < seq) continue;
      if (history.starts > 1 || history.common(snapshot.history) < history.forkedAt) {
        world.trace.mark('limit: the loss was found out after a restart');
        continue;
      }
      world.violation(`I9: the home says nothing of the loss of ${seq}, of which a snapshot knows`);
    }
  }

  private mark({ snapshot, damaged, home }: OpenedHome, before: number): void {
    const { trace } = this.world;
    if (snapshot !== undefined) {
      trace.mark(
        damaged.length > 0 ? 'started from the older snapshot' : 'started from a snapshot',
      );
    }
    if (epochOf(home.state.head) === epochOf(before)) return;
    const isRestored = this.disk.epoch === epochOf(home.state.head);
    trace.mark(isRestored ? 'epoch begun by a restore' : "epoch begun by a snapshot's evidence");
  }

  /** What was in its way: faults pass, and what is damaged somebody mends. */
  private unrecovered(error: unknown): void {
    const { world, disk, random } = this;
    if (isFault(error)) {
      this.failed(error);
      return;
    }
    if (!isDataLoss(error) || !this.isDamaged(error)) {
      world.violation(`I9: recovery failed: ${String(error)}`, error);
    }
    world.trace.say(world.scheduler.nowMs, `home does not start: ${String(error)}`);
    this.vanish();
    disk.release();
    if (disk.corruptAt !== undefined && random.chance(0.4)) {
      world.trace.mark('log repaired');
      disk.cut(disk.corruptAt - 1);
    } else {
      world.trace.mark('damaged log restored from a backup');
      this.putBack(this.backups.at(-1)!, true);
    }
    this.newEpoch();
    this.startLater(500);
  }

  /** Whether it lacks what it needs: a record, all there was, or all snapshots where the beginning of the log is gone. */
  private isDamaged({ reason }: SyncError): boolean {
    const { records, trimmed, corruptAt, snapshots } = this.disk;
    if (corruptAt !== undefined) return true;
    if (records.length === 0 && reason === 'LOG_MISSING') return snapshots.stored.length > 0;
    if (trimmed === 0 || reason !== 'NO_SNAPSHOT') return false;
    const { history } = this.checker;
    return snapshots.stored.every(
      (snapshot) =>
        snapshot.position < trimmed ||
        snapshots.isDamaged(snapshot) ||
        history.common(snapshot.history) < snapshot.upto,
    );
  }

  private putBack(backup: Backup, isWhole: boolean): void {
    const { checker, disk } = this;
    checker.fork(backup.history, backup.records.length);
    disk.restore(backup, isWhole);
  }

  /** Above all that there ever were, as `syncdb restore` has it. */
  private newEpoch(): void {
    const { disk, checker } = this;
    disk.epoch = Math.max(disk.epoch, checker.epochMax) + 1;
  }

  /** At once, but nothing is lost by it. */
  private stop(): void {
    this.checker.readLog();
    this.disk.endLie();
    this.disk.crash();
    this.vanish();
  }

  private vanish(): void {
    this.life++;
    this.process?.vanish();
    this.stopping?.vanish();
    this.process = undefined;
    this.stopping = undefined;
    this.recovering = false;
  }

  private startLater(delayMsMax: number): void {
    const { life } = this;
    this.world.scheduler.after(10 + this.random.below(delayMsMax), () => {
      if (this.life === life) this.start();
    });
  }

  /** The log has failed: the process ends and is started again. */
  private failed(error: unknown): void {
    this.process?.close(error);
    this.vanish();
    this.disk.release();
    this.startLater(100);
  }
}

/** What a disk does, which is nobody's mistake. */
function isFault(error: unknown): boolean {
  return error instanceof SyncError && diskReasons.has(error.reason);
}

const diskReasons: ReadonlySet<string> = new Set([
  'LOG_OUTCOME_UNKNOWN',
  'LOG_DISK_FULL',
  'LOG_READ_FAILED',
  'LOG_LOCKED',
  'LOG_CANNOT_OPEN',
]);

/** Notes at which a home fails that has a defect. */
const defective = /^note \d*7$/;
