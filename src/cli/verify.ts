import { existsSync } from 'node:fs';
import { Code, SyncError } from '../base/errors.ts';
import { createRecordCheck } from '../change/record-check.ts';
import { type LogReport, verifyLog } from '../log/verify-log.ts';
import { type SnapshotsReport, verifySnapshots } from '../log/verify-snapshots.ts';
import { databasePaths } from './database-paths.ts';
import { grouped } from './progress.ts';

/** The options of `syncdb verify` and `syncdb repair`. */
export interface FilesOptions {
  readonly data: string;
  readonly database: string;
}

/** `syncdb verify`: reads all of a database's files and says what is wrong with them; DATA_LOSS DAMAGED where anything is. */
export async function verify({ data, database }: FilesOptions): Promise<void> {
  const { log, snapshots } = databasePaths(data, database);
  const lines = logLines(verifyLog(log, { check: createRecordCheck() }));
  if (existsSync(snapshots)) lines.push(...snapshotLines(verifySnapshots(snapshots)));
  for (const { text } of lines) console.log(text);
  const problems = lines.filter(({ isProblem }) => isProblem).length;
  if (problems > 0) throw damaged(problems);
}

export interface ReportLine {
  readonly text: string;
  readonly isProblem: boolean;
}

/** What there is to say of a log. */
export function logLines({ path, after, upto, goodRecords, findings }: LogReport): ReportLine[] {
  const range = goodRecords === 0 ? '' : `, from ${after + 1} to ${upto}`;
  return [
    { text: `${path}: ${grouped(goodRecords)} sound records${range}`, isProblem: false },
    ...findings.map(({ first, last, problem }) => ({
      text: `${path}: ${first === undefined ? '' : `${positions(first, last ?? first)}: `}${problem}`,
      isProblem: true,
    })),
  ];
}

export function positions(first: number, last: number): string {
  return first === last ? `record ${first}` : `records ${first} to ${last}`;
}

/** What there is to say of snapshots. */
export function snapshotLines(report: SnapshotsReport): ReportLine[] {
  const { path, snapshots, unsound, problems } = report;
  const lines = snapshots.map(({ snapshot: { position, blockCount }, damaged: blocks }) => {
    const [first] = blocks;
    const state =
      first === undefined
        ? `${grouped(blockCount)} sound blocks`
        : `${blocks.length} of ${blockCount} blocks are damaged (${first.problem})`;
    return {
      text: `${path}: the snapshot of record ${position}: ${state}`,
      isProblem: first !== undefined,
    };
  });
  const others = [
    ...unsound.map((id) => `snapshot ${id} is damaged: it cannot be told what it has`),
    ...problems,
  ];
  return [...lines, ...others.map((text) => ({ text: `${path}: ${text}`, isProblem: true }))];
}

function damaged(problems: number): SyncError {
  return new SyncError(
    Code.dataLoss,
    'DAMAGED',
    `${problems} ${problems === 1 ? 'problem' : 'problems'}: see what \`syncdb repair\` makes of it, or restore a backup`,
  );
}
