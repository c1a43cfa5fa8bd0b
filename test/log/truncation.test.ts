import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesEqual } from '../../src/base/bytes.ts';
import { SyncError } from '../../src/base/errors.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { verifyLog } from '../../src/log/verify-log.ts';
import { record, records } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const pageBytes = 16_384;
/** Each page of a write-ahead log has a head of its own; so has the file. */
const frameBytes = pageBytes + 24;
const walHeadBytes = 32;

/** Heads that the log has had: after an append of several records, and nothing between. */
const heads = [0, 3, 4, 10, 11];

/** A log as a process that was killed leaves it: part in its file, and the last groups in the write-ahead log. */
function makeKilled() {
  const folder = makeFolder();
  const path = join(folder, 'test.log');
  const first = openSqliteStore(path);
  first.append(0, records(1, 3));
  first.close();
  const store = openSqliteStore(path);
  for (let index = 2; index < heads.length; index++) {
    const [from, to] = [heads[index - 1]!, heads[index]!];
    store.append(from, records(from + 1, to - from));
  }
  const killed = join(folder, 'killed');
  mkdirSync(killed);
  for (const end of ['', '-wal']) copyFileSync(path + end, join(killed, `test.log${end}`));
  store.close();
  return join(killed, 'test.log');
}

/** What is served, each record held against the one that was written there; the reason where that ends in an error. */
function served(path: string): { readonly head: number; readonly reason?: string } {
  let head = 0;
  try {
    const store = openSqliteStore(path);
    try {
      while (head < store.head) {
        for (const bytes of store.read(head, store.head).records) {
          head++;
          if (!bytesEqual(bytes, record(head))) expect.unreachable(`record ${head}`);
        }
      }
    } finally {
      store.close();
    }
    return { head };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { head, reason: error.reason };
  }
}

/** The byte before each boundary, the boundary and the byte behind it, and some between. */
function* cuts(bytes: number, headBytes: number, unitBytes: number): Generator<number> {
  for (let unit = headBytes; unit <= bytes; unit += unitBytes) {
    for (const near of [-1, 0, 1, 16, 24, 100, unitBytes >> 1]) {
      if (unit + near >= 0 && unit + near <= bytes) yield unit + near;
    }
  }
}

/** Every byte takes some minutes: the tests cut where something ends, and around it. */
const everyByte = process.env.SYNCDB_TRUNCATIONS === 'all';

function everyLength(bytes: number): number[] {
  return Array.from({ length: bytes + 1 }, (_, length) => length);
}

/** Cuts `file` at each length, calls `look`, and puts back what it may have changed. */
function atEachCut(
  path: string,
  file: string,
  lengths: Iterable<number>,
  look: (length: number) => void,
) {
  const ends = ['', '-wal'] as const;
  const whole = ends.map((end) => readFileSync(path + end));
  for (const length of lengths) {
    for (const [index, end] of ends.entries()) {
      const bytes = whole[index]!;
      writeFileSync(path + end, path + end === file ? bytes.subarray(0, length) : bytes);
    }
    look(length);
    for (const end of ['-journal', '-shm']) rmSync(path + end, { force: true });
  }
}

describe('a log whose write-ahead log is cut off', () => {
  it(`[I9] ends with a whole group, ${everyByte ? 'at each byte' : 'at each length of the frames’ heads and around them'}, and is never damaged`, () => {
    const path = makeKilled();
    const wal = `${path}-wal`;
    const bytes = readFileSync(wal).length;
    expect((bytes - walHeadBytes) % frameBytes).toBe(0);
    // Every byte of the file's head and of the first frame's, then around every frame.
    const dense = Array.from({ length: walHeadBytes + 24 }, (_, length) => length);
    const seen = new Set<number>();
    let headBefore = 0;
    const some = [...dense, ...cuts(bytes, walHeadBytes, frameBytes)].sort(ascending);
    atEachCut(path, wal, everyByte ? everyLength(bytes) : some, () => {
      const { findings, upto } = verifyLog(path);
      expect(findings).toEqual([]);
      const { head, reason } = served(path);
      expect([reason, head]).toEqual([undefined, upto]);
      expect(heads).toContain(head);
      // What is longer never has less.
      expect(head).toBeGreaterThanOrEqual(headBefore);
      headBefore = head;
      seen.add(head);
    });
    expect([...seen]).toEqual(heads.slice(1));
  }, 3_600_000);
});

describe('a log whose file is cut off', () => {
  it(`[I9] is served up to an error that names the damage, or refused, at each ${everyByte ? 'byte of a small log' : 'page and around it'}`, () => {
    const path = join(makeFolder(), 'test.log');
    const store = openSqliteStore(path);
    const written = everyByte ? 4 : 2_000;
    store.append(0, records(1, written));
    store.close();
    const bytes = readFileSync(path).length;
    const whole = readFileSync(path);
    const dense = Array.from({ length: 200 }, (_, length) => length);
    const some = [...dense, ...cuts(bytes, 0, pageBytes)];
    for (const length of everyByte ? everyLength(bytes) : some) {
      writeFileSync(path, whole.subarray(0, length));
      const { head, reason } = served(path);
      if (length === bytes) expect([head, reason]).toEqual([written, undefined]);
      else if (length === 0) expect([head, reason]).toEqual([0, undefined]);
      else expect(['LOG_CORRUPT', 'NOT_A_LOG', 'LOG_CANNOT_OPEN']).toContain(reason);
      for (const end of ['-wal', '-journal']) expect(existsSync(path + end)).toBe(false);
    }
  }, 3_600_000);
});

function ascending(left: number, right: number): number {
  return left - right;
}
