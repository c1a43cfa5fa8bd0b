/**
 * Holds `proto/syncdb` against `proto/image.binpb`, the protos as they were promised last, so that no change breaks a
 * client in silence. `--update` makes what is there now the new promise: do that in a commit that says why.
 */
import { join } from 'node:path';
import { ensureProtos } from './protos.ts';
import { root, runOrExit } from './run.ts';

const image = join('proto', 'image.binpb');

process.chdir(root);
ensureProtos();
if (process.argv.includes('--update')) {
  // Without source info the image changes only when the protos do, not when a comment does.
  const only = ['--path', join('proto', 'syncdb')];
  runOrExit('buf', ['build', ...only, '--exclude-source-info', '--output', image]);
} else {
  runOrExit('buf', ['breaking', 'proto', '--against', image]);
}
