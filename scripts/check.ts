/**
 * `npm run check`, the one gate before a commit. Runs every step even after a failure, so that one run tells all there
 * is to mend, and ends with a line for each. The tests are apart, in `npm test`.
 */
import { join } from 'node:path';
import { ensureProtos } from './protos.ts';
import { run } from './run.ts';

const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['lint and format', 'biome', 'check', '--error-on-warnings', '.'],
  ['types', 'tsc', '--noEmit'],
  ['proto lint', 'buf', 'lint'],
  ['proto format', 'buf', 'format', '--diff', '--exit-code', 'proto'],
  ['proto promises', 'node', join('scripts', 'image.ts')],
  ['generated code', 'node', join('scripts', 'generate.ts'), '--check'],
  // Without arguments the simulator makes its short run.
  ['simulation', 'node', join('test', 'sim', 'run.ts')],
];

ensureProtos();
const lines = steps.map(([name, command, ...args]) => {
  console.log(`\n== ${name}: ${[command, ...args].join(' ')}`);
  const startMs = performance.now();
  const ok = run(command, args);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  return { ok, text: `${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)` };
});

console.log(`\n${lines.map((line) => line.text).join('\n')}`);
if (lines.some((line) => !line.ok)) process.exitCode = 1;
