/** Programs of this repository as real processes, with what they print. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export interface ProgramEnd {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly pid: number;
  /** Resolves with all of stdout as soon as it has `text`; rejects when the program ends without it. */
  prints(text: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<ProgramEnd>;
}

/** Starts `node FILE ...args` in the repository's folder; `command` is what to run instead of node and a file. */
export function startProgram(command: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const [file, ...args] = command.at(0)?.match(/\.[jt]s$/)
    ? [process.execPath, ...command]
    : command;
  const child = spawn(file!, args, {
    cwd: root,
    // What a server says of each session is nothing that most tests look for in what it prints.
    env: { ...process.env, SYNCDB_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...printed }));
  });
  return {
    pid: child.pid!,
    ended,
    kill: (signal) => child.kill(signal),
    prints: async (text) => {
      const seen = new Promise<string>((resolve) => {
        const look = () => {
          if (printed.stdout.includes(text)) resolve(printed.stdout);
        };
        child.stdout.on('data', look);
        look();
      });
      const without = ended.then(({ code, stderr }) => {
        if (printed.stdout.includes(text)) return printed.stdout;
        throw new Error(`ended with ${code} without printing ${JSON.stringify(text)}: ${stderr}`);
      });
      return Promise.race([seen, without]);
    },
  };
}

/** Runs a program to its end. */
export function runProgram(
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ProgramEnd> {
  return startProgram(command, env).ended;
}
