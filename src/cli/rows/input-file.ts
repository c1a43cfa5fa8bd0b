import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { namingFile, ofFile } from '../failure.ts';
import { badOption } from '../option-error.ts';
import type { CommandStreams } from '../output.ts';
import { type FileFormat, formatOfName } from './row-format.ts';

/** A file that a command reads, or what is piped to it. */
export interface InputFile {
  readonly name: string;
  readonly format: FileFormat;
  /** Undefined of what has no size of its own, as a pipe. */
  readonly bytes: number | undefined;
  /** Its bytes, once. */
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * The files of these names, or stdin where there are none, and for `-`. What the format is says `format`, else the name, else
 * it is ndjson. Raises what the operating system says of a file that is not there, before any is read.
 */
export async function inputFiles(
  names: readonly string[],
  format: FileFormat | undefined,
  { stdin }: Pick<CommandStreams, 'stdin'>,
): Promise<InputFile[]> {
  const asked = names.length === 0 ? ['-'] : names;
  if (asked.filter((name) => name === '-').length > 1) {
    throw badOption('files', 'stdin (-) can be read once only');
  }
  return Promise.all(
    asked.map(async (name) => {
      if (name === '-') {
        return { name: 'stdin', format: format ?? 'ndjson', bytes: undefined, chunks: () => stdin };
      }
      const found = await namingFile(name, () => stat(name));
      const known = format ?? formatOfName(name);
      if (known === undefined) {
        throw badOption(
          'format',
          `what ${name} has its name does not say: json, ndjson, csv or binary`,
        );
      }
      const bytes = found.isFile() ? found.size : undefined;
      return { name, format: known, bytes, chunks: () => fileChunks(name) };
    }),
  );
}

async function* fileChunks(name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(name, { highWaterMark: 1 << 18 });
  } catch (error) {
    throw ofFile(name, error);
  }
}
