import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteSnapshotStore } from '../../src/log/sqlite-snapshot-store.ts';
import { verifySnapshots } from '../../src/log/verify-snapshots.ts';
import { change } from './support/damage.ts';
import { thrown } from './support/records.ts';
import { makeSnapshots, snapshotBlocks } from './support/snapshots.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const make = () => makeSnapshots(join(makeFolder(), 'test.snapshots'));

describe('verifying snapshots', () => {
  it('finds nothing in sound ones, and writes nothing', () => {
    const { path, infos } = make();
    const before = readFileSync(path);
    expect(verifySnapshots(path)).toEqual({
      ...{ path, unsound: [], problems: [] },
      snapshots: infos.map((snapshot) => ({ snapshot, goodBlocks: 5, damaged: [] })),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('[I9] names the blocks that are damaged, and rows, and pages', () => {
    const { path, infos } = make();
    change(path, `DELETE FROM blocks WHERE place = ${2 ** 25 + 3}`);
    change(path, `UPDATE blocks SET crc = crc + 1 WHERE place = ${2 ** 24}`);
    change(path, 'UPDATE snapshots SET position = 99 WHERE id = 3');
    const { snapshots, unsound, problems } = verifySnapshots(path);
    expect(snapshots.map(({ snapshot }) => snapshot)).toEqual(infos.slice(1));
    expect(snapshots.map(({ goodBlocks }) => goodBlocks)).toEqual([4, 4]);
    expect(snapshots.map(({ damaged }) => damaged.map(({ block }) => block))).toEqual([[3], [0]]);
    expect(snapshots[0]!.damaged[0]!.problem).toContain('it is missing');
    expect([unsound, problems]).toEqual([[3], []]);
    writeFileSync(`${path}.repairing`, '');
    expect(verifySnapshots(path).problems).toEqual(['a repair of it was cut short']);
  });

  it('[I9] reads a file that only does not say what it is, and gives every sound block', () => {
    const { path, infos } = make();
    change(path, 'PRAGMA application_id = 7');
    const given: [number, Uint8Array][] = [];
    const report = verifySnapshots(path, { onBlock: ({ id }, bytes) => given.push([id, bytes]) });
    expect(report.problems).toEqual([
      'it does not say that it has snapshots, or not of which format',
    ]);
    expect(report.snapshots.map(({ snapshot }) => snapshot)).toEqual(infos);
    expect(given).toEqual(
      [3, 2, 1].flatMap((id) => snapshotBlocks(id).map((bytes) => [id, bytes])),
    );
  });

  it('refuses what is in use, or no file of snapshots', () => {
    const { path } = make();
    const store = openSqliteSnapshotStore(path);
    expect(thrown(() => verifySnapshots(path)).reason).toBe('SNAPSHOTS_LOCKED');
    store.close();
    change(path, 'PRAGMA user_version = 2');
    expect(thrown(() => verifySnapshots(path)).reason).toBe('SNAPSHOTS_VERSION');
    change(path, 'PRAGMA user_version = 1; PRAGMA application_id = 7');
    expect(thrown(() => openSqliteSnapshotStore(path)).reason).toBe('NOT_SNAPSHOTS');
    change(path, 'DROP TABLE blocks');
    expect(thrown(() => verifySnapshots(path)).reason).toBe('NOT_SNAPSHOTS');
    change(path, `PRAGMA application_id = ${0x53444253}`);
    expect(thrown(() => openSqliteSnapshotStore(path)).reason).toBe('SNAPSHOT_CORRUPT');
  });
});
