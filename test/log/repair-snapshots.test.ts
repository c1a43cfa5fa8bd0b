import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repairSnapshots } from '../../src/log/repair-snapshots.ts';
import { openSqliteSnapshotStore } from '../../src/log/sqlite-snapshot-store.ts';
import { verifySnapshots } from '../../src/log/verify-snapshots.ts';
import { change } from './support/damage.ts';
import { thrown } from './support/records.ts';
import { makeSnapshots, snapshotBlocks } from './support/snapshots.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const make = () => makeSnapshots(join(makeFolder(), 'test.snapshots'));

describe('repairing snapshots', () => {
  it('does nothing to sound ones', () => {
    const { path, infos } = make();
    const before = readFileSync(path);
    expect(repairSnapshots(path)).toMatchObject({ kept: infos });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['test.snapshots']);
  });

  it('[I9] keeps those that are whole, and the damaged file', () => {
    const { path, infos } = make();
    change(path, `UPDATE blocks SET crc = crc + 1 WHERE place = ${2 ** 25 + 3}`);
    const damaged = readFileSync(path);
    const repair = repairSnapshots(path);
    expect(repair).toMatchObject({ keptAs: `${path}.damaged-1`, kept: [infos[0], infos[2]] });
    expect(readFileSync(repair.keptAs!).equals(damaged)).toBe(true);
    const store = openSqliteSnapshotStore(path);
    const found = store.list();
    expect(found).toEqual(repair.kept.map((info, index) => ({ ...info, id: 2 - index })));
    expect(found.map(({ id }) => store.read(id, 0, 5))).toEqual([3, 1].map(snapshotBlocks));
    store.close();
    expect(repairSnapshots(path)).toEqual({ report: expect.anything(), kept: found });
  });

  it('[I9] keeps those aside that are of no use, though they are sound', () => {
    const { path, infos } = make();
    const before = readFileSync(path);
    const repair = repairSnapshots(path, { isUsable: ({ id }) => id !== infos[0]!.id });
    expect(repair).toMatchObject({ keptAs: `${path}.damaged-1`, kept: infos.slice(1) });
    expect(readFileSync(repair.keptAs!).equals(before)).toBe(true);
    expect(verifySnapshots(path)).toMatchObject({ problems: [], snapshots: [{}, {}] });
  });

  it('[I9] makes a file of one that only does not say what it is', () => {
    const { path, infos } = make();
    change(path, 'PRAGMA application_id = 7');
    const said: string[] = [];
    const repair = repairSnapshots(path, {
      describe: ({ problems }, keptAs) => `${problems.length} ${keptAs}`,
      say: (text) => said.push(text),
    });
    expect(repair).toMatchObject({ keptAs: `${path}.damaged-1`, kept: infos });
    expect(said).toEqual([`1 ${path}.damaged-1`]);
    expect(verifySnapshots(path)).toMatchObject({ problems: [], snapshots: [{}, {}, {}] });
  });

  it('[I9] leaves everything as it was where it cannot be written', () => {
    const { path } = make();
    change(path, 'UPDATE snapshots SET position = 99 WHERE id = 3');
    const before = readFileSync(path);
    mkdirSync(`${path}.repairing-new`);
    expect(thrown(() => repairSnapshots(path)).reason).toBe('SNAPSHOTS_CANNOT_OPEN');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path)).sort()).toEqual([
      ...['test.snapshots', 'test.snapshots.repairing-new'],
    ]);
  });
});
