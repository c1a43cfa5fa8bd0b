/** A process that has just started, and reads all rows. */
import { createReadStream } from 'node:fs';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { openDatabase } from '../../src/server/database.ts';
import { serveParent } from '../support/child.ts';
import { recordTable } from '../support/record-table.ts';
import { recordIdAt, type SiteRecord } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { openBlockFiles } from './block-files.ts';
import { logPath, ndjsonPath, type RecoveryRows } from './rows.ts';

/** Rows that are looked up afterwards. */
const samples = 1_000;

export type RecoveryReader = {
  /** Opens the database from its snapshot and the log behind it; in rows a second. */
  snapshot(rows: RecoveryRows): Promise<number>;
  /** Opens it from its log alone. */
  log(rows: RecoveryRows): Promise<number>;
  /** Reads the lines into a Map of objects. */
  ndjson(rows: RecoveryRows): Promise<number>;
};

async function openTimed({ folder, count }: RecoveryRows, withSnapshots: boolean): Promise<number> {
  const startedMs = performance.now();
  const log = await openSqliteLog({ path: logPath(folder) });
  const snapshots = withSnapshots ? { snapshots: openBlockFiles(folder) } : {};
  const database = await openDatabase({ name: 'bench', schema: [RecordSchema], log, ...snapshots });
  const seconds = (performance.now() - startedMs) / 1_000;
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
  return count / seconds;
}

async function readLines({ folder, count }: RecoveryRows): Promise<number> {
  const startedMs = performance.now();
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
  const seconds = (performance.now() - startedMs) / 1_000;
  verify(rows.size === count && rest === '', `there are ${rows.size} rows`);
  return count / seconds;
}

const reader: RecoveryReader = {
  snapshot: (rows) => openTimed(rows, true),
  log: (rows) => openTimed(rows, false),
  ndjson: readLines,
};

serveParent(reader);
