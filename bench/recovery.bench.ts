/**
 * A clean restart with a million rows: how fast the database is there again from its snapshot and the log behind it, beside
 * reading the same rows from a file of JSON lines into a Map, and beside replaying the whole log.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecoveryMaker } from './recovery/maker.ts';
import type { Rates, RecoveryReader } from './recovery/reader.ts';
import type { RecoveryRows } from './recovery/rows.ts';
import { startChild } from './support/child.ts';
import type { Bench } from './support/report.ts';
import { alternateAll, median } from './support/rounds.ts';

const rounds = 3;

/** Each reading is done by a process that has just started. */
async function read(rows: RecoveryRows, how: keyof RecoveryReader): Promise<Rates> {
  const reader = await startChild<RecoveryReader>(new URL('./recovery/reader.ts', import.meta.url));
  const rates = await reader.call(how, rows);
  await reader.stop();
  return rates;
}

export const bench: Bench = async (report) => {
  const folder = mkdtempSync(join(tmpdir(), 'syncdb-bench-'));
  const rows = { folder, count: 1_000_000, tail: 10_000 };
  try {
    const maker = await startChild<RecoveryMaker>(new URL('./recovery/maker.ts', import.meta.url));
    const bytes = await maker.call('make', rows);
    await maker.stop();
    const { rate, cpuRate } = await alternateAll(
      rounds,
      () => read(rows, 'snapshot'),
      () => read(rows, 'ndjson'),
    );
    report({ name: 'recovery.rows_per_second', unit: 'rows/s', ...rate });
    report({ name: 'recovery.rows_per_cpu_second', unit: 'rows/s', ...cpuRate });
    const replays: number[] = [];
    while (replays.length < rounds) replays.push((await read(rows, 'log')).rate);
    report({
      name: 'recovery.speedup_over_log',
      unit: 'ratio',
      value: rate.value / median(replays),
      baseline: 1,
    });
    report({ name: 'recovery.log_rows_per_second', unit: 'rows/s', value: median(replays) });
    report({ name: 'recovery.snapshot_bytes_per_row', unit: 'bytes', value: bytes / rows.count });
  } finally {
    rmSync(folder, { recursive: true });
  }
};
