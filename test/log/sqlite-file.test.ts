import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { connectSqlite, type SqlConnection } from '../../src/log/sqlite-driver.ts';
import {
  connectFile,
  type FileErrors,
  type FileFormat,
  openError,
  openFile,
  repairMark,
  single,
} from '../../src/log/sqlite-file.ts';
import { thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const makePath = () => join(makeFolder(), 'test.db');

const say = (reason: string) => (path: string) => new SyncError(Code.dataLoss, reason, path);
const errors: FileErrors = {
  notOurs: say('not ours'),
  newer: (_, found, known) => say(`newer: ${found}, ${known}`)(''),
  locked: say('locked'),
  cannotOpen: say('cannot open'),
  damaged: (_, problem) => say(problem)(''),
  diskFull: say('full'),
};

/** A diary whose format has had so many versions; each has one table more. */
function diary(versionCount: number): FileFormat<unknown> {
  const table = (version: number) => `CREATE TABLE v${version} (page TEXT)`;
  const upto = (version: number) => Array.from({ length: version }, (_, index) => table(index + 1));
  return {
    applicationId: 7,
    versions: Array.from({ length: versionCount }, (_, index) => upto(index + 1)),
    errors,
    create: (db) => db.exec("INSERT INTO v1 VALUES ('Dear diary')"),
    upgrade: (db, _, from) => {
      for (const sql of upto(versionCount).slice(from)) db.exec(sql);
    },
    check: (db) => single(db, 'SELECT page FROM v1'),
  };
}

function open(path: string, versionCount: number): unknown {
  return connectFile(path, errors, (db) => {
    const meta = openFile(db, path, diary(versionCount));
    db.close();
    return meta;
  });
}

describe('a file of SyncDB', () => {
  it('is made, opened again, and upgraded from any version before', () => {
    const path = makePath();
    expect([open(path, 1), open(path, 1), open(path, 3), open(path, 3)]).toEqual(
      Array(4).fill('Dear diary'),
    );
    expect(thrown(() => open(path, 2)).reason).toBe('newer: 3, 2');
  });

  it('is let go of where its opening fails', () => {
    const path = makePath();
    open(path, 1);
    const kept: SqlConnection[] = [];
    const other = (db: SqlConnection) => {
      kept.push(db);
      openFile(db, path, { ...diary(1), applicationId: 8 });
    };
    expect(thrown(() => connectFile(path, errors, other)).reason).toBe('not ours');
    expect(() => kept[0]!.exec('SELECT 1')).toThrow('not open');
    expect(open(path, 1)).toBe('Dear diary');
  });

  it('is not opened, and not made, in the middle of a repair', () => {
    const path = makePath();
    writeFileSync(repairMark(path), '');
    expect(thrown(() => open(path, 1)).reason).toContain('repair');
    expect(existsSync(path)).toBe(false);
  });

  it('[I9] is not made of what has a byte in it, which SQLite takes for empty', () => {
    const path = makePath();
    writeFileSync(path, 'S');
    expect(thrown(() => open(path, 1)).reason).toBe('not ours');
    expect(readFileSync(path, 'utf8')).toBe('S');
    writeFileSync(path, '');
    expect(open(path, 1)).toBe('Dear diary');
  });

  it('is told from what cannot be opened at all', () => {
    const connect = () => connectSqlite(join(makeFolder(), 'missing', 'test.db'));
    expect(thrown(() => connectFile('path', errors, () => {}, connect)).reason).toBe('cannot open');
  });

  it('says the same of a full disk, whoever finds it full', () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    expect(openError('path', errors, full).reason).toBe('full');
    // SQLITE_IOERR_SHMSIZE, and another error of the same kind.
    const ofSqlite = (errcode: number) => Object.assign(new Error('disk I/O error'), { errcode });
    expect(openError('path', errors, ofSqlite(4_874)).reason).toBe('full');
    expect(openError('path', errors, ofSqlite(778)).reason).toBe('cannot open');
  });
});
