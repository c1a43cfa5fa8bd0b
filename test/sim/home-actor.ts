import { Code, SyncError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/change/commit.ts';
import type { Log } from '../../src/log/log.ts';
import type { PreparedTransaction } from '../../src/merge/prepared.ts';
import { Home, type HomeOptions, type Ordering, type Submission } from '../../src/replica/home.ts';
import { PushLines } from '../../src/replica/push-lines.ts';
import { Committer } from '../../src/server/committer.ts';
import { openHome } from '../../src/server/open-home.ts';
import { homeSource } from '../../src/session/home-source.ts';
import type { SyncSource } from '../../src/session/source.ts';
import type { Checker } from './checker.ts';
import type { Disk } from './disk-log.ts';
import type { LineEnd } from './network.ts';
import { ServerLine, unordered } from './server-line.ts';
import { databaseName, schema, validator, type World } from './world.ts';

/** The home's process: it recovers from its disk, serves, dies, and is started again. */
export class HomeActor {
  clockSkewMs = 0;
  private readonly world: World;
  private readonly disk: Disk;
  private readonly checker: Checker;
  private process: HomeProcess | undefined;
  private recovering = false;
  /** Counts starts: what an earlier process began does not go on. */
  private life = 0;

  constructor(world: World, disk: Disk, checker: Checker) {
    this.world = world;
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
    const home = flawedHome(world);
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
    const { scheduler, trace, random } = world;
    if (!this.up && !this.recovering) return;
    trace.fault(scheduler.nowMs, this.recovering ? 'home crash in recovery' : 'home crash');
    disk.crash();
    this.life++;
    this.process?.vanish();
    this.process = undefined;
    this.recovering = false;
    scheduler.after(10 + random.below(500), () => this.start());
  }

  private async recover(home: Home, log: Log): Promise<void> {
    const { world, life } = this;
    try {
      await openHome({ freshHome: () => home, log: readOf(world, log), clock: this });
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
    this.process = new HomeProcess(world, home, log, this);
    world.trace.say(world.scheduler.nowMs, `home is up at ${home.state.head}`);
  }

  /** The log as its process opens it again. */
  reopen(): Log {
    const { world, disk } = this;
    world.trace.say(world.scheduler.nowMs, 'home opens its log again');
    return disk.open();
  }

  /** The log has failed for good: the process ends and is started again. */
  failed(error: unknown): void {
    const { world, disk } = this;
    const { scheduler, random } = world;
    this.process?.close(error);
    this.process = undefined;
    disk.crash();
    scheduler.after(10 + random.below(100), () => this.start());
  }
}

/** The log as a home reads it that is broken on purpose, or not. */
function readOf(world: World, log: Log): Log {
  if (world.flaw !== 'recovery misses the last record') return log;
  const upto = log.head - 1;
  const read = async function* (after: number) {
    for await (const { first, records } of log.read(after)) {
      const kept = records.slice(0, Math.max(0, upto - first + 1));
      if (kept.length > 0) yield { first, records: kept };
    }
  };
  const append: Log['append'] = (head, records) => log.append(head, records);
  const { id, head, trimmed, epoch } = log;
  const trim: Log['trim'] = (upto) => log.trim(upto);
  return { id, head, trimmed, epoch, read, append, trim, close: () => log.close() };
}

/** What a disk does, which is nobody's mistake. */
function isFault(error: unknown): boolean {
  return (
    error instanceof SyncError &&
    (error.reason === 'LOG_OUTCOME_UNKNOWN' || error.reason === 'LOG_DISK_FULL')
  );
}

class HomeProcess {
  readonly home: Home;
  readonly source: SyncSource;
  private readonly actor: HomeActor;
  private readonly committer: Committer;
  private readonly world: World;
  private lines: ServerLine[] = [];
  private gone = false;

  constructor(world: World, home: Home, log: Log, actor: HomeActor) {
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
        if (state === 'failed') actor.failed(error);
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

function flawedHome(world: World): Home {
  const options: HomeOptions = {
    schema,
    limits: world.limits,
    validate: (table, cells) =>
      validator.hasRules(table) ? validator.validate(table, cells) : undefined,
  };
  switch (world.flaw) {
    case 'the home forgets to dedupe':
      return new ForgetfulHome(options);
    case 'a retry is always told committed':
      return new FlatteringHome(options);
    default:
      return new Home(options);
  }
}

class ForgetfulHome extends Home {
  override order(submitted: Submission, nowMs: number): Ordering {
    const { replica, counter } = submitted.prepared.transaction;
    const again = counter <= this.settled(replica).counter;
    return super.order(again ? { ...submitted, numbered: true } : submitted, nowMs);
  }
}

class FlatteringHome extends Home {
  override order(submitted: Submission, nowMs: number): Ordering {
    const ordering = super.order(submitted, nowMs);
    if (ordering.record !== undefined) return ordering;
    const { replica, counter } = ordering.outcome;
    return {
      ...ordering,
      outcome: { replica, counter, status: 'committed', refusal: undefined, conflicts: 0 },
    };
  }
}
