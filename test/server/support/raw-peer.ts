import { constants } from 'node:http2';
import { connect, type Socket } from 'node:net';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Of HTTP/2, by what RFC 9113 calls them. */
export const frameTypes = {
  ...{ data: 0, headers: 1, priority: 2, reset: 3, settings: 4, pushPromise: 5, ping: 6 },
  ...{ goaway: 7, windowUpdate: 8, continuation: 9 },
} as const;

export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const codeNames = new Map(
  Object.entries(constants).flatMap(([name, code]) =>
    /^NGHTTP2_(NO_ERROR|[A-Z_]+_ERROR|REFUSED_STREAM|CANCEL|FRAME_SIZE_ERROR|ENHANCE_YOUR_CALM|STREAM_CLOSED|SETTINGS_TIMEOUT)$/.test(
      name,
    ) && !name.startsWith('NGHTTP2_ERR_')
      ? [[code as number, name.slice('NGHTTP2_'.length)] as const]
      : [],
  ),
);

export const codeName = (code: number) => codeNames.get(code) ?? String(code);

export function frame(type: number, flags: number, stream: number, payload: Uint8Array | number[]) {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(9);
  head.writeUIntBE(bytes.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, bytes]);
}

/** Headers without compression, each as a literal that nobody remembers. */
export function hpack(headers: readonly (readonly [name: string, value: string])[]): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'latin1');
    return Buffer.concat([prefixed(bytes.length, 7), bytes]);
  };
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

function prefixed(value: number, bits: number): Buffer {
  const max = 2 ** bits - 1;
  if (value < max) return Buffer.of(value);
  const bytes = [max];
  let rest = value - max;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.of(...bytes, rest);
}

/** The headers of a call, some of them left out or put otherwise. */
export function callHeaders(
  changes: Readonly<Record<string, string | undefined>> = {},
): [string, string][] {
  const headers = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': '/grpc.health.v1.Health/Check',
    ':authority': 'localhost',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...changes,
  };
  return Object.entries(headers).filter((each): each is [string, string] => each[1] !== undefined);
}

/** Somebody who writes bytes to a server, and follows the frames that come back. */
export class RawPeer {
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  closed = false;
  private gathered = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.socket.on('data', (bytes) => this.take(bytes));
  }

  write(...parts: (Uint8Array | string)[]): void {
    for (const part of parts) {
      if (!this.socket.destroyed) this.socket.write(part);
    }
  }

  /** What a peer that knows HTTP/2 begins with. */
  greet(): void {
    this.write(preface, frame(frameTypes.settings, 0, 0, []));
  }

  /** What became of all that was written: of the connection, of a stream, or nothing. */
  async outcome(): Promise<string> {
    const mark = Buffer.from('the mark');
    this.write(frame(frameTypes.ping, 0, 0, mark));
    const isMarked = () =>
      this.frames.some(({ type, payload }) => type === frameTypes.ping && payload.equals(mark));
    await this.until(() => isMarked() || this.isEnding);
    await new Promise((resolve) => setTimeout(resolve, 30));
    if (this.isEnding) return this.ending();
    // Behind a whole answer comes one without an error, where there is more of a call than that needs.
    const reset = this.of(frameTypes.reset).find(({ payload }) => payload.readUInt32BE(0) !== 0);
    if (reset !== undefined) return `stream ${codeName(reset.payload.readUInt32BE(0))}`;
    if (this.of(frameTypes.headers).length > 0) return 'answered';
    return isMarked() ? 'ignored' : 'no answer';
  }

  /** How the connection ends. */
  async ending(): Promise<string> {
    await this.until(() => this.closed);
    if (!this.closed) return 'no end';
    const codes = this.of(frameTypes.goaway).map(({ payload }) => payload.readUInt32BE(4));
    const code = codes.find((each) => each !== 0) ?? codes[0];
    return code === undefined ? 'connection closed' : `connection ${codeName(code)}`;
  }

  private get isEnding(): boolean {
    return this.closed || this.of(frameTypes.goaway).length > 0;
  }

  private of(wanted: number): Frame[] {
    return this.frames.filter(({ type }) => type === wanted);
  }

  private async until(test: () => boolean): Promise<void> {
    const endMs = Date.now() + 10_000;
    while (!test() && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  private take(bytes: Buffer): void {
    this.gathered = Buffer.concat([this.gathered, bytes]);
    while (this.gathered.length >= 9) {
      const length = this.gathered.readUIntBE(0, 3);
      if (this.gathered.length < 9 + length) return;
      this.frames.push({
        type: this.gathered.readUInt8(3),
        flags: this.gathered.readUInt8(4),
        stream: this.gathered.readUInt32BE(5),
        payload: Buffer.from(this.gathered.subarray(9, 9 + length)),
      });
      this.gathered = this.gathered.subarray(9 + length);
    }
  }
}
