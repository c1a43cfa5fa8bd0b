/** Columns that travel by codecs of the team's own, between real servers and clients. */
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Track, TrackSchema } from '../../gen/es/test/v1/track_pb.ts';
import { SyncServiceService } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import { type Database, openDatabase } from '../../src/server/database.ts';
import { silent } from '../../src/server/logger.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import type { TeamCodec } from '../../src/table/batch/team-codec.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { eventually } from '../support/test-server.ts';
import { heights, lineOf, polyline } from '../table/batch/support/polyline.ts';

const schema = [TrackSchema];
const trackCount = 120;
/** Blocks of a first sync are kept for others where they are whole. */
const limits = { ...defaultLimits, deltaRowsMax: 25 };

let database: Database;
let server: RunningServer | undefined;
let clients: Client[];

beforeEach(() => {
  clients = [];
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await server?.close(500);
  server = undefined;
});

/** Walks of some points: any two of them are as near as two steps are. */
function walk(of: number): Track {
  const points = Array.from({ length: 60 }, (_, at) => {
    return [47_000_000 + of * 1_000 + at * (3 + (at % 5)), 8_000_000 - at * (of % 7) - (at % 3)];
  });
  return create(TrackSchema, {
    id: `t${of}`,
    line: lineOf(...points.flat()),
    heights: points.map((_, at) => 400 + ((of + at * at) % 11)),
    notes: of % 4 === 0 ? 'steep' : '',
  });
}

const walks = Array.from({ length: trackCount }, (_, of) => walk(of));

/** A server with the walks. */
async function serve(teamCodecs?: readonly TeamCodec[]): Promise<void> {
  database = await openDatabase({ name: 'walks', schema, limits });
  server = await startServer({
    ...{ databases: [database], address: '127.0.0.1:0', logger: silent, limits },
    ...(teamCodecs && { teamCodecs }),
  });
  const writer = await clientWith();
  const tracks = writer.table(TrackSchema);
  for (const written of walks.map((track) => tracks.put(track))) await written.outcome;
  await writer.close();
}

async function clientWith(teamCodecs?: readonly TeamCodec[]): Promise<Client> {
  const url = server!.address;
  const retry = { delayMsMin: 5, delayMsMax: 50 };
  const options = { url, database: 'walks', schema, retry };
  const client = await open({ ...options, ...(teamCodecs && { teamCodecs }) });
  clients.push(client);
  return client;
}

const rowsOf = (client: Client) =>
  client.table(TrackSchema).query({ orderBy: [{ field: 'id' }], limit: 1_000 }).rows;
const sorted = walks.toSorted((left, right) => (left.id < right.id ? -1 : 1));

/** The codec, with how often each function of it was called. */
function counted(codec: TeamCodec<Uint8Array>) {
  const calls = { encode: 0, decode: 0 };
  const counting: TeamCodec<Uint8Array> = {
    name: codec.name,
    encode: (values) => {
      calls.encode++;
      return codec.encode(values);
    },
    decode: (bytes, count) => {
      calls.decode++;
      return codec.decode(bytes, count);
    },
  };
  return { counting, calls };
}

/** Bytes of the Deltas that a first sync takes. */
async function firstSync(teamCodecs?: readonly TeamCodec[]): Promise<number> {
  let bytes = 0;
  const { sync } = SyncServiceService;
  const deserialize = sync.responseDeserialize;
  const tapped = (message: Buffer) => {
    bytes += message.length;
    return deserialize(message);
  };
  Object.assign(sync, { responseDeserialize: tapped });
  try {
    const client = await clientWith(teamCodecs);
    await client.synced();
    expect(rowsOf(client)).toEqual(sorted);
    await client.close();
  } finally {
    Object.assign(sync, { responseDeserialize: deserialize });
  }
  return bytes;
}

test('[P16][P22] columns come in codecs that both have, in fewer bytes, and others get them in others', async () => {
  const atServer = counted(polyline);
  await serve([atServer.counting, heights]);
  const atClient = counted(polyline);
  const plain = await firstSync();
  expect(atServer.calls.encode).toBe(0);
  const coded = await firstSync([atClient.counting, heights]);
  const blocks = atServer.calls.encode;
  expect(blocks).toBeGreaterThan(0);
  expect(atClient.calls).toEqual({ encode: 0, decode: blocks });
  expect(coded).toBeLessThan(plain);
  // What was made for others is there, for those with the same codecs.
  await firstSync([heights, atClient.counting]);
  await firstSync();
  expect([atServer.calls.encode, atClient.calls.decode]).toEqual([blocks, 2 * blocks]);
  await firstSync([heights]);
  expect([atServer.calls.encode, atClient.calls.decode]).toEqual([blocks, 2 * blocks]);
});

test('[P16] a codec that only one of the two has is not used', async () => {
  const { counting, calls } = counted(polyline);
  await serve([counting]);
  await firstSync([heights]);
  await firstSync();
  await server!.close(500);
  await serve();
  await firstSync([counting]);
  await server!.close(500);
  await serve([{ ...polyline, name: 'acme.other' }]);
  await firstSync([counting]);
  expect(calls).toEqual({ encode: 0, decode: 0 });
});

test('[P16] rows are right where the server’s codec throws, or does not undo what it does', async () => {
  const throwing: TeamCodec = {
    name: heights.name,
    encode: () => {
      throw new Error('not this time');
    },
    decode: () => [],
  };
  const lying: TeamCodec<Uint8Array> = {
    ...polyline,
    encode: (lines) => polyline.encode(lines.map((line) => line.subarray(8).slice())),
  };
  await serve([lying, throwing]);
  const { counting, calls } = counted(polyline);
  await firstSync([counting, heights]);
  expect(calls).toEqual({ encode: 0, decode: 0 });
});

test('[P16] a client whose codec cannot read what came is told which field it is, and shows no wrong row', async () => {
  await serve([polyline]);
  const other: TeamCodec<Uint8Array> = {
    ...polyline,
    decode: (bytes, count) => polyline.decode(bytes.subarray(1), count),
  };
  const client = await clientWith([other]);
  const told: string[] = [];
  client.on('status', (status) => {
    if ('error' in status && status.error !== undefined) told.push(status.error.message);
  });
  const isDone = () => told.length > 0 || rowsOf(client).length > 0;
  await eventually(isDone);
  if (rowsOf(client).length > 0) expect(rowsOf(client)).toEqual(sorted);
  else expect(told[0]).toContain('line: its codec acme.polyline cannot read it');
});

test('edits after the first sync are right, few and many', async () => {
  await serve([polyline, heights]);
  const reader = await clientWith([polyline, heights]);
  const writer = await clientWith([polyline, heights]);
  await reader.synced();
  await writer.synced();
  const tracks = writer.table(TrackSchema);
  await tracks.patch('t3', { line: lineOf(1, 2) }).outcome;
  writer.transaction((edits) => {
    for (const { id, line } of walks.slice(10, 90)) {
      edits.table(TrackSchema).patch(id, { line: line.subarray(8), heights: [] });
    }
  });
  await writer.synced();
  await eventually(() => reader.table(TrackSchema).get('t89')?.heights.length === 0);
  expect(rowsOf(reader)).toEqual(rowsOf(writer));
  expect(reader.table(TrackSchema).get('t3')?.line).toEqual(lineOf(1, 2));
});

test('two codecs of one name, or a name that cannot be, are refused at both ends', async () => {
  const wrong = { teamCodecs: [polyline, polyline] };
  const expected = { reason: 'BAD_TEAM_CODEC', fields: ['teamCodecs[1].name'] };
  const opened = await open({ database: 'walks', schema, ...wrong }).catch((error) => error);
  expect(refusalOf(() => raise(opened))).toEqual(expected);
  const started = await startServer({ databases: [], address: '127.0.0.1:0', ...wrong }).catch(
    (error) => error,
  );
  expect(refusalOf(() => raise(started))).toEqual(expected);
});

function raise(error: unknown): never {
  throw error;
}
