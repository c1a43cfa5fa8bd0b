import { SyncError } from '../base/errors.ts';

/** What the process ends with: something failed, or it was asked for in the wrong way. */
export const exitCodes = { failure: 1, usage: 2 } as const;

/** What to do about a failure, by the reason of its SyncError. */
export type Hints = Readonly<Record<string, string>>;

/** Runs a program. Where it fails, one line on stderr says why, and the process ends with code 1. */
export async function runProgram(
  name: string,
  program: () => Promise<void>,
  hints: Hints = {},
): Promise<void> {
  try {
    await program();
  } catch (error) {
    console.error(`${name}: ${failureText(error, hints)}`);
    process.exitCode = exitCodes.failure;
  }
}

/** What a person needs to know of a failure: a sentence where it was foreseen, else all that helps to mend it. */
export function failureText(error: unknown, hints: Hints = {}): string {
  if (error instanceof SyncError) {
    const hint = hints[error.reason];
    return hint === undefined ? error.message : `${error.message}: ${hint}`;
  }
  if (!(error instanceof Error)) return String(error);
  // What the operating system refuses is nobody's bug, and its own message names the file.
  const isForeseen = 'syscall' in error;
  return isForeseen ? error.message : (error.stack ?? error.message);
}
