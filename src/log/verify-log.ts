import { existsSync } from 'node:fs';
import { isDataLoss, type SyncError } from '../base/errors.ts';
import { sizeOf } from './file-size.ts';
import { pageProblems } from './inspected-file.ts';
import { type LogMeta, logFormat, readMeta, readMetaRow } from './log-file.ts';
import { mendedMeta } from './mended-meta.ts';
import { inspectReadable, type Readable } from './readable-file.ts';
import { strayRecords, type WalkBounds, walkRecords } from './record-walk.ts';
import { type SqlConnection, walPath } from './sqlite-driver.ts';
import { checkFormat, checkNotLeft, headerProblem, repairMark, single } from './sqlite-file.ts';
import { walProblem } from './wal-file.ts';

/** Something that is wrong with a log file. */
export interface LogFinding {
  /** The file and its pages, what it says of itself, records, or groups of them that its write-ahead log has lost. */
  readonly part: 'file' | 'meta' | 'records' | 'wal';
  /**
   * First and last position that are meant, where records are; of the write-ahead log the first that is lost, and infinity,
   * since nobody knows how many its groups have.
   */
  readonly first?: number;
  readonly last?: number;
  readonly problem: string;
}

export interface LogReport {
  readonly path: string;
  /** Format version of the file; 0 where that cannot be told. */
  readonly formatVersion: number;
  /** What the file says of itself, where that is sound or follows from its checksum. */
  readonly meta: LogMeta | undefined;
  /** Positions that were looked at: behind the first, up to and with the second. */
  readonly after: number;
  readonly upto: number;
  readonly goodRecords: number;
  readonly goodBytes: number;
  /** Nothing where the file is as it was written. */
  readonly findings: readonly LogFinding[];
}

export interface VerifyLogOptions {
  /** Is given the bytes of every sound record once, in order, and says what is wrong with them. */
  readonly check?: (position: number, bytes: Uint8Array) => string | undefined;
}

/** Positions in a row where nothing can be read, after which a log whose head is lost is taken to end. */
const gapMax = 1 << 18;

/** Records of one page of 16 KiB, at most: none takes less than 8 bytes. */
const pageRecordsMax = 2_048;

/**
 * Reads all of the log at `path`, which nobody has open, and says all that is wrong with it. Changes nothing of it. What
 * stands behind a damaged record or page is looked at too.
 *
 * Fails with FAILED_PRECONDITION LOG_LOCKED, LOG_VERSION or LOG_CANNOT_OPEN, and with DATA_LOSS NOT_A_LOG or LOG_CORRUPT
 * only where not even the table of the records is found, or a write-ahead log is left of a file that is gone; then the report is
 * that of `unreadable`, if there is one.
 */
export function verifyLog(
  path: string,
  options: VerifyLogOptions = {},
  unreadable?: (why: SyncError) => LogReport,
): LogReport {
  const inspect = (db: SqlConnection, isMended: boolean) => inspectLog(db, path, options, isMended);
  return inspectReadable(path, readableLog, inspect, unreadable);
}

/** A log as far as it can be read at all. */
export const readableLog: Readable = {
  ...logFormat,
  probe: (db, path) => void formatOf(db, path, new Findings()),
};

/** Whether nothing is left of a log, not even a file with something in it. */
export function isGone(path: string): boolean {
  return sizeOf(path) === 0;
}

/** What there is to say of a log that is gone, or that is `unreadable`. LOG_CORRUPT where a write-ahead log is left of it. */
export function goneLog(path: string, unreadable?: SyncError): LogReport {
  checkNotLeft(path, logFormat.errors);
  const problem = unreadable ? `nothing of it can be read (${unreadable.message})` : missing(path);
  const nothing = { after: 0, upto: 0, goodRecords: 0, goodBytes: 0 };
  return {
    path,
    formatVersion: 0,
    meta: undefined,
    ...nothing,
    findings: [{ part: 'file', problem }],
  };
}

function missing(path: string): string {
  return existsSync(path) ? 'it is empty' : 'it is not there';
}

/** As `verifyLog`, on a connection that `inspectReadable` has made. */
export function inspectLog(
  db: SqlConnection,
  path: string,
  { check = () => undefined }: VerifyLogOptions,
  isMended = false,
): LogReport {
  const findings = new Findings();
  if (isMended) findings.add('file', headerProblem);
  const formatVersion = formatOf(db, path, findings);
  if (existsSync(repairMark(path))) findings.add('file', 'a repair of it was cut short');
  const { meta, bounds } = beginning(db, path, findings);
  let goodRecords = 0;
  let goodBytes = 0;
  let upto = bounds.after;
  for (const walked of walkRecords(db, bounds)) {
    const { position, bytes } = walked;
    const problem = walked.problem ?? check(position, bytes!);
    if (problem === undefined) {
      goodRecords++;
      goodBytes += bytes!.length;
    } else findings.addRecord(position, problem);
    if (bytes !== undefined || Number.isFinite(bounds.upto)) upto = position;
  }
  findings.dropBehind(upto);
  for (const { position } of strayRecords(db, bounds.after, upto))
    findings.addRecord(position, 'it stands outside of the log');
  const lostEnd = walProblem(path);
  if (lostEnd !== undefined) findings.addWal(upto + 1, `${walPath(path)}: ${lostEnd}`);
  for (const problem of pageProblems(db)) findings.add('file', problem);
  const { after } = bounds;
  const { list } = findings;
  return { path, formatVersion, meta, after, upto, goodRecords, goodBytes, findings: list };
}

/** Where the walk begins and ends: as the file says, or else as its records show. */
function beginning(
  db: SqlConnection,
  path: string,
  findings: Findings,
): { readonly meta: LogMeta | undefined; readonly bounds: WalkBounds } {
  const sound = attempt(() => readMeta(db, path));
  if (sound !== undefined) return bounded(sound);
  findings.add('meta', 'its id and head are damaged');
  const seen = seenBounds(db);
  const claim = attempt(() => readMetaRow(db, path));
  const meta = claim === undefined ? undefined : attempt(() => mendedMeta(claim, seen));
  if (meta !== undefined) return bounded(meta);
  const { trimmed: after = 0, head: upto = Number.POSITIVE_INFINITY } = seen;
  return { meta: undefined, bounds: { after, upto, gapMax } };
}

function bounded(meta: LogMeta) {
  const bounds = { after: meta.trimmed, upto: meta.head, gapMax: Number.POSITIVE_INFINITY };
  return { meta, bounds };
}

/** The first and last position that SQLite finds, where a file of this size can have so many between them. */
function seenBounds(db: SqlConnection): { readonly trimmed?: number; readonly head?: number } {
  const first = attempt(() => Number(single(db, 'SELECT min(position) FROM records')));
  const head = attempt(() => Number(single(db, 'SELECT max(position) FROM records')));
  const pages = attempt(() => Number(single(db, 'PRAGMA page_count')));
  if (first === undefined || first < 1) return {};
  const trimmed = first - 1;
  if (head === undefined || pages === undefined) return { trimmed };
  return head - trimmed > pages * pageRecordsMax ? { trimmed } : { trimmed, head };
}

/** The version, or 0 where the file does not say that it is a log and yet has records. */
function formatOf(db: SqlConnection, path: string, findings: Findings): number {
  try {
    return checkFormat(db, path, logFormat);
  } catch (error) {
    if (!isDataLoss(error)) throw error;
    if (attempt(() => db.prepare('SELECT position, bytes, crc FROM records')) === undefined)
      throw error;
    findings.add('file', 'it does not say that it is a log, or not of which format');
    return 0;
  }
}

/** What `read` gives, or nothing where it fails. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What was found, with positions that follow one another and have the same problem as one. */
class Findings {
  readonly list: LogFinding[] = [];

  add(part: 'file' | 'meta', problem: string): void {
    this.list.push({ part, problem });
  }

  addWal(first: number, problem: string): void {
    this.list.push({ part: 'wal', first, last: Number.POSITIVE_INFINITY, problem });
  }

  addRecord(position: number, problem: string): void {
    const last = this.list.at(-1);
    if (last?.problem === problem && last.last === position - 1)
      this.list[this.list.length - 1] = { ...last, last: position };
    else this.list.push({ part: 'records', first: position, last: position, problem });
  }

  /** Where nobody knows the end, nothing is missing behind the last record. */
  dropBehind(upto: number): void {
    while ((this.list.at(-1)?.first ?? 0) > upto) this.list.pop();
  }
}
