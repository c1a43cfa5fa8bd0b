import { SyncError } from '../base/errors.ts';

/**
 * What the process ends with: something failed, it was asked for in the wrong way, or it did what it was told and something
 * of that was refused. Ctrl-C ends it as a shell expects, with 130.
 */
export const exitCodes = { failure: 1, usage: 2, refused: 3 } as const;

/** What to do about a failure, by the reason of its SyncError. */
export type Hints = Readonly<Record<string, string>>;

/** Reasons that are of the command line alone. */
const usageReasons = new Set([
  'BAD_ADDRESS',
  'NOT_LOOPBACK',
  'BAD_DATABASE_NAME',
  'BAD_LIMIT',
  'BAD_LOG_LEVEL',
  'BAD_OPTION',
  'BAD_SWITCH',
]);

/** Runs a program. Where it fails, one line on stderr says why, and the process ends with one of `exitCodes`. */
export async function runProgram(
  name: string,
  program: () => Promise<void>,
  hints: Hints = {},
): Promise<void> {
  try {
    await program();
  } catch (error) {
    console.error(`${name}: ${failureText(error, hints)}`);
    const isUsage = error instanceof SyncError && usageReasons.has(error.reason);
    process.exitCode = isUsage ? exitCodes.usage : exitCodes.failure;
  }
}

/** What a person needs to know of a failure: a sentence where it was foreseen, else all that helps to mend it. */
export function failureText(error: unknown, hints: Hints = {}): string {
  if (error instanceof SyncError) {
    const hint = hints[error.reason];
    const isTold = error.message.includes('`syncdb ');
    return hint === undefined || isTold ? error.message : `${error.message}: ${hint}`;
  }
  if (!(error instanceof Error)) return String(error);
  // What the operating system refuses is nobody's bug.
  return isOfSystem(error) ? error.message : (error.stack ?? error.message);
}

/** Does something with a file; see `ofFile`. */
export async function namingFile<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw ofFile(path, error);
  }
}

/** What the operating system refuses of a file, with its name: of a read or a write it does not say it by itself. */
export function ofFile(path: string, error: unknown): unknown {
  if (!isOfSystem(error) || 'path' in error) return error;
  const { syscall } = error;
  const named = new Error(`${path}: ${error.message}`, { cause: error });
  return Object.assign(named, { syscall, path });
}

function isOfSystem(error: unknown): error is Error & { readonly syscall: unknown } {
  return error instanceof Error && 'syscall' in error;
}
