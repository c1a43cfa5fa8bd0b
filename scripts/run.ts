/** Runs the tools of node_modules/.bin, and says how it went. */
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** The repository's folder: every script works from there, wherever it was started. */
export const root = join(import.meta.dirname, '..');

/**
 * Runs one tool with its output on the terminal, or captured in `output` when `quiet`.
 * The tools' own `#!/usr/bin/env node` must find Node 24 too, so node_modules/.bin goes first on the path.
 */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly quiet?: boolean } = {},
): { readonly ok: boolean; readonly output: string } {
  const bin = join(root, 'node_modules', '.bin');
  const result = spawnSync(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
    stdio: ['ignore', options.quiet ? 'pipe' : 'inherit', options.quiet ? 'pipe' : 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (result.error !== undefined) throw result.error;
  return { ok: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}` };
}

/** The same for a step that nothing can go on without. */
export function runOrExit(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): void {
  if (!run(command, args, options).ok) process.exit(1);
}
