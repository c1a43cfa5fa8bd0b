import { existsSync } from 'node:fs';
import { Code, isDataLoss, SyncError } from '../base/errors.ts';
import { finishExchange } from '../log/exchanged-file.ts';
import { undoCutShort } from '../log/inspected-file.ts';
import { setLogEpoch } from '../log/log-epoch.ts';
import { logFormat } from '../log/log-file.ts';
import { moveAside } from '../log/moved-file.ts';
import { type LogRepair, type RepairPlan, repairLog } from '../log/repair-log.ts';
import { repairSnapshots } from '../log/repair-snapshots.ts';
import { snapshotFormat } from '../log/snapshot-file.ts';
import type { LogReport } from '../log/verify-log.ts';
import { isSound, type SnapshotsReport, verifySnapshots } from '../log/verify-snapshots.ts';
import type { SnapshotSpan } from '../replica/snapshot-span.ts';
import { type DatabasePaths, isLeft, pathsOfExisting } from './database-paths.ts';
import { checkEpoch } from './epoch-choice.ts';
import { createLogWitness } from './log-witness.ts';
import { grouped } from './progress.ts';
import { type JudgedPair, judgePair } from './snapshot-fit.ts';
import { SnapshotSpans } from './snapshot-spans.ts';
import {
  blankLines,
  type FilesOptions,
  isBlank,
  logLines,
  noBeginning,
  pairLines,
  positions,
  type ReportLine,
  snapshotLines,
} from './verify.ts';

/** The options of `syncdb repair`. */
export interface RepairOptions extends FilesOptions {
  /** An epoch to begin whatever is damaged, above all that there ever were. */
  readonly epoch?: number;
}

function say(text: string): void {
  if (text !== '') console.log(text);
}

/**
 * `syncdb repair`: makes files that can be opened of those that are damaged, and says exactly what is lost. Damaged files are
 * kept. Where a snapshot has what a damaged record made, nothing is lost with it.
 *
 * DATA_LOSS NO_SNAPSHOT where nothing can be made of the log: both files are as they were then. NOT_FOUND NO_DATABASE;
 * INVALID_ARGUMENT BAD_EPOCH.
 */
export async function repair({ data, database, epoch }: RepairOptions): Promise<void> {
  const paths = pathsOfExisting(data, database);
  const finished = finishExchange(paths.log, say);
  undoCutShort(paths.log, logFormat.errors);
  finishExchange(paths.snapshots, say);
  if (isBlank(paths)) {
    say(textOf(blankLines(paths)));
    return;
  }
  // Older versions did not keep what they had to say.
  const forks = finished !== undefined && finished.said === undefined;
  const snapshots = readSnapshots(paths.snapshots);
  const { misfits } = new LogRepairing(paths, snapshots, { epoch, forks }).run();
  snapshots.repair(misfits.filter(({ isOfLost }) => isOfLost).map(({ span }) => span));
}

interface ReadSnapshots {
  readonly spans: readonly SnapshotSpan[];
  readonly lines: readonly ReportLine[];
  /**
   * Exchanges what is damaged, and says so, and keeps those aside that are of commits which the log has lost. Not before it is
   * known that something can be made of the log.
   */
  readonly repair: (ofLost: readonly SnapshotSpan[]) => void;
}

/** Reads the snapshots, and changes nothing. */
function readSnapshots(path: string): ReadSnapshots {
  if (!isLeft(path)) return { spans: [], lines: [], repair: () => undefined };
  try {
    undoCutShort(path, snapshotFormat.errors);
    const collected = new SnapshotSpans();
    const report = verifySnapshots(path, collected);
    const lines = snapshotLines(report);
    const repair = (ofLost: readonly SnapshotSpan[]) => {
      const idsOfLost = new Set(ofLost.map((span) => collected.idOf(span)));
      const left = report.snapshots
        .filter(({ snapshot }) => idsOfLost.has(snapshot.id))
        .map(({ snapshot }) => ({ text: leftLine(path, snapshot.position) }));
      const describe = (_: SnapshotsReport, keptAs: string) =>
        textOf([...lines, ...left, { text: movedLine(path, keptAs) }]);
      if (isSound(report) && left.length === 0) say(textOf(lines));
      else repairSnapshots(path, { describe, say, isUsable: ({ id }) => !idsOfLost.has(id) });
    };
    return { spans: collected.of(report), lines, repair };
  } catch (error) {
    if (!isDataLoss(error)) throw error;
    const text = error.message;
    // Nothing can be read of it: a log that has everything can do without.
    const repair = () => say(`${text}\n${movedLine(path, moveAside(path))}`);
    return { spans: [], lines: [{ text, isProblem: true }], repair };
  }
}

interface Begin {
  /** The epoch that a person asks for. */
  readonly epoch: number | undefined;
  /** Whether one is to begin for another reason. */
  readonly forks: boolean;
}

/** Repairs a log with what its snapshots have. */
class LogRepairing {
  private readonly paths: DatabasePaths;
  private readonly snapshots: ReadSnapshots;
  private readonly begin: Begin;
  private readonly witness;
  private judged: JudgedPair | undefined;
  private planned: RepairPlan | undefined;

  constructor(paths: DatabasePaths, snapshots: ReadSnapshots, begin: Begin) {
    this.paths = paths;
    this.snapshots = snapshots;
    this.begin = begin;
    this.witness = createLogWitness(snapshots.spans);
  }

  run(): JudgedPair {
    const { log } = this.paths;
    const repaired = repairLog(log, {
      check: this.witness.check,
      isReplaceable: this.snapshots.spans.length > 0,
      plan: (report) => this.plan(report),
      describe: (repair) =>
        textOf([
          ...this.reportLines(repair.report),
          ...repairLines(log, repair, this.judged!.knownUpto),
        ]),
      say,
    });
    if (repaired.keptAs !== undefined) return this.judged!;
    say(textOf(this.reportLines(repaired.report)));
    const { forks, nextEpoch } = this.planned!;
    if (forks) setLogEpoch(log, nextEpoch);
    say(`${log}: ${forks ? goesOn(nextEpoch) : 'nothing to repair'}`);
    return this.judged!;
  }

  private plan(report: LogReport): RepairPlan {
    const { witness, snapshots } = this;
    const judged = judgePair({ report, witness, spans: snapshots.spans });
    this.judged = judged;
    const [basis] = judged.bases;
    if (basis === undefined) throw this.nothingLeft(report);
    const { epoch = judged.nextEpoch } = this.begin;
    const forks = this.begin.forks || this.begin.epoch !== undefined || judged.lostEnd;
    if (forks || report.findings.length > 0) checkEpoch(epoch, judged.nextEpoch - 1);
    this.planned = { trimmed: basis.trimmed, nextEpoch: epoch, forks };
    return judged.id === undefined ? this.planned : { ...this.planned, id: judged.id };
  }

  private reportLines(report: LogReport): ReportLine[] {
    return [...logLines(report), ...pairLines(this.paths, report, this.judged!)];
  }

  private nothingLeft(report: LogReport): SyncError {
    const { log } = this.paths;
    // What is said last is the error.
    say(textOf([...this.snapshots.lines, ...this.reportLines(report).slice(0, -1)]));
    return new SyncError(
      Code.dataLoss,
      'NO_SNAPSHOT',
      `${log}: ${noBeginning(report)}: nothing was changed; \`syncdb restore --replace\` brings a backup back`,
      { metadata: { path: log, trimmed: String(report.after) } },
    );
  }
}

/** `knownUpto` is the position of the newest commit that a snapshot knows of. */
function repairLines(
  path: string,
  repaired: LogRepair & { readonly keptAs: string },
  knownUpto: number,
) {
  const { report, trimmed, head, lost, keptAs, salvage, isNewId, epoch } = repaired;
  const lines = [`ends at record ${head} now`];
  if (trimmed > report.after) {
    lines.push(`begins behind record ${trimmed} now: a snapshot has what came before`);
  }
  for (const { first, last, problem } of lost) {
    const why = problem ?? 'it is sound, and what is before it is not';
    lines.push(`lost: ${positions(first, last)} (${why})`);
  }
  const told = Math.max(head, ...lost.map(({ last }) => last));
  if (knownUpto > told) {
    lines.push(`lost: ${positions(told + 1, knownUpto)} (a snapshot knows of them)`);
  }
  if (lost.length === 0) lines.push(nothingLost(repaired, Math.max(head, knownUpto)));
  if (existsSync(path)) lines.push(`the damaged file is ${keptAs} now`);
  if (salvage !== undefined) {
    lines.push(`${grouped(salvage.records)} of the lost records can be read: ${salvage.path}`);
  }
  if (isNewId) lines.push('has a new id: its replicas will take it for another database');
  if (epoch !== undefined) lines.push(goesOn(epoch));
  return lines.map((line) => ({ text: `${path}: ${line}` }));
}

function nothingLost({ report, head, epoch }: LogRepair, upto: number): string {
  const more = upto > head ? 'no other commit' : 'no commit';
  if (report.meta === undefined) {
    return `${more} is known to be lost, and nobody knows whether there were any behind record ${upto}`;
  }
  return epoch === undefined ? `${more} is lost` : `${more} is known to be lost`;
}

function goesOn(epoch: number): string {
  return `goes on in epoch ${epoch}; replicas that know later commits push their own again`;
}

function leftLine(path: string, position: number): string {
  return `${path}: the snapshot of record ${position} may be all that is left of what is lost: it is kept in the file that is put aside`;
}

function movedLine(path: string, keptAs: string): string {
  return `${path}: the damaged file is ${keptAs} now`;
}

function textOf(lines: readonly Pick<ReportLine, 'text'>[]): string {
  return lines.map(({ text }) => text).join('\n');
}
