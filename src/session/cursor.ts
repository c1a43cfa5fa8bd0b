import { ByteReader, ByteWriter, bytesEqual } from '../base/bytes.ts';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { type ScanPosition, scanAfter, scanStart } from '../change/posting-list.ts';
import { checkPattern } from '../schema/scope-pattern.ts';
import type { Progress } from './messages.ts';

/** How far a receiver is with one set of scopes and tables (design 6). */
export interface CursorGroup {
  /** Scope names and patterns, normalised. */
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
  /** Whose changes the scan under way has gone through: `SyncSource.scanner`. */
  readonly scanner: number;
}

/** Where a receiver is in one log. */
export interface Cursor {
  readonly logId: Uint8Array;
  /** Four bytes of the log's chain hash at `newestSeq` of the groups; 0 where that is 0. */
  readonly check: number;
  /** At a checkpoint one group; more while some are on their way to it. */
  readonly groups: readonly CursorGroup[];
  /** How far the catch-up under way is, so that its progress goes on after a cut; undefined at a checkpoint. */
  readonly progress: Progress | undefined;
}

/**
 * Groups of one cursor. A server that would need more lets those that have no checkpoint begin again as one, so
 * only a forged cursor has more, and no cursor makes a session do the work of thousands of scans.
 */
export const cursorGroupsMax = 16;

/** Bytes that a group's numbers take at most, beside its scopes and tables. */
const positionBytesMax = 52;

/** `K` and the version of the format. */
const magic = [0x4b, 0x02] as const;
const logIdBytes = 16;

/** Whether a group is on its way to a checkpoint, and in whose hands it was. */
const states = { done: 0, withHome: 1, withRelay: 2 } as const;

/** A group that stands at the checkpoint `seq`; at 0 it has received nothing yet. */
export function groupAt(
  seq: number,
  scopes: readonly string[],
  tables: readonly string[],
): CursorGroup {
  return {
    scopes,
    tables,
    since: seq,
    first: seq,
    at: seq === 0 ? scanStart : scanAfter(seq),
    upto: seq,
    scanner: 0,
  };
}

/**
 * The opaque bytes of a cursor: magic, version, log id; for each group its scopes and tables; then the check of the
 * chain, for each group where it stands, and the progress where a catch-up is under way. A cursor at a checkpoint of a
 * few scopes is about 35 bytes.
 * `head` is its `cursorHead`, for those who keep it.
 */
export function encodeCursor(cursor: Cursor, head = cursorHead(cursor)): Uint8Array {
  const out = new ByteWriter(head.length + 64);
  out.bytes(head);
  out.fixed32(cursor.check);
  for (const group of cursor.groups) writePosition(out, group);
  if (cursor.progress !== undefined) {
    out.varint(cursor.progress.rowsDone);
    out.varint(cursor.progress.rowsLeft);
  }
  return out.finish();
}

/** The part of a cursor that stays as it is while its groups move on: all but where they stand. */
export function cursorHead({ logId, groups }: Pick<Cursor, 'logId' | 'groups'>): Uint8Array {
  const out = new ByteWriter(64);
  for (const byte of magic) out.u8(byte);
  out.bytes(logId);
  out.varint(groups.length);
  for (const group of groups) {
    writeTexts(out, group.scopes);
    writeTexts(out, group.tables);
  }
  return out.finish();
}

/** The most that the cursors of a session that begins with these groups can come to. */
export function cursorBytesAtMost(cursor: Cursor): number {
  return encodeCursor(cursor).length + positionBytesMax * (cursor.groups.length + 1);
}

function writePosition(out: ByteWriter, group: CursorGroup): void {
  out.varint(group.since);
  const scanning = group.upto > group.since;
  const state = group.scanner === 0 ? states.withHome : states.withRelay;
  out.u8(scanning ? state : states.done);
  if (!scanning) return;
  if (state === states.withRelay) out.fixed32(group.scanner);
  out.varint(group.first);
  out.varint(group.upto);
  out.varint(group.at.seq);
  out.varint(group.at.table + 1);
  out.varint(group.at.number + 1);
}

/** Reads a cursor. INVALID_ARGUMENT BAD_CURSOR where it does not parse or cannot be. */
export function decodeCursor(bytes: Uint8Array, limits: Limits): Cursor {
  if (bytes.length > limits.cursorBytesMax) {
    throw badCursor(`has more than ${limits.cursorBytesMax} bytes`);
  }
  try {
    return parse(new ByteReader(bytes, 'cursor'), limits);
  } catch (error) {
    if (error instanceof SyncError) throw badCursor(error.message);
    throw error;
  }
}

/**
 * FAILED_PRECONDITION CURSOR_FOREIGN where a cursor is of another log than the one served here. Never answered by
 * sending everything anew: that another database stands under the old name is for a person to judge.
 */
export function checkSameLog(cursor: Pick<Cursor, 'logId'>, logId: Uint8Array): void {
  if (bytesEqual(cursor.logId, logId)) return;
  throw new SyncError(
    Code.failedPrecondition,
    'CURSOR_FOREIGN',
    'the cursor belongs to another log: this is not the database that you synced with before',
    { fields: [{ field: 'subscription.cursor', description: 'belongs to another log' }] },
  );
}

/** The newest commit of which the receiver has stored something. */
export function newestSeq(groups: readonly CursorGroup[]): number {
  return groups.reduce((newest, group) => Math.max(newest, group.upto), 0);
}

function parse(reader: ByteReader, limits: Limits): Cursor {
  for (const byte of magic) {
    if (reader.u8() !== byte) throw reader.fail('no magic or unknown version');
  }
  const logId = reader.bytes(logIdBytes).slice();
  const count = reader.varint();
  if (count === 0 || count > cursorGroupsMax) {
    throw reader.fail(`it has ${count} groups, not 1 to ${cursorGroupsMax}`);
  }
  const sets: Pick<CursorGroup, 'scopes' | 'tables'>[] = [];
  for (let index = 0; index < count; index++) {
    const scopes = readTexts(reader);
    for (const scope of scopes) checkPattern(scope, 'cursor', limits);
    sets.push({ scopes, tables: readTexts(reader) });
  }
  const check = reader.fixed32();
  const groups = sets.map(({ scopes, tables }) => parseGroup(reader, scopes, tables));
  const progress = reader.done
    ? undefined
    : { rowsDone: reader.varint(), rowsLeft: reader.varint() };
  if (!reader.done) throw reader.fail('bytes are left over');
  return { logId, check, groups, progress };
}

function parseGroup(
  reader: ByteReader,
  scopes: readonly string[],
  tables: readonly string[],
): CursorGroup {
  const since = reader.varint();
  const state = reader.u8();
  if (state === states.done) return groupAt(since, scopes, tables);
  const scanner = state === states.withRelay ? reader.fixed32() : 0;
  const first = reader.varint();
  const upto = reader.varint();
  const at = { seq: reader.varint(), table: reader.varint() - 1, number: reader.varint() - 1 };
  const fits = since <= first && first <= upto && since <= at.seq && at.seq <= upto;
  const isKnown = state === states.withHome || scanner > 0;
  if (!isKnown || !fits || since >= upto) throw reader.fail('its parts do not agree');
  return { scopes, tables, since, first, at, upto, scanner };
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
