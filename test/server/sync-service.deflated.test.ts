/** Rows that are deflated, to who has stubs and zlib alone. */
import { inflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { RowChange } from '../../gen/ts/syncdb/v1/data.ts';
import {
  type Delta,
  Encoding,
  RowChanges,
  Subscription,
  SyncRequest,
  type Welcome,
} from '../../gen/ts/syncdb/v1/sync.ts';
import { collect, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const { ROWS, ROWS_DEFLATED } = Encoding;
let server: TestServer;
let stubs: Stubs;

beforeEach(async () => {
  server = await startTestServer({ limits: { deltaRowsMax: 100 } });
  stubs = stubsOf(server);
  const writer = await server.client();
  writer.transaction((scope) => {
    for (let row = 0; row < 250; row++) {
      scope.table(StationSchema).put({ id: `s${row}`, name: `Station ${row}` });
    }
  });
  await writer.synced();
});
afterEach(async () => {
  stubs.close();
  await server.close();
});

const subscription = (encoding: Encoding) =>
  Subscription.create({ encodings: [encoding, ROWS], tables: [StationSchema.typeName] });

/** All that a client has to do. */
function changesOf({ changes, deflatedChanges, deflatedBytes }: Delta): RowChange[] {
  if (deflatedChanges.length === 0) return changes;
  const bytes = inflateRawSync(deflatedChanges, { maxOutputLength: deflatedBytes });
  return RowChanges.decode(bytes).changes;
}

async function pulled(encoding: Encoding, replicaId: string): Promise<Delta[]> {
  const handshake = handshakeOf(server, replicaId);
  const request = { handshake, subscription: subscription(encoding) };
  const responses = await collect(stubs.sync.pull(request));
  return responses.map(({ delta }) => delta!);
}

const stationsIn = (deltas: readonly Delta[]) =>
  deltas.flatMap(changesOf).filter(({ table }) => table === StationSchema.typeName);
const bytesOf = (deltas: readonly Delta[]) =>
  deltas.reduce((sum, { deflatedChanges }) => sum + deflatedChanges.length, 0);

test('[P16] a Pull has the same rows as plain, in a fraction of their bytes', async () => {
  const plain = await pulled(ROWS, 'plain');
  const deflated = await pulled(ROWS_DEFLATED, 'deflated');
  expect(stationsIn(plain)).toHaveLength(250);
  expect(stationsIn(deflated)).toEqual(stationsIn(plain));
  const plainBytes = plain.reduce(
    (sum, delta) => sum + RowChanges.encode(delta).finish().length,
    0,
  );
  expect(bytesOf(deflated)).toBeGreaterThan(0);
  expect(bytesOf(deflated)).toBeLessThan(plainBytes / 4);
  // The next one is made of what is kept for it.
  expect(stationsIn(await pulled(ROWS_DEFLATED, 'another'))).toEqual(stationsIn(plain));
});

test('a stream says so in its Welcome, sends so, and few rows as they are', async () => {
  const stream = stubs.sync.sync();
  const deltas: Delta[] = [];
  let welcome: Welcome | undefined;
  const hello = {
    ...{ handshake: handshakeOf(server, 'streams'), subscription: subscription(ROWS_DEFLATED) },
    ...{ relay: false, chainKnown: false, refuseUnfit: false },
  };
  stream.write(SyncRequest.create({ body: { $case: 'hello', value: hello } }));
  const live = Promise.withResolvers<void>();
  stream.on('data', ({ body }) => {
    if (body.$case === 'welcome') welcome = body.value;
    if (body.$case !== 'delta') return;
    deltas.push(body.value);
    if (body.value.checkpoint !== undefined) live.resolve();
    if (deltas.at(-1)!.changes.some(({ key }: RowChange) => key === 'later')) stream.end();
  });
  await live.promise;
  expect(welcome!.encoding).toBe(ROWS_DEFLATED);
  expect(stationsIn(deltas)).toHaveLength(250);
  expect(bytesOf(deltas)).toBeGreaterThan(0);
  const ended = new Promise((resolve) => stream.on('end', resolve));
  const writer = await server.client();
  writer.table(StationSchema).put({ id: 'later', name: 'Later' });
  await ended;
  expect(stationsIn(deltas).at(-1)!.key).toBe('later');
});
