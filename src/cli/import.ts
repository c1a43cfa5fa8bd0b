import { readFile } from 'node:fs/promises';
import type { Outcome } from '../change/commit.ts';
import { decodeEditsFile, type EditsFile } from '../client/edits-file.ts';
import { importEdits } from '../client/import-edits.ts';
import { exitCodes, namingFile } from './failure.ts';
import { badOption } from './option-error.ts';
import { type CommandStreams, write } from './output.ts';
import { headerParts, type RemoteOptions } from './remote/remote-options.ts';
import { whenLoaded } from './remote/when-loaded.ts';
import { jsonText } from './rows/json-text.ts';

/** The options of `syncdb import`; its database is that of the files, unless another one is named. */
export type ImportFileOptions = Omit<RemoteOptions, 'schema' | 'database'> & {
  readonly database?: string;
};

/**
 * `syncdb import`: brings files of edits to a server, which orders each edit once. Says of each what became of it, and ends with
 * 3 where one was refused or could not be ordered.
 */
export async function importFiles(
  files: readonly string[],
  options: ImportFileOptions,
  { stdout }: CommandStreams,
): Promise<void> {
  let refused = 0;
  for (const path of files) {
    const bytes = await namingFile(path, () => readFile(path));
    const file = await decodeEditsFile(new Uint8Array(bytes));
    checkDatabase(file, path, options.database);
    const to = { url: options.server, metadata: metadataOf(options), deadlineMs: options.timeout };
    const outcomes = await whenLoaded(options.timeout, () => importEdits(file, to));
    for (const outcome of outcomes) {
      if (outcome.status !== 'committed' && outcome.status !== 'held') refused++;
      await write(stdout, toldText(path, outcome, stdout.isTTY === true));
    }
  }
  if (refused > 0) process.exitCode = exitCodes.refused;
}

function checkDatabase({ database }: EditsFile, path: string, asked: string | undefined): void {
  if (asked === undefined || asked === database) return;
  throw badOption('database', `${path} has edits of database ${database}`);
}

function metadataOf({ token, header }: ImportFileOptions): Record<string, string> {
  const metadata = Object.fromEntries(header.map(headerParts));
  return token === undefined ? metadata : { ...metadata, authorization: `Bearer ${token}` };
}

function toldText(file: string, outcome: Outcome, isForPeople: boolean): string {
  const { replica: replicaId, counter, status, refusal, conflicts } = outcome;
  const { reason, message } = refusal ?? {};
  if (!isForPeople) {
    return `${jsonText({ file, replicaId, counter: String(counter), status, reason, message, conflicts })}\n`;
  }
  const why = reason === undefined ? '' : `: ${reason}, ${message}`;
  return `${file}: ${replicaId}/${counter} ${status}${why}\n`;
}
