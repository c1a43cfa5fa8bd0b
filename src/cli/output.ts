import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Where a command reads and writes: the process's own streams, or a test's. */
export interface CommandStreams {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** Writes, and waits where the reader is slower. */
export async function write(output: OutputStream, data: string | Uint8Array): Promise<void> {
  if (!output.write(data)) await once(output, 'drain');
}

/**
 * The process's own streams. Where nobody reads what it writes any more (`| head`) the process ends, as asked for: the
 * reader has what it wanted.
 */
export function processStreams(): CommandStreams {
  const { stdin, stdout, stderr } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return { stdin, stdout, stderr };
}
