import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesEqual } from '../../src/base/bytes.ts';
import { SyncError } from '../../src/base/errors.ts';
import { type LogRepair, repairLog } from '../../src/log/repair-log.ts';
import { readSalvage } from '../../src/log/salvage-file.ts';
import { openSqliteSnapshotStore } from '../../src/log/sqlite-snapshot-store.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { verifyLog } from '../../src/log/verify-log.ts';
import { verifySnapshots } from '../../src/log/verify-snapshots.ts';
import { groupAt } from './support/groups.ts';
import { makeKilledLog, readWal, walParts } from './support/killed-log.ts';
import { record, records } from './support/records.ts';
import { makeSnapshots, snapshotBlocks } from './support/snapshots.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const logReasons = ['LOG_CORRUPT', 'NOT_A_LOG', 'LOG_VERSION', 'LOG_CANNOT_OPEN'];
const snapshotReasons = [
  ...['SNAPSHOT_CORRUPT', 'NOT_SNAPSHOTS', 'SNAPSHOTS_VERSION', 'SNAPSHOTS_CANNOT_OPEN'],
];

/** The reason of the error, where there is one. */
function reasonOf(work: () => void): string | undefined {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return error.reason;
  }
  return undefined;
}

/** The whole of a log as it is served, or the reason of the error after what was served before. */
function served(path: string): { readonly records: Uint8Array[]; readonly reason?: string } {
  const found: Uint8Array[] = [];
  const reason = reasonOf(() => {
    const store = openSqliteStore(path);
    try {
      const { trimmed, head } = store;
      while (trimmed + found.length < head)
        found.push(...store.read(trimmed + found.length, head).records);
    } finally {
      store.close();
    }
  });
  return reason === undefined ? { records: found } : { records: found, reason };
}

function isSame(found: Uint8Array, expected: Uint8Array): boolean {
  return found instanceof Uint8Array && bytesEqual(found, expected);
}

/** Bits of a file, oftener where it changes most: the header, and the page of each table that has little in it. */
function someBits(fileBytes: number, ...pages: readonly number[]) {
  const inPage = (page: number) => fc.nat(300).map((offset) => page * 16_384 - 1 - offset);
  return fc.record({
    offset: fc.oneof(fc.nat(120), fc.nat(fileBytes - 1), ...pages.map(inPage)),
    bit: fc.nat(7),
  });
}

/** All bits of a small log take some minutes: the tests flip those that are in use. */
const everyByte = process.env.SYNCDB_BIT_FLIPS === 'all';

/**
 * Which bytes of a file SQLite has put something in: all but what is free between the cell pointers of a page and its
 * cells (SQLite's file format, section 1.6).
 */
function bytesInUse(file: Buffer): boolean[] {
  const inUse: boolean[] = Array(file.length).fill(true);
  for (let page = 0; page < file.length; page += 16_384) {
    const head = page + (page === 0 ? 100 : 0);
    const cells = file.readUInt16BE(head + 3);
    const content = page + (file.readUInt16BE(head + 5) || 65_536);
    inUse.fill(false, head + 8 + 2 * cells, content);
  }
  return inUse;
}

describe('a log file in which bits have flipped', () => {
  const trimmed = 5;
  const written = [...records(1, 40), ...groupAt(41), new Uint8Array(40_000).fill(5)];
  const make = () => {
    const path = join(makeFolder(), 'test.log');
    const store = openSqliteStore(path);
    store.append(0, written.slice(0, 40));
    store.append(40, written.slice(40));
    store.trim(trimmed);
    store.close();
    return path;
  };

  it('[I9] is served as it was written, or up to an error: never with a wrong record, never shorter in silence', () => {
    const path = make();
    const sound = readFileSync(path);
    let detected = 0;
    const check = (offset: number, bit: number) => {
      const flipped = Buffer.from(sound);
      flipped[offset]! ^= 1 << bit;
      writeFileSync(path, flipped);
      const { records: found, reason } = served(path);
      const wrong = found.findIndex((bytes, at) => !isSame(bytes, written[trimmed + at]!));
      expect(wrong).toBe(-1);
      if (reason === undefined) expect(found).toHaveLength(written.length - trimmed);
      else {
        expect(logReasons).toContain(reason);
        detected++;
      }
    };
    fc.assert(
      fc.property(someBits(sound.length, 2), ({ offset, bit }) => check(offset, bit)),
      { numRuns: 300 },
    );
    // All bits of the file's header and of what the log says of itself; all of the file would take an hour.
    for (let bit = 0; bit < 8 * 100; bit++) check(bit >> 3, bit & 7);
    for (let bit = 0; bit < 8 * 50; bit++) check(2 * 16_384 - 1 - (bit >> 3), bit & 7);
    expect(detected).toBeGreaterThan(400);
  }, 300_000);

  it(`[I9] of a small log ${everyByte ? 'each' : 'each that is in use, and some that are not,'} is found, or changes nothing`, () => {
    const path = join(makeFolder(), 'small.log');
    const few = records(1, 4);
    const store = openSqliteStore(path);
    store.append(0, few);
    store.close();
    const sound = readFileSync(path);
    const inUse = bytesInUse(sound);
    const counts = { used: 0, unused: 0, harmless: 0 };
    for (let offset = 0; offset < sound.length; offset++) {
      const isUsed = inUse[offset]!;
      // A prime, so that all places within a page get their turn.
      if (!isUsed && !everyByte && offset % 211 !== 0) continue;
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(sound);
        flipped[offset]! ^= 1 << bit;
        writeFileSync(path, flipped);
        const { records: found, reason } = served(path);
        const wrong = found.findIndex((bytes, at) => !isSame(bytes, few[at]!));
        if (wrong >= 0) expect.fail(`bit ${bit} of byte ${offset} makes another record`);
        if (reason !== undefined) expect(logReasons).toContain(reason);
        else if (found.length < few.length)
          expect.fail(`bit ${bit} of byte ${offset} ends it early`);
        counts[isUsed ? 'used' : 'unused']++;
        if (reason === undefined) counts.harmless++;
        else if (!isUsed) expect.fail(`byte ${offset} was taken for one that is not in use`);
      }
    }
    process.stdout.write(
      `bits flipped: ${counts.used} in use, ${counts.unused} not; ${counts.harmless} changed nothing\n`,
    );
    expect(counts.used).toBeGreaterThan(4_000);
  }, 3_600_000);

  it('[I9] is verified to the end: what is damaged is named where it is served as damaged', () => {
    const path = make();
    const sound = readFileSync(path);
    const check = (offset: number, bit: number) => {
      const flipped = Buffer.from(sound);
      flipped[offset]! ^= 1 << bit;
      writeFileSync(path, flipped);
      let findings = 0;
      let good = 0;
      const reason = reasonOf(() => {
        const check = (position: number, bytes: Uint8Array) =>
          isSame(bytes, written[position - 1]!) ? undefined : 'it was never written';
        const report = verifyLog(path, { check });
        findings = report.findings.length;
        good = report.goodRecords;
        expect(report.findings.map(({ problem }) => problem)).not.toContain('it was never written');
      });
      expect(readFileSync(path).equals(flipped)).toBe(true);
      if (reason !== undefined) expect(logReasons).toContain(reason);
      else if (findings === 0) expect(good).toBe(written.length - trimmed);
      const { reason: servedReason } = served(path);
      if (servedReason !== undefined) expect(reason !== undefined || findings > 0).toBe(true);
    };
    fc.assert(
      fc.property(someBits(sound.length, 2), ({ offset, bit }) => check(offset, bit)),
      { numRuns: 200 },
    );
  }, 300_000);
});

describe('a log file in which a bit has flipped, and that is repaired', () => {
  it('[I9] has what stands before the damage, and what it lost is named, position by position', () => {
    const written = [...records(1, 400), new Uint8Array(40_000).fill(5), ...records(402, 40)];
    const path = join(makeFolder(), 'test.log');
    const store = openSqliteStore(path);
    store.append(0, written.slice(0, 200));
    store.append(200, written.slice(200));
    store.close();
    const sound = readFileSync(path);
    const counts = { shorter: 0, whole: 0 };
    const check = (offset: number, bit: number) => {
      const flipped = Buffer.from(sound);
      flipped[offset]! ^= 1 << bit;
      const damaged = join(makeFolder(), 'test.log');
      writeFileSync(damaged, flipped);
      let repaired: LogRepair | undefined;
      const reason = reasonOf(() => {
        repaired = repairLog(damaged);
      });
      if (repaired === undefined) {
        expect(logReasons).toContain(reason);
        expect(readFileSync(damaged).equals(flipped)).toBe(true);
        return;
      }
      const { head, trimmed, lost, keptAs, salvage, report } = repaired;
      expect(readFileSync(keptAs ?? damaged).equals(flipped)).toBe(true);
      const { records: found, reason: servedReason } = served(damaged);
      expect(servedReason).toBeUndefined();
      expect(verifyLog(damaged).findings).toEqual([]);
      expect(found).toHaveLength(head - trimmed);
      expect(found.every((bytes, at) => isSame(bytes, written[trimmed + at]!))).toBe(true);
      const missing = lost.flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, at) => first + at),
      );
      // Where the log does not know its own end any more, what it cannot name it does not claim to have.
      if (report.meta !== undefined && trimmed === 0) {
        const behind = written.map((_, at) => at + 1).filter((position) => position > head);
        expect(missing).toEqual(behind);
      }
      for (const { position, bytes, isSound } of salvage ? readSalvage(salvage.path) : []) {
        expect(!isSound || isSame(bytes, written[position - 1]!)).toBe(true);
      }
      counts[found.length === written.length ? 'whole' : 'shorter']++;
    };
    fc.assert(
      fc.property(someBits(sound.length, 2), ({ offset, bit }) => check(offset, bit)),
      { numRuns: 150 },
    );
    expect(Math.min(counts.shorter, counts.whole)).toBeGreaterThan(0);
  }, 300_000);
});

describe('the write-ahead log of a log whose process was killed, in which bits have flipped', () => {
  it('[I9] is refused, or has all but the last commit: never is more left out in silence', () => {
    // The last is of several pages, so that some bits are of frames before its end.
    const sizes = [10, 200, 40_000, 30, 2_000, 10, 50_000];
    const path = makeKilledLog(makeFolder(), sizes);
    const [file, wal] = [readFileSync(path), readWal(path)];
    const written = sizes.map((size, index) => record(index + 1, size));
    const parts = walParts(wal);
    const begin = parts.at(-2)!;
    // Two commits are one where the end of the first is not known as one.
    const endOfOther = begin - 24 - 16_384 + 4;
    const counts = { refused: 0, silent: 0 };
    const check = (offset: number, bit: number) => {
      const flipped = Buffer.from(wal);
      flipped[offset]! ^= 1 << bit;
      writeFileSync(path, file);
      writeFileSync(`${path}-wal`, flipped);
      const { findings } = verifyLog(path);
      const { records: found, reason } = served(path);
      expect(found.findIndex((bytes, at) => !isSame(bytes, written[at]!))).toBe(-1);
      expect(findings.length > 0).toBe(reason !== undefined);
      if (reason !== undefined) {
        expect(reason).toBe('LOG_CORRUPT');
        expect(readWal(path).equals(flipped)).toBe(true);
        counts.refused++;
        return;
      }
      const isOfEnd = offset >= endOfOther && offset < endOfOther + 4;
      if (offset < begin && !isOfEnd) expect.fail(`bit ${bit} of byte ${offset} is not found`);
      expect(found.length).toBeGreaterThanOrEqual(sizes.length - (isOfEnd ? 2 : 1));
      counts.silent++;
    };
    const inHead = fc
      .tuple(fc.nat((wal.length - 32) / 16_408 - 1), fc.nat(23))
      .map(([frame, offset]) => 32 + frame * 16_408 + offset);
    const offsets = fc.oneof(fc.nat(31), inHead, fc.nat(wal.length - 1));
    fc.assert(
      fc.property(offsets, fc.nat(7), (offset, bit) => check(offset, bit)),
      { numRuns: 300 },
    );
    expect(Math.min(counts.refused, counts.silent)).toBeGreaterThan(20);
  }, 300_000);
});

describe('a file of snapshots in which bits have flipped', () => {
  it('[I9] gives the blocks that were written, or a named damage, and verifying finds the same', () => {
    const { path, infos } = makeSnapshots(join(makeFolder(), 'test.snapshots'));
    const sound = readFileSync(path);
    let detected = 0;
    const check = (offset: number, bit: number) => {
      const flipped = Buffer.from(sound);
      flipped[offset]! ^= 1 << bit;
      writeFileSync(path, flipped);
      let isVerified = false;
      const verifyReason = reasonOf(() => {
        const { snapshots, unsound, problems } = verifySnapshots(path);
        const isWhole = snapshots.every(({ damaged }) => damaged.length === 0);
        isVerified = isWhole && unsound.length === 0 && problems.length === 0;
      });
      if (verifyReason !== undefined) expect(snapshotReasons).toContain(verifyReason);
      expect(readFileSync(path).equals(flipped)).toBe(true);
      let whole = 0;
      const reason = reasonOf(() => {
        const store = openSqliteSnapshotStore(path);
        try {
          for (const info of store.list()) {
            expect(infos).toContainEqual(info);
            const failed = reasonOf(() => {
              const found: Uint8Array[] = [];
              while (found.length < 5) found.push(...store.read(info.id, found.length, 5));
              const expected = snapshotBlocks(info.id);
              expect(found.every((bytes, at) => isSame(bytes, expected[at]!))).toBe(true);
              whole++;
            });
            expect([undefined, 'SNAPSHOT_CORRUPT']).toContain(failed);
          }
        } finally {
          store.close();
        }
      });
      if (reason !== undefined) expect(snapshotReasons).toContain(reason);
      if (whole < 3) {
        // Snapshots that are not listed are known to verifying, but for one whose row says that it never was complete.
        detected++;
        if (whole < 2) expect(isVerified).toBe(false);
      }
    };
    fc.assert(
      fc.property(someBits(sound.length, 2, 3), ({ offset, bit }) => check(offset, bit)),
      { numRuns: 300 },
    );
    expect(detected).toBeGreaterThan(50);
  }, 300_000);
});
