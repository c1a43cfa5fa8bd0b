import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { assert } from '../base/errors.ts';
import { beginExchange, finishExchange, repairedName } from './exchanged-file.ts';
import { inspectFile } from './inspected-file.ts';
import { sliceBytesMax, sliceRecordsMax } from './log.ts';
import { type LogMeta, logFormat, replaceMeta } from './log-file.ts';
import { freeName, syncFolder } from './moved-file.ts';
import { strayRecords, type WalkedRecord, walkRecords } from './record-walk.ts';
import { createSalvage } from './salvage-file.ts';
import type { SqlConnection } from './sqlite-driver.ts';
import { connectFile, openError, openFile } from './sqlite-file.ts';
import { openSqliteStore } from './sqlite-store.ts';
import {
  inspectLog,
  type LogFinding,
  type LogReport,
  type VerifyLogOptions,
} from './verify-log.ts';

export interface LogRepair {
  /** What was wrong. Where that is nothing, nothing was done. */
  readonly report: LogReport;
  /** The damaged file, as it was. */
  readonly keptAs?: string;
  /** Head of the repaired log: the records up to it are those that were written. */
  readonly head: number;
  /** What the repaired log has not, in order: positions that were damaged, and those behind the first of them. */
  readonly lost: readonly LostRecords[];
  /** What could still be read of it. */
  readonly salvage?: { readonly path: string; readonly records: number };
  /** Whether the log has a new id, because its own could not be read: its replicas will take it for another one. */
  readonly isNewId: boolean;
}

export interface RepairLogOptions extends Pick<VerifyLogOptions, 'check'> {
  /** Up to this position the records are not needed, since a snapshot has what they made: the repaired log is without them. */
  readonly trimmed?: number;
}

/** Positions that follow one another. */
export interface LostRecords {
  readonly first: number;
  readonly last: number;
  /** What is wrong with them; none where they are good, and only what is before them is not. */
  readonly problem: string | undefined;
}

/** The report has said where the log ends. */
const gapMax = Number.POSITIVE_INFINITY;

/**
 * Puts in place of a damaged log a new one with all its records up to the first that is damaged. The damaged file is
 * kept under another name, as it was, and what can still be read of the rest goes to a salvage file (`readSalvage`).
 * Where a process ends in between, the log is as it was, or refuses to be opened until this is called again; that call
 * then tells of the repaired log, and as `keptAs` of the damaged one.
 *
 * A log that lost its end is a history that forked: whoever repairs one begins a new epoch (`setLogEpoch`), also because
 * the epoch is 0 where `isNewId`.
 *
 * `check` as for `verifyLog`, and so are the errors; RESOURCE_EXHAUSTED LOG_DISK_FULL where there is no room for a copy,
 * and then nothing was changed.
 */
export function repairLog(path: string, { check, trimmed = 0 }: RepairLogOptions = {}): LogRepair {
  const finished = finishExchange(path);
  const repair = inspectFile(path, logFormat.errors, (db) => {
    const report = inspectLog(db, path, check === undefined ? {} : { check });
    if (report.findings.length === 0) return unchanged(report);
    return prepare(db, path, report, Math.min(Math.max(report.after, trimmed), report.upto));
  });
  const keptAs = finishExchange(path) ?? finished;
  return keptAs === undefined ? repair : { ...repair, keptAs };
}

function unchanged(report: LogReport): LogRepair {
  return { report, head: report.upto, lost: [], isNewId: false };
}

/** Makes the files beside the log, and the mark by which they count. */
function prepare(db: SqlConnection, path: string, report: LogReport, trimmed: number): LogRepair {
  const repaired = repairedName(path);
  const salvaging = `${path}.salvaging`;
  const remove = () => {
    for (const file of [repaired, `${repaired}-wal`, `${repaired}-journal`, salvaging])
      rmSync(file, { force: true });
  };
  // Of a repair that ended before it counted.
  remove();
  try {
    const head = headOf(report, trimmed);
    const meta = { ...(report.meta ?? newMeta(report)), head, trimmed };
    writeLog(db, repaired, meta);
    const records = writeSalvage(db, salvaging, head, report);
    const salvage = records === 0 ? undefined : { path: freeName(path, 'salvage'), records };
    if (salvage === undefined) rmSync(salvaging);
    else renameSync(salvaging, salvage.path);
    syncFolder(path);
    beginExchange(path);
    const lost = lostBehind(head, report);
    const isNewId = report.meta === undefined;
    return { report, head, lost, isNewId, ...(salvage && { salvage }) };
  } catch (error) {
    remove();
    throw openError(path, logFormat.errors, error);
  }
}

/** The last position before the first that is damaged, of those that are needed. */
function headOf({ findings, upto }: LogReport, after: number): number {
  const firsts = findings.flatMap(({ first = upto + 1 }) => (first > after ? [first - 1] : []));
  return Math.min(upto, ...firsts);
}

function newMeta({ after, upto }: LogReport): LogMeta {
  const id = new Uint8Array(randomBytes(16));
  return { id, createdMs: Date.now(), head: upto, trimmed: after, epoch: 0 };
}

function writeLog(db: SqlConnection, repaired: string, meta: LogMeta): void {
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
    for (const { position, bytes } of walkRecords(db, bounds)) {
      assert(bytes !== undefined, `record ${position} was there a moment ago`);
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
}

/** Writes what can be read and is not in the repaired log; how many records that is. */
function writeSalvage(
  db: SqlConnection,
  salvaging: string,
  head: number,
  { after, upto }: LogReport,
): number {
  const salvage = createSalvage(salvaging);
  let records = 0;
  const add = ({ position, bytes, problem }: WalkedRecord) => {
    if (bytes === undefined) return;
    salvage.add({ position, bytes, isSound: problem === undefined });
    records++;
  };
  try {
    for (const record of walkRecords(db, { after: head, upto, gapMax })) add(record);
    for (const record of strayRecords(db, after, upto)) add(record);
    salvage.end();
  } finally {
    salvage.close();
  }
  return records;
}

/** The findings of records, and between them what is good; last what the write-ahead log has lost. */
function lostBehind(head: number, { findings, upto }: LogReport): LostRecords[] {
  const lost: LostRecords[] = [];
  let next = head + 1;
  const goodUpto = (last: number) => {
    if (last >= next) lost.push({ first: next, last, problem: undefined });
  };
  const within = findings.filter(isOfRecords).filter(({ first }) => first > head && first <= upto);
  for (const { first, last, problem } of within) {
    goodUpto(Math.min(upto, first - 1));
    lost.push({ first, last, problem });
    next = last + 1;
  }
  goodUpto(upto);
  const [wal] = findings.filter(({ part }) => part === 'wal');
  if (wal !== undefined) lost.push({ first: upto + 1, last: upto + 1, problem: wal.problem });
  return lost;
}

function isOfRecords(finding: LogFinding): finding is LogFinding & Required<LostRecords> {
  return finding.part === 'records';
}
