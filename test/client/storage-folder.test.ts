import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  fileProblem,
  journalFiles,
  journalGenerations,
  journalPath,
} from '../../src/client/storage-folder.ts';
import { tempFolders } from '../log/support/temp-folder.ts';

const makeFolder = tempFolders();

test('journals are known by name, each behind what SQLite keeps beside it', () => {
  const path = join(makeFolder(), 'client.db');
  for (const end of ['', '-wal', '.2', '.2-wal', '.10-shm', '.10', '.old', '.01', '.1x', '2.1']) {
    writeFileSync(`${path}${end}`, '');
  }
  expect(journalPath(path, 10)).toBe(`${path}.10`);
  expect(journalGenerations(path)).toEqual([2, 10]);
  const names = journalFiles(path).map(({ name }) => name.slice('client.db'.length));
  expect(names).toEqual(['.2-wal', '.2', '.10-shm', '.10']);
  expect(journalGenerations(join(path, 'no folder', 'client.db'))).toEqual([]);
});

test('a file that is missing, or empty, has nothing; a folder is another matter', () => {
  const path = join(makeFolder(), 'client.db');
  expect(fileProblem(path)).toBe('it is missing');
  writeFileSync(path, '');
  expect(fileProblem(path)).toBe('it is empty');
  writeFileSync(path, 'x');
  expect(fileProblem(path)).toBeUndefined();
  rmSync(path);
  mkdirSync(path);
  writeFileSync(join(path, 'x'), '');
  expect(fileProblem(path)).toBeUndefined();
});
