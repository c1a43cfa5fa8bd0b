import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLogFile } from '../../src/log/create-log.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { change } from './support/damage.ts';
import { records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const id = Uint8Array.from({ length: 16 }, (_, index) => index);

it('a log goes on where another was', () => {
  const path = join(makeFolder(), 'test.log');
  createLogFile(path, { id, trimmed: 40, epoch: 3 });
  const log = openSqliteStore(path);
  expect([log.id, log.head, log.trimmed, log.epoch]).toEqual([id, 40, 40, 3]);
  expect(log.append(40, records(41, 2))).toBe(42);
  expect(log.read(40, 42).first).toBe(41);
  log.close();
});

it('never in the place of another', () => {
  const path = join(makeFolder(), 'test.log');
  createLogFile(path, { id, trimmed: 0, epoch: 0 });
  expect(thrown(() => createLogFile(path, { id, trimmed: 9, epoch: 9 }))).toMatchObject({
    reason: 'LOG_CANNOT_OPEN',
  });
  const log = openSqliteStore(path);
  expect(log.head).toBe(0);
  log.close();
});

it('where its folder is missing it says so, and makes nothing', () => {
  const path = join(makeFolder(), 'none', 'test.log');
  expect(thrown(() => createLogFile(path, { id, trimmed: 0, epoch: 0 }))).toMatchObject({
    reason: 'LOG_CANNOT_OPEN',
  });
  expect(existsSync(path)).toBe(false);
});

it('where the disk fails it is the log’s own error', () => {
  const path = join(makeFolder(), 'test.log');
  const epoch = Number.NaN;
  expect(thrown(() => createLogFile(path, { id, trimmed: 0, epoch }))).toMatchObject({
    reason: 'LOG_CANNOT_OPEN',
  });
  expect(() => change(path, 'SELECT 1')).not.toThrow();
});
