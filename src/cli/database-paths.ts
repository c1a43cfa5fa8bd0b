import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import { isWalLeft, repairMark } from '../log/sqlite-file.ts';

/** The files of a database. */
export interface DatabasePaths {
  readonly log: string;
  readonly snapshots: string;
}

/** Names that are a file of that name on every system. */
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** INVALID_ARGUMENT BAD_DATABASE_NAME where a name cannot be that of a file. */
export function databasePaths(folder: string, name: string): DatabasePaths {
  if (!namePattern.test(name)) {
    const rule =
      'must be 1 to 64 characters of A-Z a-z 0-9 _ . - and begin with none of the last two';
    throw invalidField('database', 'BAD_DATABASE_NAME', rule);
  }
  const log = join(folder, `${name}${logEnding}`);
  return { log, snapshots: `${log}${snapshotsEnding}` };
}

const logEnding = '.syncdb';
const snapshotsEnding = '-snapshots';

/** Whether there is a file, or one is just being exchanged. */
export function isThere(path: string): boolean {
  return existsSync(path) || existsSync(repairMark(path));
}

/** Whether there is anything of a file, if only its write-ahead log. */
export function isLeft(path: string): boolean {
  return isThere(path) || isWalLeft(path);
}

/** The files of a database of which there is one at least: else NOT_FOUND NO_DATABASE, which names those that there are. */
export function pathsOfExisting(folder: string, name: string): DatabasePaths {
  const paths = databasePaths(folder, name);
  if (isLeft(paths.log) || isLeft(paths.snapshots)) return paths;
  const others = databasesIn(folder);
  const there = others.length === 0 ? 'nor any other' : `but ${others.join(', ')}`;
  throw new SyncError(
    Code.notFound,
    'NO_DATABASE',
    `there is no database ${name} in ${folder}, ${there}`,
    { metadata: { database: name, folder } },
  );
}

/** Names of the databases in a folder, of which perhaps only snapshots are left. */
function databasesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).flatMap((file) => {
    const log = file.endsWith(snapshotsEnding) ? file.slice(0, -snapshotsEnding.length) : file;
    return log.endsWith(logEnding) ? [log.slice(0, -logEnding.length)] : [];
  });
  return [...new Set(names)].sort();
}
