import { describe, expect, it } from 'vitest';
import type { SyncError } from '../../src/base/errors.ts';
import * as errors from '../../src/log/snapshot-errors.ts';

const cause = new Error('disk I/O error');
const path = '/data/team.snapshots';
const at = { snapshot: 3, block: 7 };

describe('an error of the snapshots', () => {
  it.each<[string, number, SyncError, object]>([
    ['SNAPSHOTS_CLOSED', 9, errors.snapshotsClosed(), {}],
    ['SNAPSHOTS_STOPPED', 14, errors.snapshotsStopped(path), { path }],
    ['SNAPSHOTS_STOPPED', 14, errors.snapshotsStopped(path, cause), { path }],
    ['SNAPSHOT_DISK_FULL', 8, errors.snapshotDiskFull(path, cause), { path }],
    [
      'SNAPSHOT_CORRUPT',
      15,
      errors.snapshotCorrupt(path, at, 'it is gone'),
      { path, snapshot: '3', block: '7' },
    ],
    ['SNAPSHOT_CORRUPT', 15, errors.snapshotCorrupt(path, undefined, 'it is gone'), { path }],
    ['NOT_SNAPSHOTS', 15, errors.notSnapshots(path), { path }],
    ['SNAPSHOTS_VERSION', 9, errors.snapshotsVersion(path, 2, 1), { path, found: '2', known: '1' }],
    ['SNAPSHOTS_LOCKED', 9, errors.snapshotsLocked(path, cause), { path }],
    ['SNAPSHOTS_CANNOT_OPEN', 9, errors.snapshotsCannotOpen(path, cause), { path }],
  ])('is one line with its facts apart: %s', (reason, code, error, metadata) => {
    expect(error).toMatchObject({ reason, code });
    expect(error.metadata).toEqual(metadata);
    expect(error.message).not.toContain('\n');
    if ('path' in metadata) expect(error.message).toContain(path);
  });

  it('says what lies below it, where that is known', () => {
    expect(errors.snapshotsStopped(path, cause).message).toContain('(disk I/O error)');
    expect(errors.snapshotsStopped(path).message).not.toContain('(');
  });
});
