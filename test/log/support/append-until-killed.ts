import { writeSync } from 'node:fs';
import { openSqliteLog } from '../../../src/log/sqlite-log.ts';
import { groupAt } from './groups.ts';

// A process that appends groups for ever to the log named by its argument, and says each head that it was
// promised, until it is killed.
const log = await openSqliteLog({ path: process.argv[2]! });
writeSync(1, `${log.head}\n`);
for (;;) {
  const head = await log.append(log.head, groupAt(log.head + 1));
  writeSync(1, `${head}\n`);
}
