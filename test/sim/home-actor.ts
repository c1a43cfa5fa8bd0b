import { Code, SyncError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/change/commit.ts';
import type { Log } from '../../src/log/log.ts';
import type { PreparedTransaction } from '../../src/merge/prepared.ts';
import { Home } from '../../src/replica/home.ts';
import { PushLines } from '../../src/replica/push-lines.ts';
import { Committer } from '../../src/server/committer.ts';
import { openHome } from '../../src/server/open-home.ts';
import { homeSource } from '../../src/session/home-source.ts';
import type { SyncSource } from '../../src/session/source.ts';
import type { Checker } from './checker.ts';
import type { Disk } from './disk.ts';
import type { LineEnd } from './line.ts';
import type { Prng } from './prng.ts';
import { ServerLine, unordered } from './server-line.ts';
import { databaseName, schema, validator, type World } from './world.ts';

/** The home's process: it recovers from its disk, serves, dies, and is started again. */
export class HomeActor {
  readonly name = 'home';
  clockSkewMs = 0;
  private readonly world: World;
  private readonly random: Prng;
  private readonly disk: Disk;
  private readonly checker: Checker;
  private process: HomeProcess | undefined;
  private recovering = false;
  /** It takes no connections any more, and waits for what is in flight. */
  private stopping = false;
  /** Counts starts: what an earlier process began does not go on. */
  private life = 0;

  constructor(world: World, disk: Disk, checker: Checker) {
    this.world = world;
    this.random = world.random('home');
    this.disk = disk;
    this.checker = checker;
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
    const { world, disk } = this;
    const home = new Home({
      schema,
      limits: world.limits,
      validate: (table, cells) =>
        validator.hasRules(table) ? validator.validate(table, cells) : undefined,
    });
    const log = disk.open();
    this.recovering = true;
    this.life++;
    world.trace.say(world.scheduler.nowMs, `home starts with ${log.head} commits`);
    this.recover(home, log).catch((error: unknown) => {
      // Whoever died in recovery need not tell.
      if (!(error instanceof SyncError && error.reason === 'LOG_STOPPED')) {
        world.violation(`I9: recovery failed: ${String(error)}`, error);
      }
    });
  }

  crash(): void {
    const { world, disk } = this;
    const { scheduler, trace } = world;
    if (!this.up && !this.recovering && !this.stopping) return;
    trace.fault(scheduler.nowMs, this.recovering ? 'home crash in recovery' : 'home crash');
    disk.crash();
    this.life++;
    this.process?.vanish();
    this.process = undefined;
    this.recovering = false;
    this.stopping = false;
    this.startLater(500);
  }

  /** The process ends in good order: what it has begun to order becomes durable, and everyone is told. */
  shutDown(): void {
    const { world, process } = this;
    if (process === undefined) return;
    world.trace.fault(world.scheduler.nowMs, 'home shutdown');
    this.process = undefined;
    this.stopping = true;
    this.life++;
    const { life } = this;
    process.close(undefined);
    process.end().then(() => {
      if (this.life !== life) return;
      this.stopping = false;
      this.disk.crash();
      this.startLater(500);
    });
  }

  private startLater(delayMsMax: number): void {
    const { life } = this;
    this.world.scheduler.after(10 + this.random.below(delayMsMax), () => {
      if (this.life === life) this.start();
    });
  }

  private async recover(home: Home, log: Log): Promise<void> {
    const { world, life } = this;
    try {
      await openHome({ freshHome: () => home, log, clock: this });
    } catch (error) {
      if (this.life !== life || !isFault(error)) throw error;
      // The log did not take the publication of the schema, or nobody knows.
      this.recovering = false;
      this.failed(error);
      return;
    }
    if (this.life !== life) return;
    this.recovering = false;
    this.checker.readLog();
    this.checker.home(home.state);
    this.process = new HomeProcess(world, home, log, this, (error) => {
      if (this.life === life) this.failed(error);
    });
    world.trace.say(world.scheduler.nowMs, `home is up at ${home.state.head}`);
  }

  /** The log as its process opens it again. */
  reopen(): Log {
    const { world, disk } = this;
    world.trace.say(world.scheduler.nowMs, 'home opens its log again');
    return disk.open();
  }

  /** The log has failed for good: the process ends and is started again. */
  private failed(error: unknown): void {
    this.process?.close(error);
    this.process = undefined;
    this.disk.crash();
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
]);

class HomeProcess {
  readonly home: Home;
  readonly source: SyncSource;
  private readonly actor: HomeActor;
  private readonly committer: Committer;
  private readonly world: World;
  private lines: ServerLine[] = [];
  private gone = false;

  constructor(
    world: World,
    home: Home,
    log: Log,
    actor: HomeActor,
    onFailure: (error: unknown) => void,
  ) {
    this.world = world;
    this.home = home;
    this.actor = actor;
    this.source = homeSource(home, log.id, databaseName, world.limits);
    this.committer = new Committer({
      home,
      log,
      reopen: () => Promise.resolve(actor.reopen()),
      clock: actor,
      timer: (delayMs, run) => this.after(delayMs, run),
      limits: world.limits,
      onCommits: () => this.pump(),
      onState: (state, error) => {
        world.trace.say(world.scheduler.nowMs, `home writes: ${state}`);
        if (state === 'failed') onFailure(error);
      },
    });
  }

  accept(end: LineEnd): void {
    const served = {
      source: this.source,
      nowMs: () => this.actor.nowMs(),
      submit: (push: readonly PreparedTransaction[]) => {
        const lines = new PushLines();
        return Promise.all(
          push.map((prepared) =>
            this.submit(prepared, lines).catch((error: unknown) => unordered(prepared, error)),
          ),
        );
      },
    };
    this.lines = this.lines.filter((line) => line.end.line.isOpen);
    this.lines.push(new ServerLine(this.world, served, end));
  }

  submit(prepared: PreparedTransaction, lines?: PushLines): Promise<Outcome> {
    return this.committer.submit({
      prepared,
      lines,
      mayRead: () => true,
      mayWrite: () => true,
      knowsOwnWrites: true,
    });
  }

  /** Resolves when nothing is in flight to the log any more, and it is closed. */
  end(): Promise<void> {
    return this.committer.close();
  }

  vanish(): void {
    this.gone = true;
    for (const line of this.lines) line.vanish();
  }

  close(cause: unknown): void {
    this.gone = true;
    const error = new SyncError(Code.unavailable, 'STOPPING', 'the server stops', { cause });
    for (const line of this.lines) line.close(error);
  }

  /** The timers of a process end with it. */
  private after(delayMs: number, run: () => void): () => void {
    let cancelled = false;
    this.world.scheduler.after(delayMs, () => {
      if (!cancelled && !this.gone) run();
    });
    return () => {
      cancelled = true;
    };
  }

  /** Commits of one turn travel together. */
  private pump(): void {
    for (const line of this.lines) this.world.scheduler.after(0, () => line.pump());
  }
}
