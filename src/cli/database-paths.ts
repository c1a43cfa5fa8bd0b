import { join } from 'node:path';
import { invalidField } from '../base/errors.ts';

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
  const log = join(folder, `${name}.syncdb`);
  return { log, snapshots: `${log}-snapshots` };
}
