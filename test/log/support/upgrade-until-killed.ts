import { copyFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStore } from '../../../src/log/sqlite-store.ts';

// A process that upgrades the log named by its argument, and then copies of the oldest one beside it, until it is killed.
const [, , path] = process.argv;
const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'log-1.syncdb');
openSqliteStore(path!).close();
writeSync(1, '0\n');
for (let count = 1; ; count++) {
  const copy = `${path}-${count}.log`;
  copyFileSync(fixture, `${copy}.part`);
  // Whoever looks never sees half of a copy.
  renameSync(`${copy}.part`, copy);
  openSqliteStore(copy).close();
  writeSync(1, `${count}\n`);
}
