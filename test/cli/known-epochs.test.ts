import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newestEpoch, snapshotsEpoch } from '../../src/cli/known-epochs.ts';
import { createLogFile } from '../../src/log/create-log.ts';
import { inspectFile } from '../../src/log/inspected-file.ts';
import { logFormat } from '../../src/log/log-file.ts';
import { openSqliteSnapshotStore } from '../../src/log/sqlite-snapshot-store.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { change, ruinPage } from '../log/support/damage.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';

const makeFolder = tempFolders();
const id = new Uint8Array(16);
const makePath = () => join(makeFolder(), 'main.syncdb');
const epochAt = (path: string) =>
  inspectFile(path, logFormat.errors, (db) => newestEpoch(db, path));

/** A log that was made in epoch 2 and began epoch 7 with its second record of three. */
function makeLog(): { path: string; model: ModelHome } {
  const path = makePath();
  createLogFile(path, { id, trimmed: 0, epoch: 2 });
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'a', {})]);
  model.records.push(model.home.beginEpoch('restored', 1, noonMs, 7));
  model.home.durable();
  model.write('ann', [put(itemTable, 'b', {})]);
  const log = openSqliteStore(path);
  log.append(0, model.records);
  log.close();
  return { path, model };
}

describe('the newest epoch of a log', () => {
  it('is that of the newest commit, or the one that the log names', () => {
    const path = makePath();
    createLogFile(path, { id, trimmed: 0, epoch: 2 });
    expect(epochAt(path)).toBe(2);
    expect(epochAt(makeLog().path)).toBe(7);
  });

  it.each<[string, (path: string) => void, number]>([
    [
      'the last record, which may have begun one',
      (path) => change(path, "UPDATE records SET bytes = x'00' WHERE position = 3"),
      8,
    ],
    ['what it says of itself', (path) => change(path, "UPDATE meta SET log_id = x'00'"), 8],
    ['its head', (path) => change(path, 'UPDATE meta SET head = 1'), 7],
    [
      'another record',
      (path) => change(path, "UPDATE records SET bytes = x'00' WHERE position = 1"),
      7,
    ],
  ])('[I2] is found out where a log is damaged: %s', (_, damage, epoch) => {
    const { path } = makeLog();
    damage(path);
    expect(epochAt(path)).toBe(epoch);
  });

  it('[I2] is also that of records behind a head that is older', () => {
    const { path } = makeLog();
    const before = makePath();
    createLogFile(before, { id, trimmed: 0, epoch: 2 });
    change(
      path,
      `DELETE FROM meta; ATTACH '${before}' AS old; INSERT INTO meta SELECT * FROM old.meta`,
    );
    expect(epochAt(path)).toBe(7);
  });

  it('is not told by a file without a table of records', () => {
    const { path } = makeLog();
    ruinPage(path, 1);
    expect(() => epochAt(path)).toThrow('is not a SyncDB log');
  });
});

it('the newest epoch of snapshots is that at which one ended, as far as they can be read', () => {
  const path = `${makePath()}-snapshots`;
  expect(snapshotsEpoch(path)).toBe(0);
  const { model } = makeLog();
  const store = openSqliteSnapshotStore(path);
  const snapshot = store.begin(3);
  for (const block of model.home.gather(id)) if (block !== undefined) store.add(snapshot, block);
  store.complete(snapshot);
  store.close();
  expect(snapshotsEpoch(path)).toBe(7);
  ruinPage(path, 1);
  expect(snapshotsEpoch(path)).toBe(0);
});
