/** What ends the calls that follow a database: those of DataService, over real gRPC, where nothing happens meanwhile. */
import { connect } from 'node:http2';
import { credentials, Metadata } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import {
  DataServiceClient,
  TailRequest,
  WatchRequest,
} from '../../gen/ts/syncdb/v1/data_service.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { fromStatus } from '../../src/wire/status.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let data: DataServiceClient;

afterEach(async () => {
  data.close();
  await server.close();
});

async function start(expiresInMs: number): Promise<void> {
  server = await startTestServer({
    authorise: async (call) => ({
      ...(await trustEveryone(call)),
      expiresAtMs: Date.now() + expiresInMs,
    }),
  });
  data = new DataServiceClient(server.address, credentials.createInsecure());
}

const calls = {
  Tail: () => data.tail(TailRequest.create({ database: 'field' }), new Metadata()),
  Watch: () =>
    data.watch(
      WatchRequest.create({ database: 'field', table: 'test.v1.Station' }),
      new Metadata(),
    ),
};

/** The same call of one who takes the first 200 bytes, and no more. */
function unread(name: keyof typeof calls) {
  const session = connect(`http://${server.address}`, { settings: { initialWindowSize: 200 } });
  const raw = session.request({
    ...{ ':method': 'POST', ':path': `/syncdb.v1.DataService/${name}` },
    ...{ 'content-type': 'application/grpc', te: 'trailers' },
  });
  const request =
    name === 'Tail'
      ? TailRequest.encode(TailRequest.create({ database: 'field' })).finish()
      : WatchRequest.encode(
          WatchRequest.create({ database: 'field', table: 'test.v1.Station' }),
        ).finish();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(request.length, 1);
  raw.end(Buffer.concat([head, request]));
  raw.on('error', () => {});
  return { session, raw };
}

describe.each(['Tail', 'Watch'] as const)('%s', (name) => {
  test('[P29] ends when the identity has expired, though nothing happens', async () => {
    await start(400);
    const call = calls[name]();
    let answers = 0;
    call.on('data', () => answers++);
    const error = await new Promise<{ code: number; metadata: Metadata }>((resolve) =>
      call.on('error', resolve as never),
    );
    const [details] = error.metadata.get('grpc-status-details-bin');
    const { reason } = fromStatus(error.code, '', details as Uint8Array);
    expect({ code: error.code, reason }).toEqual({ code: 16, reason: 'IDENTITY_EXPIRED' });
    expect(answers).toBe(1);
  });

  test('[P29] is ended then also where its caller reads nothing', async () => {
    await start(1_500);
    const { session, raw } = unread(name);
    const client = await server.client();
    for (let count = 0; count < 50; count++) {
      client.table(StationSchema).put({ id: `s${count}`, name: 'x'.repeat(2_000) });
    }
    await expect.poll(() => server.database.source.state.head).toBeGreaterThan(2);
    expect(raw.closed).toBe(false);
    // What it was sent is still there to be read, so no event tells.
    await expect.poll(() => raw.closed, { timeout: 10_000 }).toBe(true);
    session.destroy();
    await client.close();
  });

  test('goes on while it has not, and hears of the end of the server', async () => {
    await start(3_600_000);
    const call = calls[name]();
    let answers = 0;
    call.on('data', () => answers++);
    const ended = new Promise<{ code: number }>((resolve) => call.on('error', resolve as never));
    await expect.poll(() => answers).toBe(1);
    await server.running.close(1_000);
    expect(await ended).toMatchObject({ code: 14 });
  });
});
