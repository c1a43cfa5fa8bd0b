/**
 * `npm run bench -- NAME`: hands over to the package in `bench/`, whose dependencies (other databases, other formats)
 * are heavy and so not in the root install. They are installed from its own lockfile when it has some and they are missing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runOrExit } from './run.ts';

const folder = join(root, 'bench');
const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  dependencies?: Record<string, string>;
};
const missing = Object.keys(dependencies).some(
  (name) => !existsSync(join(folder, 'node_modules', name)),
);
if (missing) runOrExit('npm', ['ci', '--no-fund', '--no-audit'], { cwd: folder });
runOrExit('node', ['--expose-gc', join(folder, 'run.ts'), ...process.argv.slice(2)]);
