import { SyncError } from '../base/errors.ts';
import { epochOf } from '../base/seq.ts';
import { headOfRecord } from '../change/commit-record.ts';
import { type LogMeta, readMeta } from '../log/log-file.ts';
import { strayRecords, walkRecords } from '../log/record-walk.ts';
import type { SqlConnection } from '../log/sqlite-driver.ts';
import { inspectLog } from '../log/verify-log.ts';
import { verifySnapshots } from '../log/verify-snapshots.ts';
import { createLogWitness } from './log-witness.ts';
import { SnapshotSpans } from './snapshot-spans.ts';

/**
 * An epoch such that no newer one is in the log at `path`, by what it says of itself and by its newest record. Where these are
 * damaged all of it is read; then what cannot be read at its end counts as the beginning of one. DATA_LOSS where not even
 * the table of its records is found.
 */
export function newestEpoch(db: SqlConnection, path: string): number {
  return soundEpoch(db, path) ?? readableEpoch(db, path);
}

/** The newest epoch that a snapshot in a file is of, as far as that can be read; 0 for none. */
export function snapshotsEpoch(path: string): number {
  try {
    const collected = new SnapshotSpans();
    const spans = collected.of(verifySnapshots(path, collected));
    return Math.max(0, ...spans.map(({ wholeAtSeq }) => epochOf(wholeAtSeq)));
  } catch (error) {
    if (error instanceof SyncError) return 0;
    throw error;
  }
}

/** Undefined where the end of the log is not as it was written. */
function soundEpoch(db: SqlConnection, path: string): number | undefined {
  try {
    const { head, trimmed, epoch } = readMeta(db, path);
    for (const _ of strayRecords(db, trimmed, head)) return undefined;
    if (head === trimmed) return epoch;
    const [last] = walkRecords(db, { after: head - 1, upto: head, gapMax: 1 });
    if (last?.bytes === undefined || last.problem !== undefined) return undefined;
    return Math.max(epoch, epochOf(headOfRecord(last.bytes).seq));
  } catch {
    return undefined;
  }
}

function readableEpoch(db: SqlConnection, path: string): number {
  const witness = createLogWitness([]);
  const { meta, after, upto } = inspectLog(db, path, witness);
  for (const { position, bytes } of strayRecords(db, after, upto)) {
    if (bytes !== undefined) witness.check(position, bytes);
  }
  const known = Math.max(meta?.epoch ?? 0, witness.newestEpoch);
  return known + (isHidden(meta, witness.lastPosition, upto) ? 1 : 0);
}

function isHidden(meta: LogMeta | undefined, lastPosition: number, upto: number): boolean {
  return meta === undefined || (lastPosition < upto && meta.head > meta.trimmed);
}
