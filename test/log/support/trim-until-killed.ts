import { writeSync } from 'node:fs';
import { openSqliteLog } from '../../../src/log/sqlite-log.ts';
import { recordAt } from './record-at.ts';

// A process that appends to the log named by its argument and trims it at once, and says each position up to which it
// was promised to be trimmed, until it is killed.
const log = await openSqliteLog({ path: process.argv[2]! });
for (;;) {
  const first = log.head + 1;
  await log.append(
    log.head,
    Array.from({ length: 3_000 }, (_, index) => recordAt(first + index)),
  );
  const upto = log.head - 500;
  const trimming = log.trim(upto);
  await log.append(log.head, [recordAt(log.head + 1)]);
  await trimming;
  writeSync(1, `${upto}\n`);
}
