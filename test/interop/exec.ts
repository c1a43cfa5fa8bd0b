/** Runs the tools of other languages. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { root, toolEnv } from '../../scripts/run.ts';

export interface ExecOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads on stdin; nothing by default. */
  readonly input?: string;
  /** After this it is ended, and has failed. 10 seconds by default. */
  readonly timeoutMs?: number;
  /** Called for each line of stdout as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Executed {
  /** Exit code; -1 where it was ended by a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in the repository's folder to its end. Rejects where it cannot be started. */
export function exec(
  command: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<Executed> {
  const { env = {}, input = '', timeoutMs = 10_000, onLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...toolEnv, ...env },
      timeout: timeoutMs,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    if (onLine !== undefined) createInterface({ input: child.stdout }).on('line', onLine);
    // A program that does not read its input to the end is free to do so.
    child.stdin.on('error', () => {}).end(input);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** What a program prints, on either of its outputs; undefined where there is no such program or it fails. */
export async function outputOf(
  command: string,
  args: readonly string[],
): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await exec(command, args);
    return code === 0 ? stdout + stderr : undefined;
  } catch {
    return undefined;
  }
}
