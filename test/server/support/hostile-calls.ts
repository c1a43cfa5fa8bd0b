/** What is no gRPC, or no message of ours: inputs by name, as calls over HTTP/2. */
import { deflateSync, gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { SyncRequest } from '../../../gen/ts/syncdb/v1/sync.ts';
import { framed, type Http2Peer, type PeerCall } from './http2-peer.ts';
import { codeName } from './raw-peer.ts';

export type CallInput = (peer: Http2Peer) => PeerCall | Promise<PeerCall>;

const push = '/syncdb.v1.SyncService/Push';
const pull = '/syncdb.v1.SyncService/Pull';
const sync = '/syncdb.v1.SyncService/Sync';
const health = '/grpc.health.v1.Health/Check';
const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
const none = Buffer.alloc(0);
const mebibyte = 1 << 20;

/** One call with this body, and its end. */
const body =
  (path: string, bytes: Uint8Array, headers: Record<string, string> = {}): CallInput =>
  (peer) => {
    const call = peer.begin(path, headers);
    call.stream.end(bytes);
    return call;
  };
const message = (path: string, bytes: Uint8Array, headers?: Record<string, string>) =>
  body(path, framed(bytes), headers);
const zipped = (bytes: Uint8Array, encoding = 'gzip', path = push) =>
  body(path, framed(bytes, 1), { 'grpc-encoding': encoding });
/** A call with these headers, and a message that is empty. */
const headed = (headers: Record<string, string>) => body(health, framed(none), headers);
/** One that goes on: only the server ends it. */
const open =
  (path: string, bytes: Uint8Array): CallInput =>
  (peer) => {
    const call = peer.begin(path);
    call.stream.write(bytes);
    return call;
  };

/** Fields of protobuf, by number and wire type. */
const tag = (number: number, type: number) => (number << 3) | type;
const nested = (depth: number, number: number) => {
  let bytes: Buffer = none;
  for (let index = 0; index < depth; index++) {
    const length: number[] = [];
    let rest = bytes.length;
    for (; rest >= 128; rest >>>= 7) length.push((rest & 127) | 128);
    bytes = Buffer.concat([Buffer.of(tag(number, 2), ...length, rest), bytes]);
  }
  return bytes;
};
const groups = (depth: number, closed: boolean) =>
  Buffer.concat([Buffer.alloc(depth, tag(15, 3)), closed ? Buffer.alloc(depth, tag(15, 4)) : none]);
const malformed: Readonly<Record<string, Buffer>> = {
  'a field that is longer than the message': Buffer.of(tag(1, 2), 100, 1),
  'a length of 2 GiB': Buffer.of(tag(1, 2), 0xff, 0xff, 0xff, 0xff, 7),
  'a length that is negative': Buffer.of(tag(1, 2), ...new Array<number>(9).fill(0xff), 1),
  'a number that does not end': Buffer.of(tag(1, 0), 0xff, 0xff),
  'a number of 11 bytes': Buffer.of(tag(1, 0), ...new Array<number>(10).fill(0xff), 1),
  'a field with the number 0': Buffer.of(0, 1),
  'a wire type that is none': Buffer.of(tag(1, 7), 1),
  'a group that nobody closes': Buffer.of(tag(15, 3)),
  'the end of a group that nobody began': Buffer.of(tag(15, 4)),
  'groups 10,000 deep': groups(10_000, true),
  'groups 10,000 deep that nobody closes': groups(10_000, false),
  'messages 10,000 deep': nested(10_000, 1),
  'text that is no UTF-8': Buffer.of(tag(1, 2), 6, tag(3, 2), 4, 0xff, 0xfe, 0xc0, 0x80),
  'random bytes': Buffer.from(Array.from({ length: 500 }, (_, index) => (index * 7_919) % 251)),
};

const hello = (changes: object = {}) =>
  SyncRequest.encode(
    SyncRequest.fromPartial({
      body: { $case: 'hello', value: { handshake: { database: 'field' }, ...changes } },
    } as never),
  ).finish();

export const hostileCalls: Readonly<Record<string, CallInput>> = {
  'a GET': headed({ ':method': 'GET' }),
  'no content type': headed({ 'content-type': '' }),
  JSON: headed({ 'content-type': 'application/json' }),
  'a form': headed({ 'content-type': 'application/x-www-form-urlencoded' }),
  'gRPC-Web': headed({ 'content-type': 'application/grpc-web' }),
  'an unknown service': message('/acme.v1.Nobody/Knows', none),
  'an unknown method': message('/syncdb.v1.SyncService/Nope', none),
  'a method in other letters': message('/syncdb.v1.syncservice/push', none),
  'the path /': message('/', none),
  'a path with ..': message('/syncdb.v1.SyncService/../SyncService/Push', none),
  'a path of 8,000 letters': message(`/${'x'.repeat(8_000)}`, none),
  'a path with percent signs': message('/%00%ff%/%', none),
  'a path with a query': message(`${push}?x=1`, none),
  'a deadline that is none': headed({ 'grpc-timeout': 'soon' }),
  'a deadline of a millisecond': (peer) => peer.begin(sync, { 'grpc-timeout': '1m' }),
  'an authority of 4,000 letters': headed({ ':authority': 'x'.repeat(4_000) }),
  'binary metadata that is no Base64': headed({ 'x-bin': '%%%%' }),
  'metadata of 15 KiB': headed({ x: 'v'.repeat(15_000) }),
  'metadata of 20 KiB': headed({ x: 'v'.repeat(20_000) }),
  '200 entries of metadata': headed(
    Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x${index}`, 'v'])),
  ),
  'an authorization of 10,000 letters': headed({ authorization: `Bearer ${'x'.repeat(10_000)}` }),
  'the same name a hundred times': headed({ x: new Array(100).fill('v') } as never),
  'metadata that is ours to send': headed({ 'grpc-status': '0', 'grpc-message': 'ok' }),
  'no message at all': body(push, none),
  'half the head of a message': body(push, Buffer.of(0, 0, 0)),
  'half a message': body(push, framed(Buffer.alloc(10), 0, 20)),
  'two messages where one is asked': body(push, Buffer.concat([framed(none), framed(none)])),
  'a thousand messages where one is asked': body(
    pull,
    Buffer.concat(new Array<Buffer>(1_000).fill(framed(none))),
  ),
  'a length of 4 GiB': open(push, framed(none, 0, 0xffff_ffff)),
  'a length of one byte more than a message may have': open(
    push,
    framed(none, 0, 8 * mebibyte + 1),
  ),
  'a message of 8 MiB of zeros': message(push, Buffer.alloc(8 * mebibyte)),
  'a request of 2 MiB that pushes nothing': message(pull, Buffer.alloc(2 * mebibyte, tag(15, 0))),
  'a message that says it is compressed, and not how': body(push, framed(none, 1)),
  'a message that is compressed in another sense': body(push, framed(none, 255)),
  'an encoding that nobody knows': zipped(none, 'br'),
  'an encoding with a name of 4,000 letters': zipped(none, 'x'.repeat(4_000)),
  'an encoding that nobody knows, and no use of it': headed({ 'grpc-encoding': 'br' }),
  'gzip of nothing': zipped(gzipSync(none), 'gzip', health),
  'gzip that is none': zipped(Buffer.from('no gzip')),
  'gzip of no bytes': zipped(none),
  'gzip that is cut': zipped(gzipSync(Buffer.alloc(10_000)).subarray(0, 30)),
  'gzip with a wrong checksum': zipped(
    Buffer.concat([gzipSync(Buffer.alloc(100)).subarray(0, -8), Buffer.alloc(8)]),
  ),
  'deflate that is none': zipped(Buffer.from('no deflate'), 'deflate'),
  'a gzip bomb of 64 MiB': zipped(gzipSync(Buffer.alloc(64 * mebibyte))),
  'a deflate bomb of 64 MiB': zipped(deflateSync(Buffer.alloc(64 * mebibyte)), 'deflate'),
  'gzip in gzip': zipped(gzipSync(gzipSync(Buffer.alloc(8 * mebibyte)))),
  'fifty bombs on one stream': (peer) => {
    const bomb = framed(gzipSync(Buffer.alloc(8 * mebibyte)), 1);
    const call = peer.begin(sync, { 'grpc-encoding': 'gzip' });
    call.stream.write(Buffer.concat(new Array<Buffer>(50).fill(bomb)));
    return call;
  },
  'reflection of random bytes': message(reflection, malformed['random bytes']!),
  'a stream that ends before it begins': body(sync, none),
  'a stream that begins with nothing': open(sync, framed(none)),
  'a stream that begins with a push': open(
    sync,
    framed(SyncRequest.encode({ body: { $case: 'push', value: { transactions: [] } } }).finish()),
  ),
  'a stream that begins with a probe': open(
    sync,
    framed(
      SyncRequest.encode(
        SyncRequest.fromPartial({ body: { $case: 'probe', value: {} } } as never),
      ).finish(),
    ),
  ),
  'a stream that begins with what nobody knows': open(sync, framed(Buffer.of(0xfa, 1, 0))),
  'a hello without a handshake': open(sync, framed(hello({ handshake: undefined }))),
  'a hello of no protocol': open(sync, framed(hello())),
  'a hello of 2 MiB': open(
    sync,
    framed(hello({ handshake: { database: 'x'.repeat(2 * mebibyte) } })),
  ),
  ...Object.fromEntries(
    Object.entries(malformed).flatMap(([name, bytes]) => [
      [`Push: ${name}`, message(push, bytes)],
      [`Sync: ${name}`, open(sync, framed(bytes))],
    ]),
  ),
};

const statusNames = Object.fromEntries(Object.entries(status).map(([name, code]) => [code, name]));

/** What became of a call: its status, else what HTTP says, else what became of its stream or connection. */
export async function callOutcome(peer: Http2Peer, input: CallInput): Promise<string> {
  // What the server allows counts once its peer knows it.
  await peer.status(health);
  const call = await input(peer);
  await Promise.race([call.over, new Promise((resolve) => setTimeout(resolve, 10_000))]);
  if (call.status !== undefined) return statusNames[call.status]!;
  if (call.httpStatus !== undefined && call.httpStatus !== 200) return `HTTP ${call.httpStatus}`;
  if (peer.closed) return 'connection closed';
  return call.closed ? `stream ${codeName(call.stream.rstCode ?? -1)}` : 'no answer';
}
