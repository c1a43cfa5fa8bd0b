import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket } from 'node:net';

/** A call as HTTP/2 has it, and what has become of it. */
export interface PeerCall {
  readonly stream: ClientHttp2Stream;
  status: string | undefined;
  /** Of HTTP. */
  httpStatus: number | undefined;
  closed: boolean;
  readonly over: Promise<void>;
}

/** One connection of somebody who speaks HTTP/2 and needs no stub. */
export class Http2Peer {
  readonly session: ClientHttp2Session;
  closed = false;
  /** Codes of the GOAWAY frames that came. */
  readonly goaways: number[] = [];
  readonly over: Promise<void>;

  constructor(address: string, options: ClientSessionOptions & { localAddress?: string } = {}) {
    const { localAddress, ...rest } = options;
    const [, host, port] = /^(.*):(\d+)$/.exec(address)!;
    this.session = connect(`http://${address}`, {
      ...rest,
      createConnection: () =>
        connectSocket({
          ...{ host: host!, port: Number(port) },
          ...(localAddress === undefined ? {} : { localAddress }),
        }),
    });
    this.session.on('error', () => {});
    this.session.on('goaway', (code) => this.goaways.push(code));
    this.over = new Promise((resolve) => {
      this.session.on('close', () => {
        this.closed = true;
        resolve();
      });
    });
  }

  /** Begins a call; nothing of its request is sent. */
  begin(path = '/syncdb.v1.SyncService/Push', headers: OutgoingHttpHeaders = {}): PeerCall {
    const stream = this.session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const none = { status: undefined, httpStatus: undefined };
    const call: PeerCall = { stream, ...none, closed: false, over };
    for (const event of ['response', 'trailers'] as const) {
      stream.on(event, (came: Record<string, unknown>) => {
        call.httpStatus ??= came[':status'] as number | undefined;
        call.status ??= came['grpc-status'] as string | undefined;
      });
    }
    stream.on('error', () => {});
    // The server has said all, though its peer may not have.
    stream.on('end', () => setImmediate(resolve));
    stream.on('close', () => {
      call.closed = true;
      resolve();
    });
    stream.resume();
    return call;
  }

  /** One whole call: the status that it ends with. */
  async status(path?: string, message: Uint8Array = framed(new Uint8Array(0))): Promise<string> {
    const call = this.begin(path);
    call.stream.end(message);
    await call.over;
    return call.status ?? `code ${call.stream.rstCode}`;
  }

  destroy(): void {
    this.session.destroy();
  }
}

/** A message as gRPC frames it. */
export function framed(message: Uint8Array, compressed = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}
