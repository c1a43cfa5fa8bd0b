/** Streams of a command in a test, and options for the server of a test. */
import { Readable, Writable } from 'node:stream';
import type { CommandStreams } from '../../../src/cli/output.ts';
import type { RemoteOptions } from '../../../src/cli/remote/remote-options.ts';

export interface TestStreams extends CommandStreams {
  /** What was written so far. */
  readonly out: () => string;
  readonly outBytes: () => Uint8Array;
  readonly err: () => string;
}

export interface TestStreamOptions {
  readonly input?: string | Uint8Array;
  /** Whether what it writes goes to a terminal. */
  readonly isTerminal?: boolean;
}

export function testStreams({
  input = '',
  isTerminal = false,
}: TestStreamOptions = {}): TestStreams {
  const [out, err] = [collector(isTerminal), collector(isTerminal)];
  return {
    stdin: Readable.from([Buffer.from(input)]),
    stdout: out.stream,
    stderr: err.stream,
    out: () => out.bytes().toString(),
    outBytes: () => new Uint8Array(out.bytes()),
    err: () => err.bytes().toString(),
  };
}

function collector(isTTY: boolean) {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY, columns: 100 }),
    bytes: () => Buffer.concat(chunks),
  };
}

/** Options as commander gives them where nothing is said, but for the server. */
export function remoteOptions(server: string, database = 'field'): RemoteOptions {
  return { server, database, timeout: 10_000, header: [] };
}
