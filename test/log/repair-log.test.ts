import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginExchange, exchangeForRepaired } from '../../src/log/exchanged-file.ts';
import { setLogEpoch } from '../../src/log/log-epoch.ts';
import { repairLog } from '../../src/log/repair-log.ts';
import { readSalvage } from '../../src/log/salvage-file.ts';
import { connectSqlite } from '../../src/log/sqlite-driver.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { verifyLog } from '../../src/log/verify-log.ts';
import { noSnapshot } from '../../src/replica/replica-errors.ts';
import { change, ruinPage } from './support/damage.ts';
import { makeKilledLog, readWal, walParts } from './support/killed-log.ts';
import { record, records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

/** A closed log in epoch 4. */
function makeLog(count = 30, trimmed = 10): string {
  const path = join(makeFolder(), 'test.log');
  const store = openSqliteStore(path);
  store.append(0, records(1, count));
  store.trim(trimmed);
  store.close();
  setLogEpoch(path, 4);
  return path;
}

/** What puts back what the log says of itself now. */
function readHead(path: string): string {
  const db = connectSqlite(path);
  const values = "quote(log_id) || ',' || concat_ws(',', created_ms, head, trimmed, epoch, crc)";
  const row = db.prepare<{ row: string }>(`SELECT ${values} AS row FROM meta`).get()!;
  db.close();
  return `INSERT INTO meta VALUES (${row.row})`;
}

function everyRecord(path: string) {
  const store = openSqliteStore(path);
  const { id, head, trimmed, epoch } = store;
  const found: Uint8Array[] = [];
  while (trimmed + found.length < head)
    found.push(...store.read(trimmed + found.length, head).records);
  store.close();
  return { id: [...id], head, trimmed, epoch, found };
}

describe('repairing a log', () => {
  it('does nothing to a sound one', () => {
    const path = makeLog();
    const before = readFileSync(path);
    expect(repairLog(path)).toMatchObject({ head: 30, lost: [], isNewId: false });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['test.log']);
  });

  it('[I9] keeps all before the first damaged record, and says and salvages what is behind it', () => {
    const path = makeLog();
    const { id } = everyRecord(path);
    change(path, "UPDATE records SET bytes = x'77' WHERE position = 20");
    change(path, 'DELETE FROM records WHERE position = 25');
    const damaged = readFileSync(path);
    const repair = repairLog(path);
    expect(repair).toMatchObject({
      ...{ head: 19, isNewId: false, keptAs: `${path}.damaged-1` },
      lost: [
        { first: 20, last: 20, problem: 'its checksum is wrong' },
        { first: 21, last: 24, problem: undefined },
        { first: 25, last: 25, problem: 'it is missing' },
        { first: 26, last: 30, problem: undefined },
      ],
      salvage: { path: `${path}.salvage-1`, records: 10 },
    });
    expect(everyRecord(path)).toEqual({
      ...{ id, head: 19, trimmed: 10, epoch: 5, found: records(11, 9) },
    });
    expect(readFileSync(repair.keptAs!).equals(damaged)).toBe(true);
    const sound = (position: number) => ({ position, bytes: record(position), isSound: true });
    expect([...readSalvage(repair.salvage!.path)]).toEqual([
      { position: 20, bytes: new Uint8Array([0x77]), isSound: false },
      ...[21, 22, 23, 24, 26, 27, 28, 29, 30].map(sound),
    ]);
    expect(verifyLog(path).findings).toEqual([]);
    const store = openSqliteStore(path);
    expect(store.append(19, records(20, 1))).toBe(20);
    store.close();
  });

  it('[I9] ends where the caller says that a record does not follow', () => {
    const path = makeLog();
    const check = (position: number) => (position === 22 ? 'it does not follow' : undefined);
    const repair = repairLog(path, { check });
    expect(repair).toMatchObject({ head: 21, salvage: { records: 9 } });
    expect(repair.lost[0]).toEqual({ first: 22, last: 22, problem: 'it does not follow' });
    expect(everyRecord(path).found).toEqual(records(11, 11));
  });

  it('[I9] loses nothing where only pages without records, or what the log says, are damaged', () => {
    const path = makeLog(3_000, 10);
    const { id } = everyRecord(path);
    change(path, 'UPDATE meta SET head = head + 512');
    expect(repairLog(path)).toMatchObject({ head: 3_000, lost: [], isNewId: false });
    const repaired = everyRecord(path);
    expect(repaired).toMatchObject({ id, head: 3_000, trimmed: 10, epoch: 4 });
    expect(repaired.found).toEqual(records(11, 2_990));
    expect(readdirSync(dirname(path)).sort()).toEqual(['test.log', 'test.log.damaged-1']);
  });

  it('[I9] gives it a new id where its own is lost', () => {
    const path = makeLog();
    change(path, 'DELETE FROM meta');
    expect(repairLog(path)).toMatchObject({ head: 30, lost: [], isNewId: true, epoch: 1 });
    expect(everyRecord(path)).toMatchObject({ trimmed: 10, epoch: 1, found: records(11, 20) });
  });

  it('[I9] keeps nothing where the first record is damaged, and salvages what stands outside', () => {
    const path = makeLog();
    change(
      path,
      "DELETE FROM records WHERE position = 11; INSERT INTO records VALUES (7, x'', 0), (40, x'', 0)",
    );
    const repair = repairLog(path);
    expect(repair).toMatchObject({ head: 10, salvage: { records: 21 } });
    expect(repair.lost).toEqual([
      { first: 11, last: 11, problem: 'it is missing' },
      { first: 12, last: 30, problem: undefined },
      { first: 40, last: 40, problem: 'it stands outside of the log' },
    ]);
    expect(everyRecord(path)).toMatchObject({ head: 10, trimmed: 10, found: [] });
    expect([...readSalvage(repair.salvage!.path)].map(({ position }) => position)).toEqual([
      ...Array.from({ length: 19 }, (_, index) => index + 12),
      ...[7, 40],
    ]);
  });

  it('[I9] gives it the id that the caller knows, where its own is lost', () => {
    const path = makeLog();
    const { id } = everyRecord(path);
    change(path, 'DELETE FROM meta');
    const plan = () => ({ trimmed: 10, nextEpoch: 7, id: new Uint8Array(id) });
    expect(repairLog(path, { plan })).toMatchObject({ lost: [], isNewId: false, epoch: 7 });
    expect(everyRecord(path)).toMatchObject({ id, trimmed: 10, epoch: 7 });
  });

  it('[I2] keeps records behind a head that is older than they are, as far as they follow', () => {
    const path = makeLog();
    const head = readHead(path);
    const store = openSqliteStore(path);
    store.append(30, records(31, 5));
    store.close();
    change(path, "DELETE FROM meta; INSERT INTO records VALUES (39, x'', 0)");
    change(path, head);
    const seen: number[] = [];
    const check = (position: number) => {
      seen.push(position);
      return position === 35 ? 'it does not follow' : undefined;
    };
    const repair = repairLog(path, { check });
    expect(repair).toMatchObject({
      report: { upto: 34, findings: [{ part: 'meta' }, {}, {}] },
      head: 34,
      lost: [
        { first: 35, last: 35, problem: 'it stands outside of the log' },
        { first: 39, last: 39, problem: 'it stands outside of the log' },
      ],
      epoch: 5,
      salvage: { records: 2 },
    });
    expect(seen.at(-1)).toBe(35);
    expect(everyRecord(path)).toMatchObject({ head: 34, epoch: 5, found: records(11, 24) });
  });

  it('[I2] loses nothing where only the head is older, and the header is damaged', () => {
    const path = makeLog();
    const head = readHead(path);
    const store = openSqliteStore(path);
    store.append(30, records(31, 5));
    store.close();
    change(path, 'DELETE FROM meta; PRAGMA application_id = 7');
    change(path, head);
    expect(repairLog(path)).toMatchObject({ head: 35, lost: [] });
    expect(everyRecord(path)).toMatchObject({ head: 35, epoch: 4, found: records(11, 25) });
  });

  it('[I9] keeps what follows what is not needed, also of damage that goes on behind that', () => {
    const path = makeLog();
    change(path, "UPDATE records SET bytes = x'77' WHERE position BETWEEN 15 AND 20");
    const plan = () => ({ trimmed: 18, nextEpoch: 5 });
    expect(repairLog(path, { plan })).toMatchObject({
      ...{ trimmed: 18, head: 18, epoch: 5 },
      lost: [
        { first: 19, last: 20, problem: 'its checksum is wrong' },
        { first: 21, last: 30, problem: undefined },
      ],
    });
    expect(everyRecord(path)).toMatchObject({ trimmed: 18, head: 18, found: [] });
    const other = makeLog();
    change(other, "UPDATE records SET bytes = x'77' WHERE position BETWEEN 15 AND 20");
    const behind = repairLog(other, { plan: () => ({ trimmed: 20, nextEpoch: 5 }) });
    expect(behind).toMatchObject({ trimmed: 20, head: 30, lost: [] });
    expect(everyRecord(other)).toMatchObject({ epoch: 4, found: records(21, 10) });
  });

  it('[I2] begins behind its end where the caller has what came before, in the next epoch', () => {
    const path = makeLog();
    const { id } = everyRecord(path);
    const repair = repairLog(path, { plan: () => ({ trimmed: 44, nextEpoch: 5 }) });
    expect(repair).toMatchObject({ trimmed: 44, head: 44, lost: [], epoch: 5 });
    expect(everyRecord(path)).toEqual({ id, trimmed: 44, head: 44, epoch: 5, found: [] });
  });

  it('[I9] leaves everything as it was where the caller finds nothing to make of it', () => {
    const path = makeLog();
    change(path, 'DELETE FROM records WHERE position = 25');
    const before = readFileSync(path);
    const refuse = () => {
      throw noSnapshot(10, undefined);
    };
    expect(thrown(() => repairLog(path, { plan: refuse })).reason).toBe('NO_SNAPSHOT');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['test.log']);
  });

  it('[I9] keeps big logs whole up to a lost page', () => {
    const path = makeLog(5_000, 10);
    ruinPage(path, 9);
    const { findings } = verifyLog(path);
    const { first, last } = findings.find(({ part }) => part === 'records')!;
    const repair = repairLog(path);
    expect(repair).toMatchObject({ head: first! - 1, salvage: { records: 5_000 - last! } });
    expect(everyRecord(path).found).toEqual(records(11, first! - 11));
  });

  it('keeps each damaged file, and takes up what an earlier repair left', () => {
    const path = makeLog();
    writeFileSync(`${path}.repaired`, 'half of a file');
    for (const [round, position] of [25, 20].entries()) {
      change(path, `DELETE FROM records WHERE position = ${position}`);
      expect(repairLog(path).keptAs).toBe(`${path}.damaged-${round + 1}`);
    }
    expect(everyRecord(path).found).toEqual(records(11, 9));
    expect(existsSync(`${path}.salvage-2`)).toBe(true);
  });

  it('[I9] finishes one that was cut short in the exchange', () => {
    const path = makeLog();
    const other = makeLog(40, 0);
    writeFileSync(`${path}.repaired`, readFileSync(other));
    beginExchange(path, [exchangeForRepaired(path)], 'two are lost');
    expect(thrown(() => openSqliteStore(path)).reason).toBe('LOG_CORRUPT');
    const said: string[] = [];
    expect(repairLog(path, { say: (text) => said.push(text) })).toMatchObject({ head: 40 });
    expect(said).toEqual(['two are lost']);
    expect(existsSync(`${path}.damaged-1`)).toBe(true);
    expect(everyRecord(path).found).toEqual(records(1, 40));
  });

  it('[I9] leaves everything as it was where it cannot be written', () => {
    const path = makeLog();
    change(path, 'DELETE FROM records WHERE position = 25');
    const before = readFileSync(path);
    // A folder in the way of the mark.
    mkdirSync(`${path}.repairing-new`);
    expect(thrown(() => repairLog(path)).reason).toBe('LOG_CANNOT_OPEN');
    expect(existsSync(`${path}.repaired`)).toBe(false);
    expect(readFileSync(path).equals(before)).toBe(true);
    const store = openSqliteStore(path);
    expect(store.head).toBe(30);
    expect(thrown(() => repairLog(path)).reason).toBe('LOG_LOCKED');
    store.close();
  });

  it('[I9] keeps what stands before a damage of the write-ahead log, says that the rest is lost, and keeps the damaged one', () => {
    const path = makeKilledLog(makeFolder(), [[10, 20], 30, [40, 50, 60], 70]);
    const wal = readWal(path);
    wal[walParts(wal)[2]! + 100]! ^= 1;
    writeFileSync(`${path}-wal`, wal);
    const { head, lost, keptAs } = repairLog(path);
    expect(head).toBe(3);
    // Two groups, of four records: how many they had is in none that can be read.
    expect(lost).toMatchObject([{ first: 4, last: Number.POSITIVE_INFINITY }]);
    expect(lost[0]!.problem).toContain('2 groups of records from there on cannot be read');
    expect(readWal(keptAs!).equals(wal)).toBe(true);
    expect(everyRecord(path).found).toEqual([record(1, 10), record(2, 20), record(3, 30)]);
  });
});

describe('[I9] repairing a log that is gone', () => {
  const gone: [string, (path: string) => void][] = [
    ['not there', () => {}],
    ['empty', (path) => writeFileSync(path, '')],
  ];

  it.each(gone)(
    'where it is %s makes one that begins where the plan says, and says why',
    (what, lose) => {
      const path = join(makeFolder(), 'test.log');
      lose(path);
      const id = new Uint8Array(16).fill(7);
      const repaired = repairLog(path, { plan: () => ({ trimmed: 5, id, nextEpoch: 3 }) });
      expect(repaired.report.findings).toEqual([
        { part: 'file', problem: what === 'empty' ? 'it is empty' : 'it is not there' },
      ]);
      expect(repaired).toMatchObject({ trimmed: 5, head: 5, lost: [], isNewId: false, epoch: 3 });
      expect(everyRecord(path)).toEqual({ id: [...id], head: 5, trimmed: 5, epoch: 3, found: [] });
    },
  );

  it.each(gone)('where it is %s makes none without a plan', (_, lose) => {
    const path = join(makeFolder(), 'test.log');
    lose(path);
    const files = readdirSync(dirname(path));
    expect(thrown(() => repairLog(path)).reason).toBe('NOT_A_LOG');
    expect(readdirSync(dirname(path))).toEqual(files);
  });

  it('makes none where its write-ahead log is left', () => {
    const path = join(makeFolder(), 'test.log');
    writeFileSync(`${path}-wal`, 'commits');
    const plan = () => ({ trimmed: 5, nextEpoch: 3 });
    expect(thrown(() => repairLog(path, { plan })).reason).toBe('LOG_CORRUPT');
    expect(readdirSync(dirname(path))).toEqual(['test.log-wal']);
  });
});

describe('[I9] repairing a log of which nothing can be read', () => {
  const plan = () => ({ trimmed: 5, id: new Uint8Array(16).fill(7), nextEpoch: 3 });
  const damages: [string, (path: string) => void][] = [
    ['first page', (path) => ruinPage(path, 1)],
    ['table of the records', (path) => change(path, 'DROP TABLE records')],
  ];

  it.each(damages)(
    'since its %s is damaged replaces it where the plan can do without, and keeps it',
    (_, damage) => {
      const path = makeLog();
      damage(path);
      const damaged = readFileSync(path);
      const { report, keptAs, ...repaired } = repairLog(path, { plan, isReplaceable: true });
      expect(report.findings).toHaveLength(1);
      expect(report.findings[0]!.problem).toContain('nothing of it can be read');
      expect(repaired).toMatchObject({ trimmed: 5, head: 5, lost: [], isNewId: false, epoch: 3 });
      expect(readFileSync(keptAs!).equals(damaged)).toBe(true);
      expect(everyRecord(path)).toMatchObject({ trimmed: 5, head: 5, epoch: 3, found: [] });
    },
  );

  it.each(damages)('since its %s is damaged leaves it where nothing else is known', (_, damage) => {
    const path = makeLog();
    damage(path);
    const damaged = readFileSync(path);
    expect(thrown(() => repairLog(path, { plan })).code).toBe(15);
    expect(readFileSync(path).equals(damaged)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['test.log']);
  });

  it('since only the header is damaged that SQLite reads loses nothing', () => {
    const path = makeLog();
    const { id } = everyRecord(path);
    const damaged = readFileSync(path);
    damaged[3]! ^= 1;
    writeFileSync(path, damaged);
    const { report, keptAs, lost } = repairLog(path, { isReplaceable: true });
    expect(report.findings).toEqual([
      { part: 'file', problem: 'the header that SQLite reads is damaged' },
    ]);
    expect(lost).toEqual([]);
    expect(readFileSync(keptAs!).equals(damaged)).toBe(true);
    expect(everyRecord(path)).toEqual({
      ...{ id, head: 30, trimmed: 10, epoch: 4, found: records(11, 20) },
    });
    expect(readdirSync(dirname(path)).sort()).toEqual(['test.log', 'test.log.damaged-1']);
  });

  it('leaves one that can be read, is of a newer version, open elsewhere or in the middle of a change', () => {
    const options = { plan: () => ({ trimmed: 10, nextEpoch: 3 }), isReplaceable: true };
    const path = makeLog();
    expect(repairLog(path, options)).toMatchObject({ head: 30, lost: [] });
    const store = openSqliteStore(path);
    expect(thrown(() => repairLog(path, options)).reason).toBe('LOG_LOCKED');
    store.close();
    change(path, 'PRAGMA user_version = 99');
    expect(thrown(() => repairLog(path, options)).reason).toBe('LOG_VERSION');
    const unmended = readFileSync(path);
    unmended[3]! ^= 1;
    writeFileSync(path, unmended);
    expect(thrown(() => repairLog(path, options)).reason).toBe('LOG_VERSION');
    writeFileSync(path, 'x'.repeat(40_000));
    writeFileSync(`${path}-journal`, 'a change');
    expect(thrown(() => repairLog(path, options)).reason).toBe('LOG_CORRUPT');
    expect(existsSync(`${path}.damaged-1`)).toBe(false);
  });
});
