import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLogThere } from '../../src/log/missing-log.ts';
import { repairMark } from '../../src/log/sqlite-file.ts';
import { openSqliteSnapshotStore } from '../../src/log/sqlite-snapshot-store.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { thrown } from './support/records.ts';
import { makeSnapshots } from './support/snapshots.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

function setUp() {
  const folder = makeFolder();
  return { folder, log: join(folder, 'main.log'), snapshots: join(folder, 'main.snapshots') };
}

describe('a log that is not there', () => {
  it('may be made where no snapshots are', () => {
    const { log, snapshots } = setUp();
    checkLogThere(log, snapshots);
    writeFileSync(snapshots, '');
    checkLogThere(log, snapshots);
    openSqliteSnapshotStore(snapshots).close();
    checkLogThere(log, snapshots);
    expect(existsSync(log)).toBe(false);
  });

  it.each([
    ['missing', (_: string) => {}],
    ['empty', (log: string) => writeFileSync(log, '')],
  ])(
    '[I9] is none that is new where snapshots are: it is %s, and nothing is changed',
    (_, make) => {
      const { folder, log, snapshots } = setUp();
      makeSnapshots(snapshots);
      make(log);
      const before = readdirSync(folder);
      const error = thrown(() => checkLogThere(log, snapshots));
      expect(error).toMatchObject({
        code: 15,
        reason: 'LOG_MISSING',
        metadata: { path: log, snapshots },
      });
      expect(error.message).toContain(log);
      expect(error.message).toContain(snapshots);
      expect(readdirSync(folder)).toEqual(before);
      writeFileSync(log, 'something');
      checkLogThere(log, snapshots);
      rmSync(snapshots);
      writeFileSync(log, '');
      checkLogThere(log, snapshots);
    },
  );

  it('[I9] is none that is new where a damaged file may have snapshots', () => {
    const { log, snapshots } = setUp();
    writeFileSync(snapshots, 'S'.repeat(40_000));
    expect(thrown(() => checkLogThere(log, snapshots)).reason).toBe('LOG_MISSING');
  });

  it.each([
    ['missing', (_: string) => {}],
    ['empty', (path: string) => writeFileSync(path, '')],
    ['of one byte', (path: string) => writeFileSync(path, 'x')],
  ])('[I9] is none that is new where snapshots are %s beside their write-ahead log', (_, make) => {
    const { log, snapshots } = setUp();
    make(snapshots);
    writeFileSync(`${snapshots}-wal`, 'blocks');
    expect(thrown(() => checkLogThere(log, snapshots)).reason).toBe('LOG_MISSING');
    expect(readFileSync(`${snapshots}-wal`, 'utf8')).toBe('blocks');
  });

  it('is elsewhere in the middle of an exchange, which whoever opens it says', () => {
    const { log, snapshots } = setUp();
    makeSnapshots(snapshots);
    writeFileSync(repairMark(log), '');
    checkLogThere(log, snapshots);
    expect(thrown(() => openSqliteStore(log)).message).toContain('cut short');
  });

  it('cannot be told of while somebody has the snapshots open', () => {
    const { log, snapshots } = setUp();
    const store = openSqliteSnapshotStore(snapshots);
    expect(thrown(() => checkLogThere(log, snapshots)).reason).toBe('SNAPSHOTS_LOCKED');
    store.close();
  });
});
