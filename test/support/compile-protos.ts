import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ensureProtos } from '../../scripts/protos.ts';
import { toolEnv } from '../../scripts/run.ts';

/** Compiles the protos below `paths` of the buf workspace in `folder`, imports left out, comments kept. */
export function compileProtos(folder: string, paths: readonly string[]): FileDescriptorProto[] {
  ensureProtos();
  const present = paths.filter((path) => existsSync(join(folder, path)));
  const args = [
    'build',
    '--exclude-imports',
    ...present.flatMap((path) => ['--path', path]),
    '-o',
    '-',
  ];
  const bytes = execFileSync('buf', args, {
    cwd: folder,
    env: toolEnv,
    maxBuffer: 64 * 1024 * 1024,
  });
  return fromBinary(FileDescriptorSetSchema, bytes).file;
}
