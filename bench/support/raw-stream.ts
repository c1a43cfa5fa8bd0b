import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';

/** What passed on a connection so far, both ways apart, with HTTP/2 and all; without TCP's own headers. */
export interface PassedBytes {
  readonly sent: number;
  readonly received: number;
}

/** One gRPC stream on a TCP connection of its own. */
export interface RawStream {
  send(message: Uint8Array): void;
  readonly passed: PassedBytes;
  /** Cuts the connection. */
  close(): void;
}

export interface RawStreamOptions {
  readonly port: number;
  /** As `/package.Service/Method`. */
  readonly path: string;
  /** Its bytes may be a view of what came. */
  readonly onMessage: (message: Uint8Array) => void;
  /** The stream has ended, or could not be opened, before `close`. */
  readonly onEnd: (why: string) => void;
}

/** A flag, which says that a message is not compressed, and its length. */
const prefixBytes = 5;

/**
 * A client so light that one process has thousands, each on its own connection: HTTP/2 as Node has it, and messages
 * as bytes. It takes less time for a message than grpc-js, so that what is measured is the server.
 */
export function openRawStream(options: RawStreamOptions): RawStream {
  return new Http2Stream(options);
}

class Http2Stream implements RawStream {
  private readonly onMessage: RawStreamOptions['onMessage'];
  private readonly socket: Socket;
  private readonly session: ClientHttp2Session;
  private readonly stream: ClientHttp2Stream;
  private rest: Buffer = Buffer.alloc(0);
  private isClosed = false;

  constructor({ port, path, onMessage, onEnd }: RawStreamOptions) {
    this.onMessage = onMessage;
    this.socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
    this.session = connect(`http://127.0.0.1:${port}`, { createConnection: () => this.socket });
    this.stream = this.session.request(
      { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
      { endStream: false },
    );
    const end = (why: string) => {
      if (!this.isClosed) onEnd(why);
      this.isClosed = true;
    };
    this.session.on('error', (error) => end(error.message));
    this.stream.on('error', (error) => end(error.message));
    this.stream.on('trailers', (trailers) => end(`${trailers['grpc-message'] ?? 'it ended'}`));
    this.stream.on('close', () => end('it was closed'));
    this.stream.on('data', (bytes: Buffer) => this.take(bytes));
  }

  get passed(): PassedBytes {
    return { sent: this.socket.bytesWritten, received: this.socket.bytesRead };
  }

  send(message: Uint8Array): void {
    const framed = Buffer.alloc(prefixBytes + message.length);
    framed.writeUInt32BE(message.length, 1);
    framed.set(message, prefixBytes);
    this.stream.write(framed);
  }

  close(): void {
    this.isClosed = true;
    this.session.destroy();
  }

  private take(bytes: Buffer): void {
    let rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    while (rest.length >= prefixBytes) {
      const end = prefixBytes + rest.readUInt32BE(1);
      if (rest.length < end) break;
      this.onMessage(rest.subarray(prefixBytes, end));
      rest = rest.subarray(end);
    }
    this.rest = rest;
  }
}
