/** First syncs over links that are slow, or that are cut again and again, through a proxy that is one. */
import { randomBytes } from 'node:crypto';
import { create, type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LinkOptions, type SlowLink, startSlowLink } from '../../bench/support/slow-link.ts';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Encoding, SyncServiceClient } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Change } from '../../src/change/transaction.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { OpenOptions } from '../../src/client/open-options.ts';
import type { Status } from '../../src/client/status.ts';
import type { Identity } from '../../src/session/source.ts';
import { RawStream, station } from '../server/support/raw-stream.ts';
import { stubsOf } from '../support/raw-calls.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let link: SlowLink;

beforeEach(async () => {
  server = await startTestServer();
});
afterEach(async () => {
  await server.close();
  await link.close();
});

describe('a first sync', () => {
  it('[P5] over a link that is cut again and again goes on where it was: little comes twice', async () => {
    await fill(6_000, 100);
    const wire = { roundTripMs: 20, bytesPerSecond: 250_000 };
    const whole = await synced(wire);
    const cut = await synced({ ...wire, cutEveryMs: 400 });
    expect(cut.cuts).toBeGreaterThanOrEqual(2);
    expect(cut.rows).toEqual(whole.rows);
    // Of what was cut no more than one message had come in part; and each greeting takes some bytes.
    expect(cut.bytes - whole.bytes).toBeLessThan((cut.cuts * whole.bytes) / 4);
  });

  it('[P5] of a row that takes longer than a link may be silent needs one connection', async () => {
    const large = create(StationSchema, { id: 'large', name: textOf(60_000) });
    await write([putOf(StationSchema, large)]);
    const retry = { delayMsMin: 5, delayMsMax: 50, silenceMsMax: 600 };
    const { statuses, seconds } = await synced(
      { roundTripMs: 20, bytesPerSecond: 30_000 },
      { retry, tables: [StationSchema] },
    );
    expect(seconds).toBeGreaterThan(1.2);
    expect(statuses.map(({ state }) => state)).not.toContain('offline');
    expect(statuses.filter(({ state }) => state === 'connecting')).toHaveLength(1);
  });

  it('[P7] does not keep answers behind it', async () => {
    await fill(1_000, 200);
    link = await startSlowLink(server.running.port, { roundTripMs: 20, bytesPerSecond: 60_000 });
    const stubs = stubsOf(server);
    const sync = new SyncServiceClient(link.address, credentials.createInsecure());
    const stream = new RawStream(server, { ...stubs, sync });
    stream.hello('raw', { encodings: [Encoding.ROWS] });
    await eventually(() => stream.deltas().length > 2);
    stream.push(station('raw', 1, 'one'));
    await eventually(() => stream.outcomes().length > 0, 20_000);
    // The rows take ten times as long as what may be on its way.
    expect(stream.deltas().every(({ checkpoint }) => checkpoint === undefined)).toBe(true);
    stream.cancel();
    stubs.close();
    sync.close();
  });
});

describe('edits', () => {
  const wire = { roundTripMs: 20, bytesPerSecond: 8_000, bufferBytes: 1_000_000 };
  const retry = { delayMsMin: 5, delayMsMax: 50, silenceMsMax: 2_000 };
  const some = Array.from({ length: 40 }, () => 1_000);

  it('[P5] that take longer than a link may be silent need one connection', async () => {
    const { bytes, statuses } = await sent(some, wire, { retry });
    // Else all of them would be on their way, and an answer behind them.
    expect(bytes).toBeLessThan(1.2 * 40_000);
    expect(statuses.filter(({ state }) => state === 'connecting')).toHaveLength(1);
  });

  it('[P5] of a row that takes so long need one too', async () => {
    const { bytes, statuses } = await sent([40_000], wire, { retry });
    expect(bytes).toBeLessThan(1.2 * 40_000);
    expect(statuses.filter(({ state }) => state === 'connecting')).toHaveLength(1);
  });

  it.each<[string, number[]]>([
    ['many', some],
    ['one that is large', [40_000]],
  ])(
    '[P5] over a link that is cut again and again: of %s little goes twice',
    async (_name, lengths) => {
      // What was written has to come back within one of its lives.
      const lasting = { ...wire, bytesPerSecond: 200_000, bytesPerSecondUp: 8_000 };
      const { bytes, cuts } = await sent(lengths, { ...lasting, cutEveryMs: 1_500 }, { retry });
      expect(cuts).toBeGreaterThanOrEqual(3);
      expect(bytes).toBeLessThan(2 * 40_000);
    },
  );
});

describe('a client', () => {
  it('[P7] stays with a link that is not silent, whichever of several addresses it is to', async () => {
    const wire = { roundTripMs: 600, bytesPerSecond: 1_000_000 };
    link = await startSlowLink(server.running.port, wire);
    const other = await startSlowLink(server.running.port, wire);
    const states: Status['state'][] = [];
    const client = await server.client({
      url: `ipv4:127.0.0.1:${link.port},127.0.0.1:${other.port}`,
      // A ping goes after three quarters of it, and its answer has a way to come.
      retry: { silenceMsMax: 4_000 },
      on: { status: ({ state }) => states.push(state) },
    });
    await client.synced();
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    await client.close();
    await other.close();
    expect(states.filter((state) => state === 'connecting')).toHaveLength(1);
  });

  it('[P7] whose link has become silent makes another', async () => {
    link = await startSlowLink(server.running.port, { roundTripMs: 0, bytesPerSecond: 1_000_000 });
    const statuses: Status[] = [];
    const client = await opened(statuses, {
      retry: { delayMsMin: 5, delayMsMax: 50, silenceMsMax: 200 },
    });
    await client.synced();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // It is asked for a sign of life, which comes.
    expect(statuses.at(-1)?.state).toBe('live');
    link.silence();
    await eventually(() =>
      statuses.some(
        (status) => status.state === 'connecting' && status.error?.reason === 'NOT_ANSWERED',
      ),
    );
    await eventually(() => client.status.state === 'live');
  });
});

async function opened(statuses: Status[], options: Partial<OpenOptions> = {}): Promise<Client> {
  return server.client({
    url: link.address,
    tables: [InspectionSchema],
    on: { status: (status) => statuses.push(status) },
    ...options,
  });
}

/** A first sync over a link of its own, and what passed there to the client. */
async function synced(options: LinkOptions, overrides: Partial<OpenOptions> = {}) {
  link = await startSlowLink(server.running.port, options);
  const told: Status[] = [];
  const startedMs = performance.now();
  const client = await opened(told, overrides);
  await client.synced();
  const seconds = (performance.now() - startedMs) / 1_000;
  const { toClient: bytes, cutCount: cuts } = link;
  const statuses = [...told];
  const rows = new Set(
    client
      .table(InspectionSchema)
      .query()
      .rows.map(({ id }) => id),
  );
  await client.close();
  await link.close();
  return { seconds, bytes, cuts, rows, statuses };
}

/** A text that takes so many bytes however well it is compressed. */
function noiseOf(length: number): string {
  return randomBytes(length).toString('base64');
}

/** Edits with texts that come to such lengths, written without a link, and what passed to the server over one until all had an outcome. */
async function sent(
  lengths: readonly number[],
  options: LinkOptions,
  overrides: Partial<OpenOptions>,
) {
  link = await startSlowLink(server.running.port, options);
  const statuses: Status[] = [];
  const client = await opened(statuses, { tables: [StationSchema], ...overrides });
  client.disconnect();
  statuses.length = 0;
  // What goes in parts is not compressed.
  const nameOf = lengths.length > 1 ? noiseOf : textOf;
  const outcomes = lengths.map(
    (length, index) =>
      client
        .table(StationSchema)
        .put(create(StationSchema, { id: `s${index}`, name: nameOf(length) })).outcome,
  );
  client.connect();
  expect((await Promise.all(outcomes)).map(({ status }) => status)).toEqual(
    lengths.map(() => 'committed'),
  );
  const { toServer: bytes, cutCount: cuts } = link;
  const told = [...statuses];
  await client.close();
  await link.close();
  return { bytes, cuts, statuses: told };
}

const everyone: Identity = {
  name: 'filler',
  readScopes: ['*'],
  writeScopes: ['*'],
  relay: false,
  admin: true,
  expiresAtMs: undefined,
};

async function write(changes: readonly Change[]): Promise<void> {
  const { outcome } = await server.database.transact(changes, '', everyone);
  expect(outcome.status).toBe('committed');
}

function putOf<Desc extends DescMessage>(desc: Desc, row: MessageShape<Desc>): Change {
  return {
    operation: 'put',
    table: desc.typeName,
    key: '',
    row: toBinary(desc, row),
    fields: [],
    base: undefined,
    baseCounter: 0,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  };
}

/** A text that is not to be compressed much. */
function textOf(length: number): string {
  return Array.from({ length }, () => Math.floor(Math.random() * 36).toString(36)).join('');
}

/** Rows with such texts. */
async function fill(count: number, textLength: number): Promise<void> {
  const changes = Array.from({ length: count }, (_, index) => {
    const id = `i${index}`;
    const notes = textOf(textLength);
    return putOf(InspectionSchema, create(InspectionSchema, { id, stationId: 'north', notes }));
  });
  await write(changes);
}
