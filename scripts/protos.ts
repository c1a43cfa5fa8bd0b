/**
 * Puts the protos of others that ours import into `build/protos`, out of the npm packages that carry them. Runs in
 * no time when they are there and of the right versions, so every script that needs them just calls it first.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { protoText } from './proto-text.ts';
import { root } from './run.ts';

const target = join(root, 'build', 'protos');
/** What npm packages carry as files: where it stands in the package, and the name under which it is imported. */
const copied = [
  ...['google/rpc/code.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'].map(
    (name) => ({ packageName: 'google-gax', path: `build/protos/${name}`, name }),
  ),
  {
    packageName: 'grpc-health-check',
    path: 'proto/health/v1/health.proto',
    name: 'grpc/health/v1/health.proto',
  },
  {
    packageName: '@grpc/reflection',
    path: 'build/proto/grpc/reflection/v1/reflection.proto',
    name: 'grpc/reflection/v1/reflection.proto',
  },
] as const;

/** Makes `build/protos` anew where it is missing or older than the packages or than these scripts. */
export function ensureProtos(): void {
  const stamp = stampText();
  const stampFile = join(target, 'stamp.txt');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;

  const isStale = existsSync(target);

  // Written aside and renamed, since two scripts may start at the same time and neither may see half of it;
  // the one that comes second finds the first one's work and is content with it.
  const fresh = `${target}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  try {
    fill(fresh);
    writeFileSync(join(fresh, 'stamp.txt'), stamp);
    if (isStale) rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
  } catch (error) {
    if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function fill(folder: string): void {
  for (const { packageName, path, name } of copied) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(root, 'node_modules', packageName, path), join(folder, name));
  }
  const validate = join(folder, 'buf', 'validate', 'validate.proto');
  const heading = `Printed out of the descriptor in @bufbuild/protovalidate ${version('@bufbuild/protovalidate')}.`;
  mkdirSync(dirname(validate), { recursive: true });
  writeFileSync(validate, protoText(file_buf_validate_validate, heading));
}

function stampText(): string {
  const scripts = ['protos.ts', 'proto-text.ts'].map((name) =>
    readFileSync(join(import.meta.dirname, name)),
  );
  const hash = createHash('sha256');
  for (const script of scripts) hash.update(script);
  const names = [
    '@bufbuild/protovalidate',
    ...new Set(copied.map(({ packageName }) => packageName)),
  ];
  const packages = names.map((name) => `${name} ${version(name)}\n`);
  return `${packages.join('')}scripts ${hash.digest('hex')}\n`;
}

function version(packageName: string): string {
  const text = readFileSync(join(root, 'node_modules', packageName, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

if (import.meta.main) ensureProtos();
