/** What is done of calls before their requests are whole, over real HTTP/2. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { Admission } from '../../src/server/admission.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import {
  eventually,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.ts';
import { framed, Http2Peer } from './support/http2-peer.ts';

let server: TestServer;
let session: ClientHttp2Session;

async function start(options: TestServerOptions): Promise<void> {
  server = await startTestServer(options);
  session = connect(`http://${server.address}`);
}

afterEach(async () => {
  session.destroy();
  await server.close();
});

/** A call whose message has `length` bytes, of which `sent` come. */
function call(length: number, sent: number, path = '/syncdb.v1.SyncService/Push') {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const state = { status: undefined as string | undefined, closed: false, stream };
  for (const event of ['response', 'trailers'] as const) {
    stream.on(event, (headers) => {
      state.status ??= headers['grpc-status'] as string | undefined;
    });
  }
  stream.on('close', () => {
    state.closed = true;
  });
  stream.on('error', () => {});
  stream.resume();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length, 1);
  stream.write(Buffer.concat([head, Buffer.alloc(sent)]));
  return state;
}

const bytesLeft = ({ stream }: { stream: ClientHttp2Stream }) => stream.writableLength;

test('[I13] messages that do not become whole take no more room than there is, on any service', async () => {
  await start({ limits: { receivingBytesMax: 250_000 } });
  const calls = ['/syncdb.v1.SyncService/Push', '/grpc.health.v1.Health/Check'].flatMap((path) =>
    [1, 2].map(() => call(200_000, 100_000, path)),
  );
  await eventually(() => calls.filter(({ closed }) => closed).length === 2);
  expect(calls.map(({ status }) => status)).toEqual([
    ...[String(Code.resourceExhausted), String(Code.resourceExhausted)],
    ...[undefined, undefined],
  ]);
  // They go on; whoever sent nothing for the longest was given up.
  const [, , third] = calls;
  third!.stream.end(Buffer.alloc(100_000));
  await eventually(() => third!.status !== undefined);
  expect(third!.status).not.toBe(String(Code.resourceExhausted));
});

test('[I13] what messages become when they are unzipped takes no more room than there is', async () => {
  await start({ limits: { receivingBytesMax: 2_500_000 } });
  const peer = new Http2Peer(server.address);
  // A kilobyte each: what they become is too much.
  const zipped = framed(gzipSync(Buffer.alloc(1_000_000)), 1);
  const calls = [1, 2, 3, 4].map(() => {
    const begun = peer.begin('/syncdb.v1.SyncService/Push', { 'grpc-encoding': 'gzip' });
    begun.stream.write(zipped);
    return begun;
  });
  await eventually(() => calls.filter(({ closed }) => closed).length === 2);
  expect(calls.map(({ status }) => status).sort()).toEqual([
    ...[String(Code.resourceExhausted), String(Code.resourceExhausted)],
    ...[undefined, undefined],
  ]);
  peer.destroy();
});

test('a request that does not become whole in time is given up; an open stream is not', async () => {
  await start({ limits: { requestMsMax: 300 } });
  const slow = call(100, 10);
  const silent = call(100, 10, '/syncdb.v1.SyncService/Sync');
  const phone = await server.client({ replicaId: 'p' });
  await phone.synced();
  await eventually(() => slow.closed && silent.closed);
  expect([slow.status, silent.status]).toEqual([
    String(Code.deadlineExceeded),
    String(Code.deadlineExceeded),
  ]);
  await phone.synced();
});

test('[I13] nobody goes on sending behind the status of a call', async () => {
  await start({});
  // More than a message may have: that is known from its first bytes.
  const endless = call(100 << 20, 10);
  const timer = setInterval(() => {
    if (!endless.closed) endless.stream.write(Buffer.alloc(1_000));
  }, 20);
  await eventually(() => endless.closed);
  clearInterval(timer);
  expect(endless.status).toBe(String(Code.resourceExhausted));
});

test('[P29] a stranger is told so before anything of what he sends is read', async () => {
  const asked = Promise.withResolvers<void>();
  let reads = 0;
  await start({
    authorise: async ({ metadata }) => {
      await asked.promise;
      reads++;
      if (metadata('user').length === 0)
        throw new SyncError(Code.unauthenticated, 'NOBODY', 'who?');
      return trustEveryone({} as never);
    },
  });
  const stranger = call(8 << 20, 4 << 20);
  await new Promise((resolve) => setTimeout(resolve, 200));
  // The window of a stream is what the transport takes by itself.
  expect(bytesLeft(stranger)).toBeGreaterThan(3 << 20);
  asked.resolve();
  await eventually(() => stranger.closed);
  expect([stranger.status, reads]).toEqual([String(Code.unauthenticated), 1]);
});

test('[I13] a connection has so many calls at a time, and not one more', async () => {
  await start({ limits: { connectionStreamsMax: 3 } });
  await eventually(() => session.remoteSettings?.maxConcurrentStreams === 3);
  const calls = [1, 2, 3].map(() => call(10, 5));
  const fourth = call(10, 10);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(fourth.status).toBeUndefined();
  calls[0]!.stream.close();
  fourth.stream.end();
  await eventually(() => fourth.status !== undefined);
});

test.each(['fails', 'is cancelled', 'ends'])(
  '[I13] nothing is kept of what comes behind the end of a stream that %s',
  async (how) => {
    await start({});
    const { admission, client, path, stop } = await admitting(true, {
      call: (call: ServerDuplexStream<Buffer, Buffer>) => {
        call.on('data', () => how === 'fails' && call.emit('error', { code: Code.aborted }));
        call.on('end', () => call.end());
      },
    });
    let over = 0;
    for (let index = 0; index < 20; index++) {
      const stream = client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs);
      stream.on('error', () => {}).on('status', () => over++);
      stream.resume();
      for (let message = 0; message < 5; message++) stream.write(Buffer.alloc(30_000));
      if (how === 'is cancelled') setTimeout(() => stream.cancel(), 20);
      if (how === 'ends') stream.end();
    }
    await eventually(() => over === 20);
    await eventually(() => admission.receiving.usedBytes === 0);
    stop();
  },
);

test('[I13] nothing is kept of answers to callers that have gone', async () => {
  await start({});
  const answers: (() => void)[] = [];
  let gone = 0;
  const { admission, client, path, stop } = await admitting(false, {
    call: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
      call.on('cancelled', () => gone++);
      answers.push(() => done(null, Buffer.alloc(1_000)));
    },
  });
  const calls = Array.from({ length: 20 }, () =>
    client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(10), () => {}),
  );
  await eventually(() => answers.length === 20);
  for (const unary of calls) unary.cancel();
  await eventually(() => gone === 20);
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const answer of answers) answer();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(admission.sending.usedBytes).toBe(0);
  stop();
});

const asIs = (bytes: Buffer) => bytes;

/** A server of its own with one method of raw bytes, of streams both ways or unary, behind an admission; and a client of it. */
async function admitting(isStream: boolean, implementation: UntypedServiceImplementation) {
  const admission = new Admission({
    authorise: trustEveryone,
    services: [],
    requestMsMax: 60_000,
    messageBytesMax: 8 << 20,
    receivingBytesMax: 1 << 30,
    sendingBytesMax: 1 << 30,
    onInternalError: () => {},
  });
  const grpc = new Server({ interceptors: [admission.interceptor] });
  const path = '/test/Call';
  grpc.addService(
    {
      call: {
        ...{ path, requestStream: isStream, responseStream: isStream },
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    },
    implementation,
  );
  const port = await new Promise<number>((resolve, reject) =>
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const stop = () => {
    client.close();
    grpc.forceShutdown();
  };
  return { admission, client, path, stop };
}
