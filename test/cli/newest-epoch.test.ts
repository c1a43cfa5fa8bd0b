import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newestEpoch } from '../../src/cli/newest-epoch.ts';
import { createLogFile } from '../../src/log/create-log.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';

const makeFolder = tempFolders();
const id = new Uint8Array(16);

it('is that of the newest commit, or the one that the log names', () => {
  const path = join(makeFolder(), 'main.syncdb');
  expect(newestEpoch(path)).toBe(0);
  createLogFile(path, { id, trimmed: 0, epoch: 2 });
  expect(newestEpoch(path)).toBe(2);
  const model = new ModelHome();
  const log = openSqliteStore(path);
  log.append(0, [model.home.beginEpoch('restored', 0, noonMs, 7)]);
  log.close();
  expect(newestEpoch(path)).toBe(7);
});
