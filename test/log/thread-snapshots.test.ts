import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { openSqliteSnapshots } from '../../src/log/sqlite-snapshots.ts';
import { attachThreadSnapshots } from '../../src/log/thread-snapshots.ts';
import { take } from './snapshot-contract.ts';
import { record, records, rejection } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

describe('snapshots whose thread ends', () => {
  it('[I9] say so to who waits and to whoever comes later, and are found again', async () => {
    const path = join(makeFolder(), 'test.snapshots');
    const file = join(import.meta.dirname, '..', '..', 'src', 'log', 'snapshot-worker.ts');
    const worker = new Worker(file, { workerData: path });
    const store = await attachThreadSnapshots(worker, path);
    const info = await take(store, 1, records(1, 3));
    const writer = await store.begin(2);
    // It may be taken, or cut off with the thread.
    const added = writer.add(record(1, 1 << 20)).catch(() => {});
    await worker.terminate();
    const stopped = { code: 14, reason: 'SNAPSHOTS_STOPPED', metadata: { path } };
    await added;
    expect(await rejection(writer.complete())).toMatchObject(stopped);
    expect(await rejection(store.list())).toMatchObject(stopped);
    await store.close();
    const again = await openSqliteSnapshots({ path });
    expect(await again.list()).toEqual([info]);
    await again.close();
  });

  it('say why they do not start', async () => {
    const path = join(makeFolder(), 'test.snapshots');
    const worker = new Worker(join(import.meta.dirname, 'support', 'no-such-file.ts'));
    const error = await rejection(attachThreadSnapshots(worker, path));
    expect(error).toMatchObject({ code: 9, reason: 'SNAPSHOTS_CANNOT_OPEN', metadata: { path } });
  });
});
