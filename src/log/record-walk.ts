import { recordCrc } from './log-file.ts';
import { ResultCode, resultCode, type SqlConnection } from './sqlite-driver.ts';

/** One position of a log that is looked at. */
export interface WalkedRecord {
  readonly position: number;
  /** Absent where nothing can be read there. */
  readonly bytes?: Uint8Array;
  /** What is wrong with it; absent where nothing is. */
  readonly problem?: string;
}

export interface WalkBounds {
  /** Position before the first one to look at. */
  readonly after: number;
  readonly upto: number;
  /** After so many positions in a row where nothing can be read the walk ends: for when nobody knows the end. */
  readonly gapMax: number;
}

interface RecordRow {
  readonly position: number;
  readonly bytes: unknown;
  readonly crc: number;
}

/**
 * Every position of a log in order, whatever is damaged. Behind a page that cannot be read each position is asked for by
 * itself until one answers, so all is found that SQLite can still find.
 */
export function* walkRecords(
  db: SqlConnection,
  { after, upto, gapMax }: WalkBounds,
): Generator<WalkedRecord> {
  const select = db.prepare<RecordRow>(
    'SELECT * FROM records WHERE position > ? AND position <= ? ORDER BY position',
  );
  let position = after;
  for (let gap = 0; position < upto && gap < gapMax; gap++) {
    let problem = 'it is missing';
    try {
      for (const row of select.iterate(position, upto)) {
        if (row.position !== position + 1) break;
        gap = 0;
        position++;
        yield judged(row);
      }
    } catch (error) {
      problem = problemOf(error);
    }
    if (position === upto) return;
    position++;
    yield { position, problem };
  }
}

/** Records that stand where the log has none: before its beginning or behind its head. */
export function* strayRecords(
  db: SqlConnection,
  trimmed: number,
  head: number,
): Generator<WalkedRecord> {
  for (const where of [`position <= ${trimmed}`, `position > ${head}`]) {
    try {
      const rows = db.prepare<RecordRow>(`SELECT * FROM records WHERE ${where} ORDER BY position`);
      for (const row of rows.iterate()) yield judged(row);
    } catch {
      // What cannot be read there is nothing that the log misses.
    }
  }
}

function judged({ position, bytes, crc }: RecordRow): WalkedRecord {
  // A flipped bit can make text of a blob: those are not the bytes that were written.
  if (!(bytes instanceof Uint8Array)) return { position, problem: 'it is no bytes' };
  if (crc !== recordCrc(position, bytes))
    return { position, bytes, problem: 'its checksum is wrong' };
  return { position, bytes };
}

function problemOf(error: unknown): string {
  const code = resultCode(error);
  if (code === ResultCode.corrupt) return 'SQLite finds its page malformed';
  if (code === 0) return 'its values are impossible';
  return `it cannot be read (${(error as Error).message})`;
}
