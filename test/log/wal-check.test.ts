import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectSqlite } from '../../src/log/sqlite-driver.ts';
import { findWalDamage, type WalDamage } from '../../src/log/wal-check.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
/** The smallest that SQLite has, so that there are many frames. */
const pageBytes = 512;
const headerBytes = 32;
const frameBytes = 24 + pageBytes;

/** What SQLite makes of a transaction for each of `sizes`; `restartAt` is the one before which it begins the log anew. */
function writtenWal(sizes: readonly number[], restartAt?: number): Buffer {
  const path = join(makeFolder(), 'test.db');
  const db = connectSqlite(path);
  db.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x BLOB)`);
  for (const [index, size] of sizes.entries()) {
    if (index === restartAt) db.exec('PRAGMA wal_checkpoint(RESTART)');
    db.prepare('INSERT INTO t VALUES (?)').run(new Uint8Array(size).fill(index));
  }
  const wal = readFileSync(`${path}-wal`);
  db.close();
  return wal;
}

function damageOf(wal: Uint8Array): WalDamage | undefined {
  // What was read is good until the next call.
  const scratch = new Uint8Array(frameBytes);
  const read = (offset: number, length: number) => {
    expect(offset + length).toBeLessThanOrEqual(wal.length);
    scratch.fill(0xff).set(wal.subarray(offset, offset + length));
    return scratch.subarray(0, length);
  };
  return findWalDamage(read, wal.length, pageBytes);
}

interface Frame {
  readonly at: number;
  readonly isCommit: boolean;
}

/** Those that count: their salts are those of the header. */
function framesOf(wal: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = headerBytes; at + frameBytes <= wal.length; at += frameBytes) {
    if (wal.compare(wal, 16, 24, at + 8, at + 16) !== 0) break;
    frames.push({ at, isCommit: wal.readUInt32BE(at + 4) !== 0 });
  }
  return frames;
}

/** Where the last transaction begins, and where it ends. */
function lastTransaction(wal: Buffer): { readonly begin: number; readonly end: number } {
  const ends = framesOf(wal).flatMap(({ at, isCommit }) => (isCommit ? [at + frameBytes] : []));
  return { begin: ends.at(-2) ?? headerBytes, end: ends.at(-1)! };
}

function flipped(wal: Buffer, offset: number, bit: number): Buffer {
  const copy = Buffer.from(wal);
  copy[offset]! ^= 1 << bit;
  return copy;
}

const sizes = [10, 700, 10, 3_000, 40, 1_500, 900];

describe('a write-ahead log', () => {
  it.each([
    ['has no header yet', Buffer.alloc(20)],
    ['has a header that never came to the disk, and room behind it', Buffer.alloc(2_000)],
    ['has nothing but its header', writtenWal([10]).subarray(0, headerBytes)],
    ['has one transaction', writtenWal([10])],
    ['has many', writtenWal(sizes)],
    ['was begun anew, with older frames behind its end', writtenWal(sizes, 5)],
  ])('is sound where it %s', (_, wal) => {
    expect(damageOf(wal)).toBeUndefined();
  });

  it('is damaged where one bit is another, and tells how many transactions stand from there on', () => {
    const wal = writtenWal(sizes);
    // The table is a transaction too.
    const transactions = framesOf(wal).filter(({ isCommit }) => isCommit).length;
    expect(transactions).toBe(sizes.length + 1);
    expect(damageOf(flipped(wal, headerBytes + 30, 0))).toEqual({ frame: 0, transactions });
    expect(damageOf(flipped(wal, 13, 0))).toEqual({ frame: undefined, transactions });
  });

  it('[I9] is damaged wherever one bit is another, but for the last transaction, and the end of the one before', () => {
    for (const restartAt of [undefined, 3]) {
      const wal = writtenWal(sizes, restartAt);
      const { begin } = lastTransaction(wal);
      for (let offset = 0; offset < begin; offset++) {
        // Whether the transaction before the last has an end of its own.
        const isItsEnd = offset >= begin - frameBytes + 4 && offset < begin - frameBytes + 8;
        const found = damageOf(flipped(wal, offset, offset % 8));
        if (isItsEnd) continue;
        if (found === undefined) expect.fail(`byte ${offset} is another, and nothing is found`);
        const frame =
          offset < headerBytes ? undefined : Math.floor((offset - headerBytes) / frameBytes);
        expect(found.frame).toBe(frame);
        expect(found.transactions).toBeGreaterThan(0);
      }
    }
  });

  it('is damaged where the salts of its last frame are others: all else of it follows', () => {
    const wal = writtenWal(sizes);
    const { end } = lastTransaction(wal);
    expect(damageOf(flipped(wal, end - frameBytes + 9, 3))).toMatchObject({ transactions: 0 });
  });

  it('ends where its last transaction was torn, whichever parts of that are as they were before', () => {
    const written = fc.record({
      restartAt: fc.constantFrom(undefined, 4),
      sizes: fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 6, maxLength: 8 }),
      // Sectors of the last transaction that never came to the disk.
      lost: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      isOld: fc.boolean(),
    });
    fc.assert(
      fc.property(written, ({ restartAt, sizes: some, lost, isOld }) => {
        const wal = writtenWal(some, restartAt);
        const { begin, end } = lastTransaction(wal);
        // What stood there when the log was begun anew, or nothing.
        const old = writtenWal(some, undefined);
        for (let at = begin; at < end; at++) {
          const sector = Math.floor(at / 512) - Math.floor(begin / 512);
          if (!lost[sector % lost.length]) continue;
          wal[at] = isOld && restartAt !== undefined ? (old[at] ?? 0) : 0;
        }
        expect(damageOf(wal)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('ends where it was cut off, at any byte', () => {
    const wal = writtenWal(sizes);
    for (let length = 0; length <= wal.length; length += 7)
      expect(damageOf(wal.subarray(0, length))).toBeUndefined();
  });

  it('may be anything at all', () => {
    const wal = writtenWal([10, 20, 30]);
    const change = fc.record({ at: fc.nat(wal.length - 1), byte: fc.nat(255) });
    const changed = fc.array(change, { maxLength: 30 }).map((changes) => {
      const copy = Buffer.from(wal);
      for (const { at, byte } of changes) copy[at] = byte;
      return copy;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 3_000 }), changed), (bytes) => {
        const found = damageOf(bytes);
        if (found !== undefined) expect(found.transactions).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
