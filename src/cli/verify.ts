import { existsSync } from 'node:fs';
import { Code, isDataLoss, SyncError } from '../base/errors.ts';
import { positionOf } from '../base/seq.ts';
import { isWalLeft, repairMark } from '../log/sqlite-file.ts';
import { goneLog, isGone, type LogReport, verifyLog } from '../log/verify-log.ts';
import { type SnapshotsReport, verifySnapshots } from '../log/verify-snapshots.ts';
import type { SnapshotSpan } from '../replica/snapshot-span.ts';
import { type DatabasePaths, isLeft, isThere, pathsOfExisting } from './database-paths.ts';
import { createLogWitness } from './log-witness.ts';
import { grouped } from './progress.ts';
import { type JudgedPair, judgePair } from './snapshot-fit.ts';
import { SnapshotSpans } from './snapshot-spans.ts';

/** The files that `syncdb verify` and `syncdb repair` are about. */
export interface FilesOptions {
  readonly data: string;
  readonly database: string;
}

export interface ReportLine {
  readonly text: string;
  readonly isProblem: boolean;
}

/**
 * `syncdb verify`: reads all of a database's files and says what is wrong with each, and with both together; DATA_LOSS
 * DAMAGED where anything is. NOT_FOUND NO_DATABASE.
 */
export async function verify({ data, database }: FilesOptions): Promise<void> {
  const paths = pathsOfExisting(data, database);
  const lines = isBlank(paths) ? blankLines(paths) : filesLines(paths);
  for (const { text } of lines) console.log(text);
  const problems = lines.filter(({ isProblem }) => isProblem).length;
  if (problems > 0) throw damaged(problems);
}

/** Whether all there is of a database is an empty file, of which a start makes a new one. */
export function isBlank({ log, snapshots }: DatabasePaths): boolean {
  const isEmpty = existsSync(log) && isGone(log);
  return isEmpty && !isWalLeft(log) && !existsSync(repairMark(log)) && !isLeft(snapshots);
}

/** What there is to say of it. */
export function blankLines({ log }: DatabasePaths): ReportLine[] {
  const text = `${log}: is empty, and nothing beside it shows that it ever had anything`;
  return [{ text, isProblem: false }];
}

function filesLines(paths: DatabasePaths): ReportLine[] {
  const spans: SnapshotSpan[] = [];
  const ofSnapshots = linesOf(paths.snapshots, () => {
    if (!isLeft(paths.snapshots)) return [];
    const collected = new SnapshotSpans();
    const report = verifySnapshots(paths.snapshots, collected);
    spans.push(...collected.of(report));
    return snapshotLines(report);
  });
  const ofPair: ReportLine[] = [];
  const ofLog = linesOf(paths.log, () => {
    const witness = createLogWitness(spans);
    // What is left of a database can be a snapshot, also of one whose log cannot be opened.
    const gone = (unreadable?: SyncError) => goneLog(paths.log, unreadable);
    const report = isGone(paths.log)
      ? gone()
      : verifyLog(paths.log, witness, spans.length > 0 ? gone : undefined);
    ofPair.push(...pairLines(paths, report, judgePair({ report, witness, spans })));
    return logLines(report);
  });
  return [...ofLog, ...ofSnapshots, ...ofPair];
}

/** What is wrong with a file as a whole is one line, so that more can be said of the other. */
function linesOf(path: string, read: () => ReportLine[]): ReportLine[] {
  if (!existsSync(path) && isThere(path)) {
    const text = `${path}: its exchange was cut short, and \`syncdb repair\` finishes it`;
    return [{ text, isProblem: true }];
  }
  try {
    return read();
  } catch (error) {
    if (!isDataLoss(error)) throw error;
    return [{ text: error.message, isProblem: true }];
  }
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
  if (last === Number.POSITIVE_INFINITY) return `record ${first} and all behind it`;
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

/** What there is to say of a log and its snapshots together. */
export function pairLines(
  paths: DatabasePaths,
  report: LogReport,
  { bases, misfits }: JudgedPair,
): ReportLine[] {
  const lines = misfits.map(({ span, why, showsLoss }) => ({
    text: `${paths.snapshots}: the snapshot of record ${positionOf(span.seq)} cannot be used: ${why}`,
    isProblem: showsLoss,
  }));
  const [best] = bases;
  if (best === undefined) {
    lines.push({ text: `${paths.log}: ${noBeginning(report)}`, isProblem: true });
  } else if (best.head > report.upto) {
    const text = `${paths.log}: ends at record ${report.upto}, and a snapshot has up to ${best.head}`;
    lines.push({ text, isProblem: true });
  }
  return lines;
}

/** What a log lacks of which nothing can be made. */
export function noBeginning({ after, goodRecords }: LogReport): string {
  return goodRecords === 0 && after === 0
    ? 'nothing of it can be read, and no snapshot can be used'
    : `begins behind record ${after}, and no snapshot can be used with it: what the commits up to there made is lost, unless a backup has it`;
}

function damaged(problems: number): SyncError {
  return new SyncError(
    Code.dataLoss,
    'DAMAGED',
    `${problems} ${problems === 1 ? 'problem' : 'problems'}: see what \`syncdb repair\` makes of it, or restore a backup`,
  );
}
