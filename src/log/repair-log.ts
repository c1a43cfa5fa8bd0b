import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { assert, type SyncError } from '../base/errors.ts';
import {
  beginExchange,
  exchangeForRepaired,
  finishExchange,
  repairedName,
} from './exchanged-file.ts';
import { sliceBytesMax, sliceRecordsMax } from './log.ts';
import { type LogMeta, logFormat, replaceMeta } from './log-file.ts';
import { removeMade, settleMade } from './made-file.ts';
import { freeName } from './moved-file.ts';
import { inspectReadable } from './readable-file.ts';
import { strayRecords, type WalkBounds, type WalkedRecord, walkRecords } from './record-walk.ts';
import { createSalvage } from './salvage-file.ts';
import type { SqlConnection } from './sqlite-driver.ts';
import { connectFile, openError, openFile } from './sqlite-file.ts';
import { openSqliteStore } from './sqlite-store.ts';
import {
  goneLog,
  inspectLog,
  isGone,
  type LogFinding,
  type LogReport,
  readableLog,
  type VerifyLogOptions,
} from './verify-log.ts';

export interface LogRepair {
  /** What was wrong. */
  readonly report: LogReport;
  /** The damaged file, as it was, if there was one. None where nothing was done. */
  readonly keptAs?: string;
  /** Position before the first record of the repaired log. */
  readonly trimmed: number;
  /** Head of the repaired log: the records up to it are those that were written. */
  readonly head: number;
  /** What the repaired log has not, in order: positions that were damaged, and those behind the first of them. */
  readonly lost: readonly LostRecords[];
  /** What could still be read of it. */
  readonly salvage?: { readonly path: string; readonly records: number };
  /** Whether the log has a new id, because its own could not be read: its replicas will take it for another one. */
  readonly isNewId: boolean;
  /** The epoch in which the log goes on; absent where it is the one before, since the history goes on too. */
  readonly epoch?: number;
}

export interface RepairLogOptions extends VerifyLogOptions {
  /** Decides what the repaired log is made of, once every sound record was given to `check`. What it throws is thrown. */
  readonly plan?: (report: LogReport) => RepairPlan;
  /** Whether the plan can do without the log: one of which nothing can be read is replaced then as one that is gone. */
  readonly isReplaceable?: boolean;
  /** Says it in words: they are kept with the exchange, and given to `say` by whoever finishes that. */
  readonly describe?: (repair: LogRepair & { readonly keptAs: string }) => string;
  readonly say?: (said: string) => void;
}

export interface RepairPlan {
  /**
   * Up to this position the records are not needed, since a snapshot has what they made: the repaired log is without them.
   * Where it is behind the last record, the repaired log has none and begins there.
   */
  readonly trimmed: number;
  /** The id of the log, for when its own cannot be read. */
  readonly id?: Uint8Array;
  /** The epoch in which it goes on where commits are lost, or may be: above all that there ever were. */
  readonly nextEpoch: number;
  /** Whether commits are lost of which the log shows nothing. */
  readonly forks?: boolean;
}

/** Positions that follow one another. */
export interface LostRecords {
  readonly first: number;
  /** Infinity where nobody knows how many there were. */
  readonly last: number;
  /** What is wrong with them; none where they are good, and only what is before them is not. */
  readonly problem: string | undefined;
}

/** The records of a log that is repaired, whatever is damaged: see `walkRecords` and `strayRecords`. */
interface LogRecords {
  walk(bounds: WalkBounds): Iterable<WalkedRecord>;
  stray(trimmed: number, head: number): Iterable<WalkedRecord>;
}

const noRecords: LogRecords = { walk: () => [], stray: () => [] };

function recordsOf(db: SqlConnection): LogRecords {
  return {
    walk: (bounds) => walkRecords(db, bounds),
    stray: (trimmed, head) => strayRecords(db, trimmed, head),
  };
}

/** The report has said where the log ends. */
const gapMax = Number.POSITIVE_INFINITY;

/**
 * Puts in place of a damaged log a new one with all its records up to the first that is damaged. The damaged file is
 * kept under another name, as it was, and what can still be read of the rest goes to a salvage file (`readSalvage`).
 * Where a process ends in between, the log is as it was, or refuses to be opened until this is called again, which finishes
 * it, and then looks at the repaired log.
 *
 * One that SQLite does not open since its header is damaged is read in a copy with a sound one. Of one that is empty or not
 * there, or of which nothing can be read and that is replaceable, the new one has what the plan says: it begins behind a
 * snapshot.
 *
 * A log that lost its end is a history that forked: it goes on in the epoch that the plan names, and so does one of which
 * it cannot be told whether it lost anything.
 *
 * `check` as for `verifyLog`, and so are the errors; RESOURCE_EXHAUSTED LOG_DISK_FULL where there is no room for a copy,
 * and then nothing was changed.
 */
export function repairLog(path: string, options: RepairLogOptions = {}): LogRepair {
  const { check = () => undefined, plan = keepAll, isReplaceable = false } = options;
  const { describe = () => '', say } = options;
  finishExchange(path, say);
  const prepared = (records: LogRecords, report: LogReport) => {
    const planned = plan(report);
    const isSound = report.findings.length === 0 && planned.trimmed <= report.upto;
    return isSound ? unchanged(report) : prepare(records, path, report, planned, describe);
  };
  const readable = (db: SqlConnection, isMended: boolean) =>
    prepared(recordsOf(db), withTail(db, inspectLog(db, path, { check }, isMended), check));
  const without = (unreadable?: SyncError) => prepared(noRecords, goneLog(path, unreadable));
  const repair = isGone(path)
    ? without()
    : inspectReadable(path, readableLog, readable, isReplaceable ? without : undefined);
  finishExchange(path, say);
  return repair;
}

function keepAll({ path, formatVersion, after, meta, goodRecords }: LogReport): RepairPlan {
  if (formatVersion === 0 && goodRecords === 0) throw logFormat.errors.notOurs(path);
  return { trimmed: after, nextEpoch: (meta?.epoch ?? 0) + 1 };
}

/**
 * Records behind the head that follow from it without a gap belong to the log: what is damaged is the head, which is older
 * than they are.
 */
function withTail(
  db: SqlConnection,
  report: LogReport,
  check: NonNullable<VerifyLogOptions['check']>,
): LogReport {
  let { upto } = report;
  for (const { position, bytes, problem } of strayRecords(db, report.after, report.upto)) {
    if (position <= report.upto || bytes === undefined || problem !== undefined) continue;
    // All are given to it, since it may want to know of them.
    if (check(position, bytes) === undefined && position === upto + 1) upto = position;
  }
  if (upto === report.upto) return report;
  const problem = `its head is ${report.upto}, and its records go on to ${upto}`;
  const findings = report.findings.flatMap((finding) => outside(finding, report.upto, upto));
  return { ...report, upto, findings: [{ part: 'meta', problem }, ...findings] };
}

/** A finding without the positions of (after, upto]. */
function outside(finding: LogFinding, after: number, upto: number): LogFinding[] {
  if (!isOfRecords(finding)) return [finding];
  const parts = [
    { ...finding, last: Math.min(finding.last, after) },
    { ...finding, first: Math.max(finding.first, upto + 1) },
  ];
  return parts.filter(({ first, last }) => first <= last);
}

function unchanged(report: LogReport): LogRepair {
  return { report, trimmed: report.after, head: report.upto, lost: [], isNewId: false };
}

/** Makes the files beside the log, and the mark by which they count. */
function prepare(
  records: LogRecords,
  path: string,
  report: LogReport,
  plan: RepairPlan,
  describe: NonNullable<RepairLogOptions['describe']>,
): LogRepair {
  const repaired = repairedName(path);
  const salvaging = `${path}.salvaging`;
  const remove = () => {
    removeMade(repaired, logFormat.errors);
    rmSync(salvaging, { force: true });
  };
  // Of a repair that ended before it counted.
  remove();
  try {
    const trimmed = Math.max(plan.trimmed, report.after);
    const head = headOf(report, trimmed);
    const lost = lostBehind(head, report);
    // Who cannot read what the log says of itself cannot tell whether it had more.
    const isShort = report.meta === undefined || trimmed > report.upto;
    const forks = lost.length > 0 || isShort || plan.forks === true;
    const made = { ...(report.meta ?? newMeta(plan.id)), head, trimmed };
    writeLog(records, repaired, forks ? { ...made, epoch: plan.nextEpoch } : made);
    const salvage = { path: freeName(path, 'salvage'), records: 0 };
    salvage.records = writeSalvage(records, salvaging, head, report);
    const exchange = exchangeForRepaired(path);
    const repair = {
      ...{ report, keptAs: exchange.keptAs, trimmed, head, lost },
      isNewId: report.meta === undefined && plan.id === undefined,
      ...(salvage.records > 0 && { salvage }),
      ...(forks && { epoch: plan.nextEpoch }),
    };
    const naming = { path: salvage.path, made: salvaging, keptAs: salvaging };
    beginExchange(path, salvage.records > 0 ? [exchange, naming] : [exchange], describe(repair));
    return repair;
  } catch (error) {
    remove();
    throw openError(path, logFormat.errors, error);
  }
}

/** The last position before the first that is damaged, of those that are needed. */
function headOf({ findings, upto }: LogReport, trimmed: number): number {
  const ends = findings.flatMap((finding) => {
    if (!isOfRecords(finding) || finding.last <= trimmed) return [];
    // Where one began before, what it has of that is not needed.
    return [Math.max(finding.first - 1, trimmed)];
  });
  return Math.min(Math.max(upto, trimmed), ...ends);
}

function newMeta(id: Uint8Array = randomBytes(16)): LogMeta {
  return { id: new Uint8Array(id), createdMs: Date.now(), head: 0, trimmed: 0, epoch: 0 };
}

function writeLog(records: LogRecords, repaired: string, meta: LogMeta): void {
  connectFile(repaired, logFormat.errors, (made) => {
    openFile(made, repaired, logFormat);
    made.exec('BEGIN IMMEDIATE');
    replaceMeta(made, { ...meta, head: meta.trimmed });
    made.exec('COMMIT');
    made.close();
  });
  const store = openSqliteStore(repaired);
  try {
    let group: Uint8Array[] = [];
    let groupBytes = 0;
    const bounds = { after: meta.trimmed, upto: meta.head, gapMax };
    for (const { position, bytes, problem } of records.walk(bounds)) {
      assert(bytes !== undefined && problem === undefined, `record ${position} is not as it was`);
      group.push(bytes);
      groupBytes += bytes.length;
      if (group.length < sliceRecordsMax && groupBytes < sliceBytesMax) continue;
      store.append(store.head, group);
      group = [];
      groupBytes = 0;
    }
    store.append(store.head, group);
  } finally {
    store.close();
  }
  settleMade(repaired, logFormat.errors);
}

/** Writes what can be read and is not in the repaired log, and returns how many records that is; no file where it is none. */
function writeSalvage(
  records: LogRecords,
  salvaging: string,
  head: number,
  { after, upto }: LogReport,
): number {
  const salvage = createSalvage(salvaging);
  let count = 0;
  const add = ({ position, bytes, problem }: WalkedRecord) => {
    if (bytes === undefined) return;
    salvage.add({ position, bytes, isSound: problem === undefined });
    count++;
  };
  try {
    for (const record of records.walk({ after: head, upto, gapMax })) add(record);
    for (const record of records.stray(after, Math.max(head, upto))) add(record);
    salvage.end();
  } finally {
    salvage.close();
  }
  if (count === 0) rmSync(salvaging);
  return count;
}

/** The findings of records, and between them what is good; at last what stands behind the end, or stood there. */
function lostBehind(head: number, { findings, upto }: LogReport): LostRecords[] {
  const lost: LostRecords[] = [];
  let next = head + 1;
  const goodUpto = (last: number) => {
    if (last >= next) lost.push({ first: next, last, problem: undefined });
  };
  for (const { first, last, problem } of findings.filter(isOfRecords)) {
    if (last <= head) continue;
    goodUpto(Math.min(upto, first - 1));
    lost.push({ first: Math.max(first, head + 1), last, problem });
    next = last + 1;
  }
  goodUpto(upto);
  const wal = findings.find(({ part }) => part === 'wal');
  // Where a snapshot has more than the log shows, nobody knows whether that is all.
  if (wal !== undefined && head <= upto)
    lost.push({ first: upto + 1, last: Number.POSITIVE_INFINITY, problem: wal.problem });
  return lost;
}

function isOfRecords(finding: LogFinding): finding is LogFinding & Required<LostRecords> {
  return finding.part === 'records';
}
