/** A process that has just started, and reads all rows. */
import { createReadStream } from 'node:fs';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { openSqliteSnapshots } from '../../src/log/sqlite-snapshots.ts';
import { openDatabase } from '../../src/server/database.ts';
import { serveParent } from '../support/child.ts';
import { recordTable } from '../support/record-table.ts';
import { recordIdAt, type SiteRecord } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { logPath, ndjsonPath, type RecoveryRows, snapshotsPath } from './rows.ts';

/** Rows that are looked up afterwards. */
const samples = 1_000;

/** Rows a second, and a second of processor time of all threads. */
export type Rates = { readonly rate: number; readonly cpuRate: number };

export type RecoveryReader = {
  /** Opens the database from its snapshot and the log behind it. */
  snapshot(rows: RecoveryRows): Promise<Rates>;
  /** Opens it from its log alone. */
  log(rows: RecoveryRows): Promise<Rates>;
  /** Reads the lines into a Map of objects. */
  ndjson(rows: RecoveryRows): Promise<Rates>;
};

/** Begins to measure; what it returns tells how fast `count` rows were read since. */
function stopwatch(): (count: number) => Rates {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  return (count) => {
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - startedMs) / 1_000;
    return { rate: count / seconds, cpuRate: (count / (user + system)) * 1e6 };
  };
}

async function openTimed({ folder, count }: RecoveryRows, withSnapshots: boolean): Promise<Rates> {
  const ratesOf = stopwatch();
  const log = await openSqliteLog({ path: logPath(folder) });
  const path = snapshotsPath(folder);
  const snapshots = withSnapshots ? { snapshots: await openSqliteSnapshots({ path }) } : {};
  const database = await openDatabase({ name: 'bench', schema: [RecordSchema], log, ...snapshots });
  const rates = ratesOf(count);
  const { state } = database.home;
  verify(state.head === log.head, `the state is at ${state.head} of ${log.head}`);
  const { columns } = state.table(recordTable);
  verify(columns.liveCount === count, `there are ${columns.liveCount} rows`);
  for (let sample = 0; sample < samples; sample++) {
    const index = Math.floor((sample * count) / samples);
    const slot = columns.slotOf(recordIdAt(index));
    verify(slot === index && columns.row(slot)[0] === recordIdAt(index), `row ${index} is gone`);
  }
  await database.close();
  return rates;
}

async function readLines({ folder, count }: RecoveryRows): Promise<Rates> {
  const ratesOf = stopwatch();
  const rows = new Map<string, SiteRecord>();
  let rest = '';
  const input = createReadStream(ndjsonPath(folder), { encoding: 'utf8', highWaterMark: 1 << 20 });
  for await (const piece of input) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const record = JSON.parse(line) as SiteRecord;
      rows.set(record.id, record);
    }
  }
  const rates = ratesOf(count);
  verify(rows.size === count && rest === '', `there are ${rows.size} rows`);
  return rates;
}

const reader: RecoveryReader = {
  snapshot: (rows) => openTimed(rows, true),
  log: (rows) => openTimed(rows, false),
  ndjson: readLines,
};

serveParent(reader);
