import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { verifyLog } from '../../src/log/verify-log.ts';
import { change, ruinPage } from './support/damage.ts';
import { makeKilledLog, readWal, walParts } from './support/killed-log.ts';
import { record, records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

/** A closed log of many pages; the first records are trimmed. */
function makeLog(count = 5_000, trimmed = 10): string {
  const path = join(makeFolder(), 'test.log');
  const store = openSqliteStore(path);
  store.append(0, records(1, count));
  store.trim(trimmed);
  store.close();
  return path;
}

describe('verifying a log', () => {
  it('finds nothing in a sound one, and counts it', () => {
    const path = makeLog();
    const before = readFileSync(path);
    const bytes = records(11, 4_990).reduce((sum, one) => sum + one.length, 0);
    expect(verifyLog(path)).toMatchObject({
      ...{ path, formatVersion: 2, after: 10, upto: 5_000 },
      ...{ goodRecords: 4_990, goodBytes: bytes, findings: [] },
      meta: { head: 5_000, trimmed: 10, epoch: 0 },
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('reads the logs of all formats', () => {
    for (const [version, trimmed] of [
      [1, 0],
      [2, 2],
    ] as const) {
      const path = join(makeFolder(), 'test.log');
      const fixture = join(import.meta.dirname, '..', 'fixtures', `log-${version}.syncdb`);
      copyFileSync(fixture, path);
      const expected = { formatVersion: version, after: trimmed, upto: 5, findings: [] };
      expect(verifyLog(path)).toMatchObject(expected);
      expect(readFileSync(path).equals(readFileSync(fixture))).toBe(true);
    }
  });

  it('[I9] names damaged and missing positions as ranges, and counts what is good', () => {
    const path = makeLog();
    change(path, "UPDATE records SET bytes = x'00' WHERE position IN (20, 21, 30)");
    change(path, 'DELETE FROM records WHERE position BETWEEN 22 AND 25');
    const { findings, goodRecords } = verifyLog(path);
    expect(findings).toEqual([
      { part: 'records', first: 20, last: 21, problem: 'its checksum is wrong' },
      { part: 'records', first: 22, last: 25, problem: 'it is missing' },
      { part: 'records', first: 30, last: 30, problem: 'its checksum is wrong' },
    ]);
    expect(goodRecords).toBe(4_990 - 7);
  });

  it('[I9] finds all that can be read behind a page that is lost, wherever that page is', () => {
    const pages = readFileSync(makeLog()).length / 16_384;
    expect(pages).toBeGreaterThan(12);
    let lostPages = 0;
    for (let page = 4; page <= pages; page++) {
      const path = makeLog();
      ruinPage(path, page);
      const { findings, goodRecords } = verifyLog(path);
      const ranges = findings.filter(({ part }) => part === 'records');
      // A free page may be anything.
      if (ranges.length === 0) continue;
      lostPages++;
      expect(ranges).toHaveLength(1);
      const [{ first, last, problem }] = ranges as [(typeof ranges)[0]];
      expect(problem).toBe('SQLite finds its page malformed');
      expect(goodRecords).toBe(4_990 - (last! - first! + 1));
      expect(last! - first!).toBeLessThan(1_000);
      expect(findings.some(({ part }) => part === 'file')).toBe(true);
    }
    expect(lostPages).toBeGreaterThan(8);
  });

  it('asks the caller of each sound record once, in order', () => {
    const path = makeLog(30, 0);
    change(path, 'DELETE FROM records WHERE position = 5');
    const asked: number[] = [];
    const check = (position: number, bytes: Uint8Array) => {
      asked.push(position);
      expect(bytes).toEqual(record(position));
      return position > 20 && position < 24 ? 'it does not follow' : undefined;
    };
    expect(verifyLog(path, { check })).toMatchObject({
      goodRecords: 26,
      findings: [
        { first: 5, last: 5, problem: 'it is missing' },
        { first: 21, last: 23, problem: 'it does not follow' },
      ],
    });
    expect(asked).toEqual(Array.from({ length: 30 }, (_, index) => index + 1).toSpliced(4, 1));
  });

  it('[I9] finds records behind the head and before the beginning', () => {
    const path = makeLog(30, 10);
    change(path, "INSERT INTO records VALUES (7, x'00', 0), (31, x'00', 0)");
    change(path, `INSERT INTO records VALUES (${2 ** 50}, x'00', 0)`);
    const problem = 'it stands outside of the log';
    expect(verifyLog(path)).toMatchObject({
      goodRecords: 20,
      findings: [7, 31, 2 ** 50].map((first) => ({ first, last: first, problem })),
    });
  });

  it('says that a repair was cut short', () => {
    const path = makeLog(3, 0);
    writeFileSync(`${path}.repairing`, '');
    expect(verifyLog(path).findings).toEqual([
      { part: 'file', problem: 'a repair of it was cut short' },
    ]);
  });

  it('refuses what is in use, not there, newer, or no log at all', () => {
    const path = makeLog(3, 0);
    const store = openSqliteStore(path);
    expect(thrown(() => verifyLog(path)).reason).toBe('LOG_LOCKED');
    store.close();
    expect(thrown(() => verifyLog(`${path}-missing`)).reason).toBe('LOG_CANNOT_OPEN');
    change(path, 'PRAGMA user_version = 3');
    expect(thrown(() => verifyLog(path)).reason).toBe('LOG_VERSION');
    change(path, 'PRAGMA user_version = 2; DROP TABLE records');
    expect(thrown(() => verifyLog(path)).reason).toBe('LOG_CORRUPT');
    writeFileSync(path, 'Dear diary, '.repeat(100));
    expect(thrown(() => verifyLog(path)).reason).toBe('NOT_A_LOG');
  });
});

describe('verifying a log that does not know itself', () => {
  const metaDamaged = { part: 'meta', problem: 'its id and head are damaged' };

  it('[I9] reads it by what its checksum proves', () => {
    const path = makeLog(30, 10);
    change(path, 'UPDATE meta SET head = head + 4096');
    const report = verifyLog(path);
    expect(report).toMatchObject({ after: 10, upto: 30, goodRecords: 20, meta: { head: 30 } });
    expect(report.findings).toEqual([metaDamaged]);
  });

  it.each(['DELETE FROM meta', "UPDATE meta SET log_id = x'00', head = 7, epoch = 9"])(
    '[I9] reads it from its first record to its last: %s',
    (sql) => {
      const path = makeLog(30, 10);
      change(path, sql);
      const report = verifyLog(path);
      expect(report).toMatchObject({ after: 10, upto: 30, goodRecords: 20, meta: undefined });
      expect(report.findings).toEqual([metaDamaged]);
    },
  );

  it('[I9] reads on as far as there are records, where nobody knows the end', () => {
    const path = makeLog(30, 10);
    change(path, 'DELETE FROM meta; DELETE FROM records WHERE position = 15');
    change(path, `INSERT INTO records VALUES (${2 ** 50}, x'00', 0)`);
    const report = verifyLog(path);
    expect(report).toMatchObject({ after: 10, upto: 30, goodRecords: 19 });
    expect(report.findings).toMatchObject([
      metaDamaged,
      { first: 15, last: 15 },
      { first: 2 ** 50 },
    ]);
  });

  it('[I9] reads it where it says that it is something else', () => {
    const path = makeLog(30, 10);
    change(path, 'PRAGMA application_id = 7; DELETE FROM meta; DELETE FROM records');
    const { formatVersion, goodRecords, findings } = verifyLog(path);
    expect([formatVersion, goodRecords, findings.length]).toEqual([0, 0, 2]);
  });

  it('[I9] reads what is there where the first and last page are lost as well', () => {
    const path = makeLog();
    const pages = readFileSync(path).length / 16_384;
    change(path, 'DELETE FROM meta');
    for (let page = 3; page <= pages; page++) {
      const ruined = join(makeFolder(), 'ruined.log');
      copyFileSync(path, ruined);
      ruinPage(ruined, page);
      const { goodRecords, findings } = verifyLog(ruined);
      expect(goodRecords).toBeLessThanOrEqual(4_990);
      expect(findings[0]).toEqual(metaDamaged);
    }
  }, 60_000);

  it('[I9] tells of groups that the write-ahead log has lost, though all that is shown is sound', () => {
    const path = makeKilledLog(makeFolder(), [10, 20, [30, 40, 50], 60]);
    const wal = readWal(path);
    wal[walParts(wal)[2]! + 100]! ^= 1;
    writeFileSync(`${path}-wal`, wal);
    const { upto, goodRecords, findings } = verifyLog(path);
    expect([upto, goodRecords]).toEqual([2, 2]);
    expect(findings).toMatchObject([{ part: 'wal', first: 3, last: Number.POSITIVE_INFINITY }]);
    expect(findings[0]!.problem).toContain(`${path}-wal: frame`);
    expect(readWal(path).equals(wal)).toBe(true);
  });
});
