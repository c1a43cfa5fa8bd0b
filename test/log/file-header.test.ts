import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { isHeaderSound } from '../../src/log/file-header.ts';
import { logFormat } from '../../src/log/log-file.ts';
import { repairLog } from '../../src/log/repair-log.ts';
import { repairSnapshots } from '../../src/log/repair-snapshots.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { verifyLog } from '../../src/log/verify-log.ts';
import { verifySnapshots } from '../../src/log/verify-snapshots.ts';
import { makeClosedLog } from './support/closed-log.ts';
import { FaultyConnection, sqliteError } from './support/faulty-connection.ts';
import { makeKilledLog } from './support/killed-log.ts';
import { record, thrown } from './support/records.ts';
import { makeSnapshots } from './support/snapshots.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const size = 4_000;
const count = 120;
const damaged = 'the header that SQLite reads is damaged';

/** Some thirty pages, closed. */
function closedLog(): string {
  const all = Array.from({ length: count }, (_, index) => record(index + 1, size));
  return makeClosedLog(makeFolder(), all);
}

function flip(path: string, byte: number, bit: number): Buffer {
  const bytes = readFileSync(path);
  bytes[byte]! ^= 1 << bit;
  writeFileSync(path, bytes);
  return bytes;
}

const bitsOf = (...bytes: number[]) =>
  bytes.flatMap((byte) => Array.from({ length: 8 }, (_, bit) => [byte, bit] as const));

function readAll(path: string): number {
  const store = openSqliteStore(path);
  let found = 0;
  while (found < store.head) found += store.read(found, store.head).records.length;
  store.close();
  return found;
}

/** What SQLite takes for the oldest of its formats, which it makes the newest of; and bits that it does not look at. */
const harmless = new Set([
  '18 1',
  '19 1',
  '47 2',
  ...[0, 2, 3, 4, 5, 6, 7].map((bit) => `59 ${bit}`),
]);

describe('a log whose header has another bit', () => {
  // Magic, the size of a page, who may write, the count of pages, the format of the tables, and the texts.
  const bits = bitsOf(3, 16, 18, 19, 28, 29, 30, 31, 47, 59);

  it.each(bits)('[I9] at byte %i, bit %i, is found, and repaired without loss', (byte, bit) => {
    const path = closedLog();
    flip(path, byte, bit);
    const { findings, goodRecords } = verifyLog(path);
    expect([findings.map(({ problem }) => problem), goodRecords]).toEqual([[damaged], count]);
    expect(repairLog(path)).toMatchObject({ head: count, lost: [] });
    expect(readAll(path)).toBe(count);
  });

  it.each(bits)(
    '[I9] at byte %i, bit %i, is refused as it is, or written to as ever',
    (byte, bit) => {
      const path = closedLog();
      const bytes = flip(path, byte, bit);
      const open = () => openSqliteStore(path);
      if (!harmless.has(`${byte} ${bit}`)) {
        expect(thrown(open).reason).toMatch(/^(LOG_CORRUPT|NOT_A_LOG)$/);
        expect(readFileSync(path).equals(bytes)).toBe(true);
        return;
      }
      const store = open();
      store.append(count, [record(count + 1, size)]);
      store.close();
      expect(readAll(path)).toBe(count + 1);
    },
  );

  it('[I9] so are snapshots', () => {
    const { path, infos } = makeSnapshots(join(makeFolder(), 'test.snapshots'));
    flip(path, 31, 2);
    expect(verifySnapshots(path).problems).toEqual([damaged]);
    expect(repairSnapshots(path).kept).toHaveLength(infos.length);
    expect(verifySnapshots(path).problems).toEqual([]);
  });
});

test('a file that cannot be written to for another reason is not damaged', () => {
  const path = closedLog();
  const db = new FaultyConnection(path);
  db.onExec = (sql, run) => {
    if (sql.startsWith('BEGIN IMMEDIATE; PRAGMA')) throw sqliteError(5, 'locked');
    run();
  };
  expect(thrown(() => openSqliteStore(path, () => db)).reason).toBe('LOG_LOCKED');
});

test('nothing is said of a header in the middle of a change', () => {
  const path = closedLog();
  flip(path, 31, 2);
  expect(isHeaderSound(path, logFormat.applicationId)).toBe(false);
  writeFileSync(`${path}-journal`, 'half');
  expect(isHeaderSound(path, logFormat.applicationId)).toBe(true);
});

test('a header is sound of a file that is closed, new, or was killed, that is another program’s, and that is none', () => {
  const { applicationId } = logFormat;
  const killed = makeKilledLog(makeFolder(), [10, 20]);
  const other = join(makeFolder(), 'other');
  writeFileSync(other, Buffer.alloc(20_000, 1));
  const short = join(makeFolder(), 'short');
  writeFileSync(short, 'x');
  const made = closedLog();
  const bytes = readFileSync(made);
  // As it is before it has a write-ahead log for the first time.
  bytes.set([1, 1], 18);
  writeFileSync(made, bytes);
  const files = [closedLog(), made, killed, other, short, join(makeFolder(), 'none')];
  expect(files.map((path) => isHeaderSound(path, applicationId))).toEqual(files.map(() => true));
});
