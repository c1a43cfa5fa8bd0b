import { existsSync } from 'node:fs';
import { SyncError } from '../base/errors.ts';
import { positionOf } from '../base/seq.ts';
import { createRecordCheck } from '../change/record-check.ts';
import { setLogEpoch } from '../log/log-epoch.ts';
import { type LogRepair, repairLog } from '../log/repair-log.ts';
import { repairSnapshots } from '../log/repair-snapshots.ts';
import { openSqliteSnapshotStore } from '../log/sqlite-snapshot-store.ts';
import { type LogReport, verifyLog } from '../log/verify-log.ts';
import { SnapshotSpanReader } from '../replica/snapshot-span.ts';
import { databasePaths } from './database-paths.ts';
import { newestEpoch } from './newest-epoch.ts';
import { grouped } from './progress.ts';
import { type FilesOptions, logLines, positions, snapshotLines } from './verify.ts';

/**
 * `syncdb repair`: makes files that can be opened of those that are damaged, and says exactly what is lost. Damaged files are
 * kept. Where a snapshot has what a damaged record made, nothing is lost with it.
 */
export async function repair({ data, database }: FilesOptions): Promise<void> {
  const { log, snapshots } = databasePaths(data, database);
  const spans = existsSync(snapshots) ? repairedSnapshots(snapshots) : [];
  const found = verifyLog(log, { check: createRecordCheck() });
  for (const { text } of logLines(found)) console.log(text);
  const trimmed = trimmedTo(found, spans);
  const repaired = repairLog(log, { check: createRecordCheck(), ...(trimmed && { trimmed }) });
  if (repaired.report.findings.length === 0 && repaired.keptAs === undefined) {
    console.log(`${log}: nothing to repair`);
    return;
  }
  for (const line of repairLines(log, repaired, trimmed)) console.log(line);
  if (repaired.lost.length === 0 && !repaired.isNewId) return;
  const epoch = newestEpoch(log) + 1;
  setLogEpoch(log, epoch);
  console.log(
    `${log}: goes on in epoch ${epoch}; replicas that know later commits push their own again`,
  );
}

/** Positions of the log at which a sound snapshot began, and up to which the log is needed with it. */
interface Span {
  readonly position: number;
  readonly wholeAt: number;
}

/** Those that can be used, newest first. */
function repairedSnapshots(path: string): Span[] {
  const { report, keptAs } = repairSnapshots(path);
  for (const { text } of snapshotLines(report)) console.log(text);
  if (keptAs !== undefined) console.log(`${path}: the damaged file is ${keptAs} now`);
  const store = openSqliteSnapshotStore(path);
  try {
    return store.list().flatMap(({ id, position, blockCount }) => {
      const reader = new SnapshotSpanReader();
      try {
        for (let block = 0; block < blockCount; ) {
          for (const bytes of store.read(id, block, blockCount)) {
            reader.add(bytes);
            block++;
          }
        }
        return [{ position, wholeAt: positionOf(reader.finish().wholeAtSeq) }];
      } catch (error) {
        if (error instanceof SyncError) return [];
        throw error;
      }
    });
  } finally {
    store.close();
  }
}

/** The position up to which a snapshot makes up for damaged records; none where no record is, or none does. */
function trimmedTo(report: LogReport, spans: readonly Span[]): number | undefined {
  const damaged = report.findings.flatMap(({ first, last }) =>
    first === undefined ? [] : [{ first, last: last ?? first }],
  );
  const [firstDamaged] = damaged;
  if (firstDamaged === undefined) return undefined;
  return spans.find(({ position, wholeAt }) => {
    const behind = damaged.filter(({ last }) => last > position);
    const head = Math.min(report.upto, ...behind.map(({ first }) => first - 1));
    return position >= firstDamaged.first && head >= wholeAt;
  })?.position;
}

function repairLines(path: string, repaired: LogRepair, trimmed: number | undefined): string[] {
  const { head, lost, keptAs, salvage, isNewId } = repaired;
  const lines = [`ends at record ${head} now`];
  if (trimmed !== undefined) {
    lines.push(`begins behind record ${trimmed} now: a snapshot has what came before`);
  }
  for (const { first, last, problem } of lost) {
    const why = problem ?? 'it is sound, and what is before it is not';
    lines.push(`lost: ${positions(first, last)} (${why})`);
  }
  if (lost.length === 0) lines.push('no commit is lost');
  if (keptAs !== undefined) lines.push(`the damaged file is ${keptAs} now`);
  if (salvage !== undefined) {
    lines.push(`${grouped(salvage.records)} of the lost records can be read: ${salvage.path}`);
  }
  if (isNewId) lines.push('has a new id: its replicas will take it for another database');
  return lines.map((line) => `${path}: ${line}`);
}
