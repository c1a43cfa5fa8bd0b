/**
 * For `node --import`: kills the process before it renames or removes a file, where `rename FROM TO` or `rm PATH` has what
 * SYNCDB_TEST_KILL_AT says.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const pattern = new RegExp(process.env.SYNCDB_TEST_KILL_AT!);
const { renameSync, rmSync } = fs;

function killAt(step: string): void {
  if (pattern.test(step)) process.kill(process.pid, 'SIGKILL');
}

fs.renameSync = (from, to) => {
  killAt(`rename ${from} ${to}`);
  renameSync(from, to);
};
fs.rmSync = (path, options) => {
  killAt(`rm ${path}`);
  rmSync(path, options);
};
syncBuiltinESMExports();
