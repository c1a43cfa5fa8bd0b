/** Runs the tools of node_modules/.bin, and says how it went. */
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** The repository's folder: every script works from there, wherever it was started. */
export const root = join(import.meta.dirname, '..');

/**
 * The environment in which the tools are found. They start with `#!/usr/bin/env node` and need Node 24 whatever the
 * machine has, so the folder with the `node` package's binary goes first on the path.
 */
export const toolEnv: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
};

export interface RunOptions {
  /** The folder to run in; the repository's by default. */
  readonly cwd?: string;
}

/** Runs a tool with its output on the terminal; true when it ended well. Throws where it cannot be started. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): boolean {
  const result = spawnSync(command, args, {
    cwd: options.cwd ?? root,
    env: toolEnv,
    stdio: ['ignore', 'inherit', 'inherit'],
    // On Windows the tools are .cmd files, which only a shell starts.
    shell: process.platform === 'win32',
  });
  if (result.error !== undefined) throw result.error;
  return result.status === 0;
}

/** The same for a step that nothing can go on without. */
export function runOrExit(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): void {
  if (!run(command, args, options)) process.exit(1);
}
