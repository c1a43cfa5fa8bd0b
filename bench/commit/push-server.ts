/** SyncDB's server over a log on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import type { Database } from '../../src/server/database.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import { serveParent } from '../support/child.ts';
import { recordTable } from '../support/record-table.ts';
import { openRecordDatabase } from '../sync/record-database.ts';
import { ownCpuMs } from '../sync/sides.ts';
import { profile, type TimeShares } from './push-profile.ts';
import { openTransactionEachLog } from './transaction-each-log.ts';

export type PushServer = {
  /** Listens, with commits made durable in groups or each by itself. Returns the port. */
  start(how: { readonly grouped: boolean }): Promise<number>;
  /** The longest time that the event loop was held up since the last call, in milliseconds. */
  loopDelayMsMax(): number;
  /** Processor time of the server so far, all its threads. */
  cpuMs(): number;
  /** Shares of the main thread's time, of what it is at for so long. */
  timeShares(how: { readonly durationMs: number }): Promise<TimeShares>;
  /** How many rows there are. */
  count(): number;
  stop(): Promise<void>;
};

let folder: string;
let database: Database;
let running: RunningServer;
let delay: ReturnType<typeof monitorEventLoopDelay>;

const side: PushServer = {
  start: async ({ grouped }) => {
    folder = mkdtempSync(join(tmpdir(), 'syncdb-bench-'));
    const path = join(folder, 'bench.log');
    const log = grouped ? await openSqliteLog({ path }) : openTransactionEachLog(path);
    database = await openRecordDatabase(log);
    running = await startServer({ databases: [database], address: '127.0.0.1:0' });
    delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    return running.port;
  },

  loopDelayMsMax: () => {
    const ms = delay.max / 1e6;
    delay.reset();
    return ms;
  },

  cpuMs: ownCpuMs,

  timeShares: ({ durationMs }) =>
    profile(() => new Promise((resolve) => setTimeout(resolve, durationMs))),

  count: () => database.source.state.table(recordTable).columns.liveCount,

  stop: async () => {
    await running.close(0);
    rmSync(folder, { recursive: true });
  },
};

serveParent(side);
