import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureProtos } from '../../scripts/protos.ts';
import { root, runOrExit } from '../../scripts/run.ts';

/** Where all goes that the interop tests build; never committed. */
export const buildFolder = join(root, 'build', 'interop');

export interface ServerProcess {
  /** `127.0.0.1:40123`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Writes the descriptors of the tests' tables as a team would: with `buf build`. Returns the file. */
export function buildDescriptors(): string {
  ensureProtos();
  mkdirSync(buildFolder, { recursive: true });
  const file = join(buildFolder, 'tables.binpb');
  runOrExit('buf', ['build', '--path', join('proto', 'test'), '-o', file]);
  return file;
}

/** Starts a server of its own process, with empty databases of these tables. */
export async function startServerProcess(descriptors: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts'), descriptors], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [address] = await Promise.race([
    once(lines, 'line') as Promise<[string]>,
    exited.then(([code]) => {
      throw new Error(`the server ended with exit code ${code} before it listened`);
    }),
  ]);
  return {
    address,
    stop: async () => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(timer);
    },
  };
}
