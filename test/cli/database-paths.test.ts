import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { databasePaths, pathsOfExisting } from '../../src/cli/database-paths.ts';
import { thrown } from '../log/support/records.ts';
import { tempFolders } from '../log/support/temp-folder.ts';

const makeFolder = tempFolders();

test('a database has a log and snapshots, which no other database can have', () => {
  expect(databasePaths('data', 'main')).toEqual({
    log: 'data/main.syncdb',
    snapshots: 'data/main.syncdb-snapshots',
  });
  expect(databasePaths('data', 'main.syncdb-snapshots').log).not.toBe(
    databasePaths('data', 'main').snapshots,
  );
});

test.each(['', '.hidden', '-flag', '../up', 'a/b', 'ü', 'x'.repeat(65)])(
  'the name %j is BAD_DATABASE_NAME',
  (name) => {
    expect(() => databasePaths('data', name)).toThrow(
      expect.objectContaining({ reason: 'BAD_DATABASE_NAME' }),
    );
  },
);

test('one that is not there is NO_DATABASE, which names those that are', () => {
  const folder = makeFolder();
  const message = (name: string, of = folder) => thrown(() => pathsOfExisting(of, name)).message;
  expect(message('main')).toBe(`there is no database main in ${folder}, nor any other`);
  expect(message('main', join(folder, 'no'))).toContain('/no, nor any other');
  for (const file of ['field.syncdb', 'field.syncdb-wal', 'old.syncdb-snapshots', 'notes'])
    writeFileSync(join(folder, file), '');
  expect(message('main')).toBe(`there is no database main in ${folder}, but field, old`);
  expect(thrown(() => pathsOfExisting(folder, 'main'))).toMatchObject({ reason: 'NO_DATABASE' });
});

test.each(['', '-wal', '-snapshots', '-snapshots-wal', '.repairing'])(
  'one is there as soon as its file of the ending %j is, whatever else is missing',
  (ending) => {
    const folder = makeFolder();
    const { log } = databasePaths(folder, 'main');
    writeFileSync(log + ending, ending.endsWith('-wal') ? 'commits' : '');
    expect(pathsOfExisting(folder, 'main').log).toBe(log);
  },
);
