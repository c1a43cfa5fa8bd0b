import { ByteReader, ByteWriter, bytesEqual } from '../base/bytes.ts';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { type ScanPosition, scanAfter, scanStart } from '../change/posting-list.ts';

/** How far a receiver is with one set of scopes and tables (design 6). */
export interface CursorGroup {
  /** Scope names and patterns, sorted. */
  readonly scopes: readonly string[];
  /** Full names of the tables, sorted; empty for all. */
  readonly tables: readonly string[];
  /** The last complete checkpoint; 0 for none yet. */
  readonly since: number;
  /** Head when the first scan began; only counts while `since` is 0. */
  readonly first: number;
  /** Where the scan under way stands. */
  readonly at: ScanPosition;
  /** The highest head of which something is staged. */
  readonly upto: number;
}

/** Where a receiver is in one log. */
export interface Cursor {
  readonly logId: Uint8Array;
  readonly groups: readonly CursorGroup[];
}

/** `K` and the version of the format. */
const magic = [0x4b, 0x01] as const;
const logIdBytes = 16;

/** A group that has received nothing yet. */
export function freshGroup(scopes: readonly string[], tables: readonly string[]): CursorGroup {
  return { scopes, tables, since: 0, first: 0, at: scanStart, upto: 0 };
}

/**
 * The opaque bytes of a cursor: magic, version, log id, then for each group its scopes and tables, since, and,
 * where a scan is under way, the rest. A cursor that stands at a checkpoint of one group is about 30 bytes.
 */
export function encodeCursor(cursor: Cursor): Uint8Array {
  const out = new ByteWriter(64);
  for (const byte of magic) out.u8(byte);
  out.bytes(cursor.logId);
  out.varint(cursor.groups.length);
  for (const group of cursor.groups) {
    writeTexts(out, group.scopes);
    writeTexts(out, group.tables);
    out.varint(group.since);
    const scanning = group.upto > group.since;
    out.u8(scanning ? 1 : 0);
    if (!scanning) continue;
    out.varint(group.first);
    out.varint(group.upto);
    out.varint(group.at.seq);
    out.varint(group.at.table + 1);
    out.varint(group.at.number + 1);
  }
  return out.finish();
}

/**
 * Reads a cursor that a client brought. INVALID_ARGUMENT BAD_CURSOR where it does not parse or cannot be;
 * FAILED_PRECONDITION CURSOR_FOREIGN where it is of another log, CURSOR_AHEAD where it knows commits that this
 * log does not have.
 */
export function decodeCursor(
  bytes: Uint8Array,
  logId: Uint8Array,
  head: number,
  limits: Limits,
): Cursor {
  if (bytes.length > limits.cursorBytesMax) {
    throw badCursor(`has more than ${limits.cursorBytesMax} bytes`);
  }
  const cursor = parse(bytes);
  if (!bytesEqual(cursor.logId, logId)) {
    throw new SyncError(
      Code.failedPrecondition,
      'CURSOR_FOREIGN',
      'the cursor belongs to another log: this is not the database that you synced with before',
      { fields: [{ field: 'subscription.cursor', description: 'belongs to another log' }] },
    );
  }
  for (const group of cursor.groups) {
    if (Math.max(group.since, group.upto) > head) throw cursorAhead(Math.max(group.since, group.upto), head);
  }
  return cursor;
}

function parse(bytes: Uint8Array): Cursor {
  try {
    const reader = new ByteReader(bytes, 'cursor');
    for (const byte of magic) if (reader.u8() !== byte) throw reader.fail('no magic or unknown version');
    const logId = reader.bytes(logIdBytes).slice();
    const groups: CursorGroup[] = [];
    for (let left = reader.varint(); left > 0; left--) groups.push(parseGroup(reader));
    if (!reader.done) throw reader.fail('bytes are left over');
    return { logId, groups };
  } catch (error) {
    if (error instanceof SyncError) throw badCursor(error.message);
    throw error;
  }
}

function parseGroup(reader: ByteReader): CursorGroup {
  const scopes = readTexts(reader);
  const tables = readTexts(reader);
  const since = reader.varint();
  if (reader.u8() === 0) {
    const at = since === 0 ? scanStart : scanAfter(since);
    return { scopes, tables, since, first: since, at, upto: since };
  }
  const first = reader.varint();
  const upto = reader.varint();
  const at = { seq: reader.varint(), table: reader.varint() - 1, number: reader.varint() - 1 };
  if (at.seq > upto || at.seq < since || first > upto || upto <= since) throw reader.fail('its parts do not agree');
  return { scopes, tables, since, first, at, upto };
}

function writeTexts(out: ByteWriter, texts: readonly string[]): void {
  out.varint(texts.length);
  for (const text of texts) out.lengthText(text);
}

function readTexts(reader: ByteReader): string[] {
  const texts: string[] = [];
  for (let left = reader.varint(); left > 0; left--) texts.push(reader.lengthText());
  return texts;
}

function badCursor(problem: string): SyncError {
  return invalidField('subscription.cursor', 'BAD_CURSOR', problem);
}

function cursorAhead(seq: number, head: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'CURSOR_AHEAD',
    `the cursor knows commit ${seq}, but the newest one here is ${head}`,
    {
      fields: [{ field: 'subscription.cursor', description: 'is ahead of the log' }],
      metadata: { cursor_seq: String(seq), head_seq: String(head) },
    },
  );
}
