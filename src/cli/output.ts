import { once } from 'node:events';
import { Writable } from 'node:stream';

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
 * The process's own streams. Where nobody reads what it writes any more (`| head`) a command that only reads ends, as asked
 * for: the reader has what it wanted. One that writes goes on, and says the rest to nobody.
 */
export function processStreams(readerGone: 'end' | 'go-on'): CommandStreams {
  const { stdin, stdout, stderr } = process;
  let isGone = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isGone = true;
    if (readerGone === 'end') process.exit(0);
  });
  if (readerGone === 'end') return { stdin, stdout, stderr };
  const output = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      if (isGone) done();
      else stdout.write(chunk, () => done());
    },
  });
  const { isTTY, columns } = stdout;
  return { stdin, stdout: Object.assign(output, { isTTY, columns }), stderr };
}
