import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setLogEpoch } from '../../src/log/log-epoch.ts';
import { logFormat } from '../../src/log/log-file.ts';
import { checkNotLeft } from '../../src/log/sqlite-file.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { verifyLog } from '../../src/log/verify-log.ts';
import { checkWal, walProblem } from '../../src/log/wal-file.ts';
import { makeKilledLog, readWal, walParts } from './support/killed-log.ts';
import { records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const { errors } = logFormat;
/** One is of more than is read at a time. */
const sizes = [10, 20, 3_000_000, 30, 10];

function contents(folder: string) {
  return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'hex')]);
}

/** A log of which one bit of the first record's commit is another. */
function damagedLog(folder = makeFolder()): string {
  const path = makeKilledLog(folder, sizes);
  const wal = readWal(path);
  wal[walParts(wal)[0]! + 500]! ^= 1;
  writeFileSync(`${path}-wal`, wal);
  return path;
}

describe('the write-ahead log of a log', () => {
  it('is sound where the process was killed, and where there is none', () => {
    const path = makeKilledLog(makeFolder(), sizes);
    expect(walProblem(path)).toBeUndefined();
    checkWal(path, errors);
    rmSync(`${path}-wal`);
    checkWal(path, errors);
    expect(walProblem(path)).toBeUndefined();
  });

  it.each([
    ['opened', (path: string) => openSqliteStore(path)],
    ['given an epoch', (path: string) => setLogEpoch(path, 1)],
  ])(
    '[I9] where it is damaged the log is not %s, and nothing is changed on the disk',
    (_, open) => {
      const folder = makeFolder();
      const path = damagedLog(folder);
      const before = contents(folder);
      const error = thrown(() => open(path));
      expect(error).toMatchObject({ reason: 'LOG_CORRUPT', metadata: { path: `${path}-wal` } });
      expect(error.message).toContain(
        'frame 0 of it is not what was written, so 5 groups of records',
      );
      expect(contents(folder)).toEqual(before);
    },
  );

  it('[I9] is found also beside the file that a link leads to', () => {
    const folder = makeFolder();
    const path = damagedLog(folder);
    const link = join(folder, 'link');
    symlinkSync(path, link);
    expect(thrown(() => openSqliteStore(link)).reason).toBe('LOG_CORRUPT');
  });

  it('[I9] is not removed where a link leads to a file that is gone', () => {
    const folder = makeFolder();
    const path = makeKilledLog(folder, sizes);
    const links = makeFolder();
    const [link, other] = [join(links, 'link'), join(links, 'other')];
    symlinkSync(path, other);
    symlinkSync('other', link);
    rmSync(path);
    const before = contents(folder);
    expect(thrown(() => openSqliteStore(link)).reason).toBe('LOG_CORRUPT');
    expect(contents(folder)).toEqual(before);
  });

  it('where only its last commit is damaged ends before that: nobody can tell whether it ever was whole', () => {
    const path = makeKilledLog(makeFolder(), sizes);
    const wal = readWal(path);
    wal[walParts(wal).at(-2)! + 500]! ^= 1;
    writeFileSync(`${path}-wal`, wal);
    const store = openSqliteStore(path);
    expect(store.head).toBe(sizes.length - 1);
    store.close();
  });

  it('where it is damaged is told as locked by whoever has it open', () => {
    const path = join(makeFolder(), 'test.log');
    const store = openSqliteStore(path);
    for (const [at, bytes] of records(1, 3).entries()) store.append(at, [bytes]);
    const wal = readWal(path);
    const other = Buffer.from(wal);
    other[600]! ^= 1;
    writeFileSync(`${path}-wal`, other);
    expect(thrown(() => checkWal(path, errors)).reason).toBe('LOG_LOCKED');
    writeFileSync(`${path}-wal`, wal);
    store.close();
  });

  it.each([
    ['missing', (path: string) => rmSync(path)],
    ['empty', (path: string) => writeFileSync(path, '')],
  ])(
    '[I9] is not removed where the file beside it is %s: it may be all that is left',
    (_, lose) => {
      const folder = makeFolder();
      const path = makeKilledLog(folder, sizes);
      lose(path);
      const before = contents(folder);
      for (const look of [
        () => openSqliteStore(path),
        () => verifyLog(path),
        () => checkNotLeft(path, errors),
      ]) {
        expect(thrown(look)).toMatchObject({
          reason: 'LOG_CORRUPT',
          metadata: { path: `${path}-wal` },
        });
      }
      expect(contents(folder)).toEqual(before);
      rmSync(`${path}-wal`);
      openSqliteStore(path).close();
      expect(existsSync(path)).toBe(true);
    },
  );
});
