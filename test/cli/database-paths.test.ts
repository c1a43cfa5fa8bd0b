import { expect, test } from 'vitest';
import { databasePaths } from '../../src/cli/database-paths.ts';

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
