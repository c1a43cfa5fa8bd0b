/** Blocks that get damaged on their way, or at the server, over real gRPC. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type Delta, Encoding, type Subscription } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { OpenOptions } from '../../src/client/open-options.ts';
import type { Status } from '../../src/client/status.ts';
import type { SharedBlock } from '../../src/session/shared-blocks.ts';
import { createCompressors } from '../../src/wire/compressor.ts';
import { DeltaEncoder } from '../../src/wire/delta-encoder.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { type DamagingProxy, startDamagingProxy } from './support/damaging-proxy.ts';

const { ROWS, COLUMNS } = Encoding;
const rowsPerDelta = 40;
const unreadSentence = 'a client could not read what it was sent, and asks for it as rows';

let server: TestServer;
let proxy: DamagingProxy;
let warnings: [string, object][];

beforeEach(async () => {
  warnings = [];
  const none = () => {};
  const warn = (facts: object, message: string) => void warnings.push([message, facts]);
  server = await startTestServer({
    limits: { deltaRowsMax: rowsPerDelta },
    logger: { debug: none, info: none, error: none, warn },
  });
  proxy = await startDamagingProxy(server.address);
});
afterEach(async () => {
  await server.close();
  proxy.close();
});

const unreadable = () => warnings.filter(([message]) => message === unreadSentence);
const isColumns = ({ encodings }: Subscription) => encodings[0] === COLUMNS;

/** Five Deltas of stations, written by somebody who meets no proxy. */
async function stations(count = rowsPerDelta * 5): Promise<Client> {
  const writer = await server.client();
  writer.transaction((scope) => {
    for (let row = 0; row < count; row++) {
      scope.table(StationSchema).put({ id: `s${row}`, name: `Station ${row}` });
    }
  });
  await writer.synced();
  return writer;
}

async function phone(options: Partial<OpenOptions> = {}) {
  const counted: Record<string, number> = {};
  const statuses: Status[] = [];
  const lines: string[] = [];
  const none = () => {};
  const client = await server.client({
    url: proxy.address,
    on: { status: (status) => statuses.push(status) },
    metrics: {
      add: (name, value) => {
        counted[name] = (counted[name] ?? 0) + value;
      },
      record: none,
    },
    logger: { debug: none, info: none, error: none, warn: (_, message) => lines.push(message) },
    ...options,
  });
  const reasons = () =>
    statuses.flatMap((status) => ('error' in status && status.error?.reason) || []);
  return { client, counted, lines, reasons };
}

/** The block without its last byte. */
function cut(delta: Delta): Delta {
  const { columns } = delta;
  return { ...delta, columns: columns.subarray(0, Math.max(0, columns.length - 1)) };
}

describe('a block that is damaged on its way', () => {
  test('comes as rows from where the copy stands, and is reported to the app and to the server', async () => {
    await stations();
    let damaged = 0;
    let blocks = 0;
    proxy.damage = (delta) => {
      if (delta.columns.length === 0 || blocks++ !== 2) return delta;
      damaged++;
      return cut(delta);
    };
    const { client, counted, lines, reasons } = await phone();
    await client.synced();
    expect(damaged).toBe(1);
    expect(client.table(StationSchema).count()).toBe(rowsPerDelta * 5);
    const [first, second] = proxy.subscriptions;
    expect(first).toMatchObject({ unreadable: undefined });
    expect(isColumns(first!)).toBe(true);
    expect(second).toMatchObject({ encodings: [ROWS] });
    expect(second!.unreadable!.reason).toBe('MALFORMED_BYTES');
    expect(second!.cursor.length).toBeGreaterThan(0);
    // It is no failure of the link: nothing waited.
    expect(counted).toMatchObject({ deltas_unreadable: 1, connections: 2 });
    expect(counted).not.toHaveProperty('connection_failures');
    expect(reasons()).toEqual(['MALFORMED_BYTES']);
    expect(lines).toEqual(['connecting']);
    expect(unreadable()).toHaveLength(1);
    expect(unreadable()[0]![1]).toMatchObject({
      ...{ database: 'field', reason: 'MALFORMED_BYTES', replica: client.replicaId },
      blocksDropped: 1,
    });
  });

  test('is followed by columns again, on the stream after', async () => {
    const writer = await stations();
    proxy.damage = (delta, stream) => (stream === 0 ? cut(delta) : delta);
    const { client } = await phone();
    await client.synced();
    client.disconnect();
    writer.table(StationSchema).put({ id: 'later', name: 'Later' });
    await writer.synced();
    client.connect();
    await client.synced();
    expect(client.table(StationSchema).get('later')?.name).toBe('Later');
    expect(proxy.subscriptions.map(isColumns)).toEqual([true, false, true]);
    expect(proxy.subscriptions[2]!.unreadable).toBeUndefined();
    expect(unreadable()).toHaveLength(1);
  });

  test('and comes damaged as rows, too, is an error that is waited for and tried again, until it comes well', async () => {
    await stations();
    let isBad = true;
    proxy.damage = (delta) => {
      if (!isBad || delta.checkpoint !== undefined) return delta;
      if (delta.columns.length > 0) return cut(delta);
      return {
        ...delta,
        changes: delta.changes.map((change) => ({ ...change, type: 0 as never })),
      };
    };
    const { client, counted } = await phone();
    client.table(StationSchema).put({ id: 'mine', name: 'Mine' });
    await eventually(() => (counted.connection_failures ?? 0) >= 2);
    expect(counted.deltas_unreadable).toBe(1);
    expect(proxy.subscriptions.slice(1, 3).map(isColumns)).toEqual([false, false]);
    isBad = false;
    await client.synced();
    expect(client.table(StationSchema).count()).toBe(rowsPerDelta * 5 + 1);
    expect(client.pendingCount).toBe(0);
  });

  test('whatever its damage is, the copy is the server’s in the end', async () => {
    await stations();
    let bits = 1;
    proxy.damage = (delta, stream) => {
      if (stream % 2 === 1 || delta.columns.length === 0) return delta;
      const columns = Uint8Array.from(delta.columns);
      // The head of the block: what it says of its frames.
      columns[bits % 4]! ^= 1 << (bits++ % 8);
      return { ...delta, columns };
    };
    for (let times = 0; times < 8; times++) {
      const { client } = await phone();
      await client.synced();
      expect(client.table(StationSchema).count()).toBe(rowsPerDelta * 5);
      await client.close();
    }
  });
});

test('a block that is damaged where it is kept is let go of: the next one who begins is sent a good one', async () => {
  const { source } = server.database;
  const kept: SharedBlock[] = [];
  const { blocks } = source;
  const add = blocks.add.bind(blocks);
  blocks.add = (name, block, state) => {
    if (name.includes('columns')) kept.push(block);
    add(name, block, state);
  };
  await stations();
  const { client: first } = await phone();
  await first.synced();
  expect(kept.length).toBeGreaterThan(2);
  const form = { encoding: 'columns', compression: 'zstd', level: 'balanced' } as const;
  const encoder = new DeltaEncoder(form, createCompressors(), source);
  const rows = await encoder.rows({ deltas: [], block: kept[1]! });
  expect(rows.columns.length).toBeGreaterThan(0);
  rows.columns.fill(0);

  const { client: second } = await phone();
  await second.synced();
  expect(second.table(StationSchema).count()).toBe(rowsPerDelta * 5);
  expect(unreadable().map(([, facts]) => facts)).toEqual([
    expect.objectContaining({ blocksDropped: 1 }),
  ]);
  const { client: third, counted } = await phone();
  await third.synced();
  expect(third.table(StationSchema).count()).toBe(rowsPerDelta * 5);
  expect(counted).not.toHaveProperty('deltas_unreadable');
});
