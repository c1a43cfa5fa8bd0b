/** `npm run build`: emits `src` and `gen` to `dist`, as JavaScript with declarations, for those who install the package. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, runOrExit } from './run.ts';

// What was removed from `src` must not live on in `dist`.
rmSync(join(root, 'dist'), { recursive: true, force: true });
runOrExit('tsc', ['--project', 'tsconfig.build.json']);
