import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packRecords, unpackRecords } from '../../src/log/record-pack.ts';
import { openSnapshotService } from '../../src/log/snapshot-service.ts';
import { records } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

describe('snapshots as their thread serves them', () => {
  it('answers each request with what the store says', () => {
    const { opened, answer, close } = openSnapshotService(join(makeFolder(), 'test.snapshots'));
    expect(opened).toEqual({ kind: 'opened' });
    expect(answer({ kind: 'begin', position: 4 })).toEqual({ kind: 'begun', id: 1 });
    const blocks = packRecords(records(1, 2));
    expect(answer({ kind: 'add', id: 1, blocks })).toEqual({ kind: 'done' });
    const completed = answer({ kind: 'complete', id: 1 });
    expect(completed).toMatchObject({ snapshot: { id: 1, position: 4, blockCount: 2 } });
    const slice = answer({ kind: 'read', id: 1, index: 0, end: 2 });
    expect(slice.kind === 'slice' && unpackRecords(slice.blocks)).toEqual(records(1, 2));
    expect(answer({ kind: 'begin', position: 5 })).toEqual({ kind: 'begun', id: 2 });
    expect(answer({ kind: 'abandon', id: 2 })).toEqual({ kind: 'done' });
    expect(answer({ kind: 'keep', ids: [] })).toEqual({ kind: 'done' });
    expect(answer({ kind: 'list' })).toEqual({ kind: 'listed', snapshots: [] });
    close();
  });
});
