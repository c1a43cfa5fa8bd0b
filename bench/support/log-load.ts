import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import type { Log } from '../../src/log/log.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { verify } from './rounds.ts';

export interface LogLoad {
  /** Writers that each wait for their commit before they make the next. */
  readonly writers: number;
  /** Bytes of one commit; 200 by default. */
  readonly recordBytes?: number;
  /** How long to measure, in milliseconds; 3,000 by default, after a third of it to warm up. */
  readonly durationMs?: number;
  /** Where the log's file is made, and removed afterwards; the system's folder for such by default. */
  readonly folder?: string;
}

export interface LogLoadResult {
  readonly commitsPerSecond: number;
  /** The longest time that the writers' event loop was held up, in milliseconds. */
  readonly loopDelayMsMax: number;
  /** The same at the 99th percentile. */
  readonly loopDelayMs99: number;
  /** Commits that one append carried, on average. */
  readonly groupMean: number;
}

/** Commits of one group. */
const groupMax = 1_000;

/** The log of SyncDB with group commit: everything that waits goes in the next append. */
export async function measureGroupedLog(load: LogLoad): Promise<LogLoadResult> {
  const folder = makeFolder(load);
  const log = await openSqliteLog({ path: join(folder, 'bench.log') });
  const committer = new Committer(log);
  const result = await drive(load, (record) => committer.commit(record));
  await log.close();
  rmSync(folder, { recursive: true });
  return { ...result, groupMean: committer.commits / committer.groups };
}

/** The plain way: one SQLite transaction for each commit, on the thread that the writers run on. */
export async function measureTransactionEach(load: LogLoad): Promise<LogLoadResult> {
  const folder = makeFolder(load);
  const db = new DatabaseSync(join(folder, 'bench.db'));
  db.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec('CREATE TABLE records (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
  const insert = db.prepare('INSERT INTO records (bytes) VALUES (?)');
  const turns = new Turns();
  const result = await drive(load, (record) =>
    turns.next(() => {
      db.exec('BEGIN IMMEDIATE');
      insert.run(record);
      db.exec('COMMIT');
    }),
  );
  db.close();
  rmSync(folder, { recursive: true });
  return { ...result, groupMean: 1 };
}

function makeFolder({ folder = tmpdir() }: LogLoad): string {
  return mkdtempSync(join(folder, 'syncdb-bench-'));
}

async function drive(
  load: LogLoad,
  commit: (record: Uint8Array) => Promise<unknown>,
): Promise<Omit<LogLoadResult, 'groupMean'>> {
  const { writers, recordBytes = 200, durationMs = 3_000 } = load;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let commits = 0;
  let running = true;
  const write = async () => {
    const record = new Uint8Array(recordBytes).fill(7);
    while (running) {
      await commit(record);
      commits++;
    }
  };
  const all = Promise.all(Array.from({ length: writers }, write));
  await sleep(durationMs / 3);
  delay.enable();
  const commitsBefore = commits;
  const startedMs = performance.now();
  await sleep(durationMs);
  const seconds = (performance.now() - startedMs) / 1_000;
  const commitsPerSecond = (commits - commitsBefore) / seconds;
  delay.disable();
  running = false;
  await all;
  verify(delay.count > 0, 'the event loop was held up all the time');
  return {
    commitsPerSecond,
    loopDelayMsMax: delay.max / 1e6,
    loopDelayMs99: delay.percentile(99) / 1e6,
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One piece of work in each turn of the event loop, so that sockets are read between any two, which suits a server best. */
class Turns {
  private readonly waiting: (() => void)[] = [];

  next(work: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(() => {
        work();
        resolve();
      });
      if (this.waiting.length === 1) setImmediate(() => this.turn());
    });
  }

  private turn(): void {
    this.waiting[0]!();
    this.waiting.shift();
    if (this.waiting.length > 0) setImmediate(() => this.turn());
  }
}

interface Waiting {
  readonly record: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The least that group commit needs: one append under way, and what comes meanwhile goes in the next. */
class Committer {
  groups = 0;
  commits = 0;
  private readonly log: Log;
  private waiting: Waiting[] = [];
  private busy = false;

  constructor(log: Log) {
    this.log = log;
  }

  commit(record: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ record, resolve, reject });
      if (!this.busy) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.busy = true;
    // Whoever writes in the same turn comes along in the same group.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.appendGroup();
    this.busy = false;
  }

  private async appendGroup(): Promise<void> {
    const group = this.waiting.splice(0, groupMax);
    this.groups++;
    this.commits += group.length;
    try {
      await this.log.append(
        this.log.head,
        group.map(({ record }) => record),
      );
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
