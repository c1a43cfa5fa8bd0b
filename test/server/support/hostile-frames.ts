/** What is no HTTP/2, or abuses it: inputs by name, as bytes on a socket. */
import { callHeaders, frame, frameTypes, hpack, preface, type RawPeer } from './raw-peer.ts';

export type RawInput = (peer: RawPeer) => void | Promise<void>;

const { data, headers, priority, reset, settings, pushPromise, ping, goaway } = frameTypes;
const { windowUpdate, continuation } = frameTypes;
const endStream = 1;
const endHeaders = 4;
const padded = 8;

const number32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const setting = (id: number, value: number) =>
  Buffer.concat([Buffer.of(id >> 8, id & 255), number32(value)]);
const repeated = (count: number, part: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, index) => part(index)));

/** The same bytes each time, none of them those of a preface. */
const noise = (length: number) => {
  let state = 12_345;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return (state >> 16) & 255;
    }),
  );
};

const text =
  (bytes: Uint8Array | string): RawInput =>
  (peer) => {
    peer.write(bytes);
  };
const ended =
  (bytes: Uint8Array | string): RawInput =>
  (peer) => {
    peer.socket.end(bytes);
  };
/** Behind a greeting. */
const frames =
  (...parts: Buffer[]): RawInput =>
  (peer) => {
    peer.greet();
    peer.write(...parts);
  };
const block = (changes?: Parameters<typeof callHeaders>[0], flags = endHeaders) =>
  frame(headers, flags, 1, hpack(callHeaders(changes)));
const withHeader = (name: string, value: string) =>
  frame(headers, endHeaders, 1, hpack([...callHeaders(), [name, value]]));

const tlsHello = Buffer.concat([
  Buffer.from([0x16, 3, 1, 0, 0xc8, 1, 0, 0, 0xc4, 3, 3]),
  noise(192),
]);

export const hostileFrames: Readonly<Record<string, RawInput>> = {
  'random bytes': text(noise(10_000)),
  zeros: text(Buffer.alloc(65_536)),
  'nothing, and the end': ended(''),
  'half a preface, and the end': ended(preface.slice(0, 12)),
  'a preface with one wrong byte': text(`${preface.slice(0, 20)}x${preface.slice(21)}`),
  'the preface twice': text(preface + preface),
  'the preface, and the end': ended(preface),
  'HTTP/1.1': text('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  'HTTP/1.1 that would like to upgrade': text(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
  ),
  'gRPC-Web over HTTP/1.1': text(
    'POST /syncdb.v1.SyncService/Push HTTP/1.1\r\nHost: x\r\nContent-Type: application/grpc-web\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0',
  ),
  'a web socket': text(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n\r\n',
  ),
  'HTTP/1.1 behind the preface': text(`${preface}GET / HTTP/1.1\r\nHost: localhost\r\n\r\n`),
  'a TLS hello': text(tlsHello),
  'an SSH banner': text('SSH-2.0-OpenSSH_9.6\r\n'),
  'a PROXY header': text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'),
  'a Redis command': text('*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n'),
  'a ping before the settings': (peer) => peer.write(preface, frame(ping, 0, 0, Buffer.alloc(8))),
  'a frame of an unknown type': frames(frame(0xfa, 0xff, 0, noise(100))),
  'unknown frames without end': frames(repeated(5_000, () => frame(0xfa, 0, 0, Buffer.alloc(1)))),
  'a frame larger than allowed': frames(frame(data, 0, 1, Buffer.alloc(16_385))),
  'a frame that says 16 MiB': frames(
    Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1]),
    Buffer.alloc(20_000),
  ),
  'settings of 5 bytes': frames(frame(settings, 0, 0, Buffer.alloc(5))),
  'settings of a stream': frames(frame(settings, 0, 1, setting(4, 65_535))),
  'an answer to settings with settings': frames(frame(settings, 1, 0, setting(4, 65_535))),
  'settings of a window of 4 GiB': frames(frame(settings, 0, 0, setting(4, 0xffff_ffff))),
  'settings of frames of 0 bytes': frames(frame(settings, 0, 0, setting(5, 0))),
  'settings that want pushes, more than they can': frames(frame(settings, 0, 0, setting(2, 2))),
  'an unknown setting': frames(frame(settings, 0, 0, setting(0x7777, 1))),
  'a thousand settings at once': frames(
    frame(
      settings,
      0,
      0,
      repeated(1_000, () => setting(3, 100)),
    ),
  ),
  'settings without end': frames(repeated(30_000, () => frame(settings, 0, 0, setting(4, 65_535)))),
  'empty settings without end': frames(repeated(30_000, () => frame(settings, 0, 0, []))),
  'a ping of 7 bytes': frames(frame(ping, 0, 0, Buffer.alloc(7))),
  'a ping of a stream': frames(frame(ping, 0, 1, Buffer.alloc(8))),
  'an answer to no ping': frames(frame(ping, 1, 0, Buffer.alloc(8))),
  'pings without end': frames(repeated(30_000, () => frame(ping, 0, 0, Buffer.alloc(8)))),
  'a goodbye of 3 bytes': frames(frame(goaway, 0, 0, Buffer.alloc(3))),
  'a goodbye of a stream': frames(frame(goaway, 0, 1, Buffer.alloc(8))),
  'a goodbye with 16 KiB of words': frames(frame(goaway, 0, 0, Buffer.alloc(16_384))),
  'a window that grows by nothing': frames(frame(windowUpdate, 0, 0, number32(0))),
  'a window that grows too large': frames(frame(windowUpdate, 0, 0, number32(0x7fff_ffff))),
  'a window update of 3 bytes': frames(frame(windowUpdate, 0, 0, Buffer.alloc(3))),
  'a window update of no stream': frames(frame(windowUpdate, 0, 7, number32(1))),
  'a stream whose window grows by nothing': frames(block(), frame(windowUpdate, 0, 1, number32(0))),
  'a stream whose window grows too large': frames(
    block(),
    frame(windowUpdate, 0, 1, number32(0x7fff_ffff)),
  ),
  'a priority of 4 bytes': frames(frame(priority, 0, 1, Buffer.alloc(4))),
  'a priority of no stream': frames(frame(priority, 0, 0, Buffer.alloc(5))),
  'priorities without end': frames(
    repeated(5_000, (index) => frame(priority, 0, index * 2 + 1, Buffer.alloc(5))),
  ),
  'a reset of no stream': frames(frame(reset, 0, 0, number32(8))),
  'a reset of a stream that never was': frames(frame(reset, 0, 9, number32(8))),
  'a reset of 3 bytes': frames(block(), frame(reset, 0, 1, Buffer.alloc(3))),
  'calls that are reset without end': frames(
    repeated(3_000, (index) =>
      Buffer.concat([
        frame(headers, endHeaders, index * 2 + 1, hpack(callHeaders())),
        frame(reset, 0, index * 2 + 1, number32(8)),
      ]),
    ),
  ),
  'data of no stream': frames(frame(data, 0, 0, Buffer.alloc(5))),
  'data of a stream that never was': frames(frame(data, 0, 1, Buffer.alloc(5))),
  'data behind the end of a stream': frames(
    block({}, endHeaders | endStream),
    frame(data, 0, 1, Buffer.alloc(5)),
  ),
  'more padding than there is data': frames(block(), frame(data, padded, 1, [200, 0, 0])),
  'empty data without end': frames(
    block(),
    repeated(20_000, () => frame(data, 0, 1, [])),
  ),
  'more data than the window has': frames(
    block(),
    repeated(300, () => frame(data, 0, 1, Buffer.alloc(16_384))),
  ),
  'a push from a client': frames(block(), frame(pushPromise, endHeaders, 1, number32(2))),
  'headers of no stream': frames(frame(headers, endHeaders, 0, hpack(callHeaders()))),
  'headers of an even stream': frames(frame(headers, endHeaders, 2, hpack(callHeaders()))),
  'headers of an earlier stream': frames(
    frame(headers, endHeaders, 5, hpack(callHeaders())),
    frame(headers, endHeaders, 3, hpack(callHeaders())),
  ),
  'headers in which a stream depends on itself': frames(
    frame(
      headers,
      endHeaders | 0x20,
      1,
      Buffer.concat([number32(1), Buffer.of(0), hpack(callHeaders())]),
    ),
  ),
  'headers with more padding than there is': frames(
    frame(headers, endHeaders | padded, 1, [255, 0]),
  ),
  'headers with an index that is not there': frames(
    frame(headers, endHeaders, 1, [0xff, 0xff, 0x7f]),
  ),
  'headers with an endless number': frames(frame(headers, endHeaders, 1, Buffer.alloc(64, 0xff))),
  'headers with bad Huffman codes': frames(
    frame(headers, endHeaders, 1, [0, 0x84, 255, 255, 255, 255, 1, 97]),
  ),
  'headers that want a table of a gibibyte': frames(
    frame(headers, endHeaders, 1, [0x3f, 0xe1, 0xff, 0xff, 0xff, 0x03]),
  ),
  'headers that end in the middle of a name': frames(frame(headers, endHeaders, 1, [0, 100, 97])),
  'no headers at all': frames(frame(headers, endHeaders, 1, [])),
  'headers without a path': frames(block({ ':path': undefined })),
  'headers without a method': frames(block({ ':method': undefined })),
  'headers without a scheme': frames(block({ ':scheme': undefined })),
  'headers with an empty path': frames(block({ ':path': '' })),
  'headers with a path twice': frames(withHeader(':path', '/x')),
  'headers with a pseudo header that nobody knows': frames(
    frame(headers, endHeaders, 1, hpack([[':strange', '1'], ...callHeaders()])),
  ),
  'headers with a name in capitals': frames(withHeader('Name', 'x')),
  'headers with a name that has a space': frames(withHeader('a name', 'x')),
  'headers with an empty name': frames(withHeader('', 'x')),
  'headers with a line end in a value': frames(withHeader('name', 'a\r\nb')),
  'headers with a zero byte in a value': frames(withHeader('name', 'a\0b')),
  'headers of a connection': frames(withHeader('connection', 'keep-alive')),
  'a body that is not as long as it says': frames(
    frame(headers, endHeaders, 1, hpack([...callHeaders(), ['content-length', '7']])),
    frame(data, endStream, 1, Buffer.alloc(5)),
  ),
  'headers behind the body that do not end it': frames(
    block(),
    frame(data, 0, 1, Buffer.alloc(5)),
    frame(headers, endHeaders, 1, hpack([['x', 'y']])),
  ),
  'headers of 80 KiB': frames(
    frame(headers, 0, 1, hpack([...callHeaders(), ['a', 'x'.repeat(16_000)]])),
    ...[1, 2, 3, 4].map((index) =>
      frame(continuation, index === 4 ? endHeaders : 0, 1, hpack([['b', 'x'.repeat(16_000)]])),
    ),
  ),
  'a thousand headers': frames(
    frame(
      headers,
      endHeaders,
      1,
      hpack([
        ...callHeaders(),
        ...Array.from({ length: 1_000 }, (_, index) => [`n${index}`, 'v'] as const),
      ]),
    ),
  ),
  'the same headers from the table, 30,000 times': frames(
    frame(
      headers,
      endHeaders,
      1,
      Buffer.concat([
        hpack(callHeaders()),
        Buffer.from([0x40, 1, 97, 1, 98]),
        Buffer.alloc(15_000, 0x80 | 62),
      ]),
    ),
  ),
  'a continuation of nothing': frames(frame(continuation, endHeaders, 1, hpack(callHeaders()))),
  'a ping between headers and their continuation': frames(
    frame(headers, 0, 1, hpack(callHeaders())),
    frame(ping, 0, 0, Buffer.alloc(8)),
  ),
  'continuations of another stream': frames(
    frame(headers, 0, 1, hpack(callHeaders())),
    frame(continuation, endHeaders, 3, []),
  ),
  'continuations without end': frames(
    frame(headers, 0, 1, hpack(callHeaders())),
    repeated(2_000, (index) => frame(continuation, 0, 1, hpack([[`n${index}`, 'x'.repeat(500)]]))),
  ),
  'empty continuations without end': frames(
    frame(headers, 0, 1, hpack(callHeaders())),
    repeated(5_000, () => frame(continuation, 0, 1, [])),
  ),
  'more streams than allowed': frames(
    repeated(300, (index) => frame(headers, endHeaders, index * 2 + 1, hpack(callHeaders()))),
  ),
  'streams up to the last number': frames(
    frame(headers, endHeaders, 0x7fff_ffff, hpack(callHeaders())),
  ),
};
