import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { cannotOpen, diskFull, logCorrupt, logLocked, logVersion, notALog } from './log-errors.ts';
import type { SqlConnection } from './sqlite-driver.ts';
import { type FileErrors, type FileFormat, single } from './sqlite-file.ts';

/**
 * `meta` has one row. Its head is written with every append, so that a file whose last records vanished with a
 * damaged page is told from one that never had them; its crc covers the row (`metaCrc`).
 */
const metaTable =
  'CREATE TABLE meta (log_id BLOB NOT NULL, created_ms INTEGER NOT NULL, head INTEGER NOT NULL, trimmed INTEGER NOT NULL, epoch INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT';
const recordsTable =
  'CREATE TABLE records (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL, crc INTEGER NOT NULL) STRICT';
/** Before logs were trimmed and had epochs. */
const metaTable1 =
  'CREATE TABLE meta (log_id BLOB NOT NULL, created_ms INTEGER NOT NULL, head INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT';

interface MetaRow {
  readonly log_id: unknown;
  readonly created_ms: number;
  readonly head: number;
  readonly trimmed?: number;
  readonly epoch?: number;
  readonly crc: number;
}

/** What the file says of itself. */
export interface LogMeta {
  /** 16 random bytes. */
  readonly id: Uint8Array;
  /** When the log was made, in milliseconds since 1970. For people. */
  readonly createdMs: number;
  /** Position of the last record, or where it was before it was trimmed; 0 for none. */
  readonly head: number;
  /** Position before the first record that is kept. */
  readonly trimmed: number;
  /** The epoch in which whoever opens the log writes. */
  readonly epoch: number;
}

const errors: FileErrors = {
  notOurs: notALog,
  newer: logVersion,
  locked: logLocked,
  cannotOpen,
  damaged: (path, problem, cause) => logCorrupt(path, undefined, problem, cause),
  diskFull,
};

/** The file of a log: "SDBL" in its header. */
export const logFormat: FileFormat<LogMeta> = {
  applicationId: 0x5344424c,
  versions: [
    [metaTable1, recordsTable],
    [metaTable, recordsTable],
  ],
  errors,
  create: (db) => {
    const id = new Uint8Array(randomBytes(16));
    insertMeta(db, { id, createdMs: Date.now(), head: 0, trimmed: 0, epoch: 0 });
  },
  upgrade: (db, path) => {
    const meta = readMeta(db, path);
    db.exec('DROP TABLE meta');
    db.exec(metaTable);
    insertMeta(db, meta);
  },
  check: (db, path) => {
    const meta = readMeta(db, path);
    const last = Number(single(db, 'SELECT ifnull(max(position), -1) FROM records'));
    const end = last < 0 ? meta.trimmed : last;
    if (end !== meta.head)
      throw logCorrupt(path, Math.min(end, meta.head) + 1, `it ends at ${end}, not ${meta.head}`);
    return meta;
  },
};

/** The row of `meta` of any version. Throws where it is not what was written. */
export function readMeta(db: SqlConnection, path: string): LogMeta {
  const { meta, crc, crcOf } = readMetaRow(db, path);
  if (crc !== crcOf(meta)) throw logCorrupt(path, undefined, 'its id or head is wrong');
  return meta;
}

/** What the row of `meta` says, whether or not it is what was written. */
export interface MetaClaim {
  readonly meta: LogMeta;
  readonly crc: number;
  /** The checksum that another row of the same version would have. */
  readonly crcOf: (meta: LogMeta) => number;
}

export function readMetaRow(db: SqlConnection, path: string): MetaClaim {
  const row = db.prepare<MetaRow>('SELECT * FROM meta').get();
  // A flipped bit can make text of a blob: STRICT is looked after on writing only.
  if (!(row?.log_id instanceof Uint8Array))
    throw logCorrupt(path, undefined, 'its id and head are gone');
  const { log_id: id, created_ms: createdMs, head, trimmed = 0, epoch = 0, crc } = row;
  const crcOf = row.trimmed === undefined ? metaCrc1 : metaCrc;
  return { meta: { id, createdMs, head, trimmed, epoch }, crc, crcOf };
}

/** Fills the one row of `meta`, in place of the one that is there. */
export function replaceMeta(db: SqlConnection, meta: LogMeta): void {
  db.exec('DELETE FROM meta');
  insertMeta(db, meta);
}

function insertMeta(db: SqlConnection, meta: LogMeta): void {
  const { id, createdMs, head, trimmed, epoch } = meta;
  db.prepare('INSERT INTO meta VALUES (?, ?, ?, ?, ?, ?)').run(
    ...[id, createdMs, head, trimmed, epoch, metaCrc(meta)],
  );
}

/** Guards the row of `meta`. */
export function metaCrc({ id, createdMs, head, trimmed, epoch }: LogMeta): number {
  return crc32(new Float64Array([createdMs, head, trimmed, epoch]), crc32(id));
}

function metaCrc1({ id, createdMs, head }: LogMeta): number {
  return crc32(new Float64Array([createdMs, head]), crc32(id));
}

/** Guards one record. The position is the start value, so that a sound record in the wrong place is found too. */
export function recordCrc(position: number, bytes: Uint8Array): number {
  return crc32(bytes, position % 2 ** 32);
}
