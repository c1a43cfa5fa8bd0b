import { execFileSync } from 'node:child_process';
import { ensureProtos } from '../../scripts/protos.ts';
import { root, toolEnv } from '../../scripts/run.ts';

const files = ['shapes', 'editions', 'validated'];

/** The FileDescriptorSet that `buf build` writes for the protos of `testSchema`, imports included. */
export function testImage(): Uint8Array {
  ensureProtos();
  const paths = files.flatMap((name) => ['--path', `proto/test/v1/${name}.proto`]);
  const args = ['build', ...paths, '-o', '-'];
  return execFileSync('buf', args, { cwd: root, env: toolEnv, maxBuffer: 64 * 1024 * 1024 });
}
