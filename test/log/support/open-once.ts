import { Code, type SyncError } from '../../../src/base/errors.ts';
import { openSqliteLog } from '../../../src/log/sqlite-log.ts';

// A process that opens the log named by its argument, says how that went, and ends by itself.
try {
  const log = await openSqliteLog({ path: process.argv[2]! });
  process.stdout.write(`head ${log.head}\n`);
  await log.close();
} catch (error) {
  const { code, reason } = error as SyncError;
  process.stdout.write(
    `${code === Code.failedPrecondition ? 'FAILED_PRECONDITION' : code} ${reason}\n`,
  );
}
