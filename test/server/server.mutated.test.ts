/** Messages that were right once, with some bytes otherwise, over real gRPC. */
import { create, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Operation } from '../../gen/ts/syncdb/v1/data.ts';
import { GetRequest, QueryRequest, TransactRequest } from '../../gen/ts/syncdb/v1/data_service.ts';
import {
  PullRequest,
  PushPartRequest,
  PushRequest,
  SyncRequest,
} from '../../gen/ts/syncdb/v1/sync.ts';
import type { Client as SyncClient } from '../../src/client/client-api.ts';
import { handshakeOf } from '../support/raw-calls.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { liveBytes } from './support/live-bytes.ts';

/** `SYNCDB_MUTATED_MESSAGES=100000` sends as many as the promise says. */
const total = Number(process.env.SYNCDB_MUTATED_MESSAGES ?? 4_000);
const seed = Number(process.env.SYNCDB_MUTATED_SEED ?? 1);
const atOnce = 50;

let server: TestServer;
let grpc: Client;
let client: SyncClient;
const internal: unknown[] = [];

beforeAll(async () => {
  server = await startTestServer({ onInternalError: (error) => internal.push(error) });
  grpc = new Client(server.address, credentials.createInsecure());
  client = await server.client({ replicaId: 'normal' });
  await client.synced();
});
afterAll(async () => {
  grpc.close();
  await server.close();
});

interface Sample {
  readonly path: string;
  readonly isStream: boolean;
  readonly bytes: Uint8Array;
}

function samples(): Sample[] {
  const handshake = handshakeOf(server, 'raw');
  const row = toBinary(StationSchema, create(StationSchema, { id: 's1', name: 'North' }));
  const change = {
    operation: Operation.PUT,
    table: StationSchema.typeName,
    key: 's1',
    content: { $case: 'rowBytes', value: row },
    fields: [2],
    baseVersion: 1n,
    ifMatch: 'abc',
  };
  const transaction = { replicaId: 'raw', counter: 1n, stamp: 5n, changes: [change, change] };
  const subscription = {
    scopes: ['station/s1', 'station/*'],
    tables: [StationSchema.typeName],
    cursor: new Uint8Array([1, 2, 3, 4]),
    compressions: [1],
  };
  const part = {
    ...{ replicaId: 'raw', counter: 1n, totalBytes: 100n, offset: 0n },
    ...{ digest: new Uint8Array(16), bytes: new Uint8Array(20) },
  };
  const compare = { field: 'name', operation: 1, values: ['North'] };
  const query = {
    ...{ database: 'field', table: StationSchema.typeName, limit: 3, pageToken: 'abc' },
    filter: { test: { $case: 'compare', value: compare } },
    orderBy: [{ field: 'name', descending: true }],
  };
  const as = <T>(
    type: { fromPartial(value: never): T; encode(value: T): { finish(): Uint8Array } },
    value: object,
  ) => type.encode(type.fromPartial(value as never)).finish();
  const syncPath = '/syncdb.v1.SyncService/';
  const dataPath = '/syncdb.v1.DataService/';
  const unary = (path: string, bytes: Uint8Array) => ({ path, isStream: false, bytes });
  const stream = (body: object) => ({
    ...{ path: `${syncPath}Sync`, isStream: true, bytes: as(SyncRequest, { body }) },
  });
  return [
    unary(`${syncPath}Push`, as(PushRequest, { handshake, transactions: [transaction] })),
    unary(`${syncPath}PushPart`, as(PushPartRequest, { handshake, part })),
    unary(
      `${dataPath}Transact`,
      as(TransactRequest, { database: 'field', requestId: 'r1', changes: [change] }),
    ),
    unary(
      `${dataPath}Get`,
      as(GetRequest, { database: 'field', table: StationSchema.typeName, key: 's1' }),
    ),
    { ...unary(`${dataPath}Query`, as(QueryRequest, query)), isStream: true },
    { ...unary(`${syncPath}Pull`, as(PullRequest, { handshake, subscription })), isStream: true },
    stream({ $case: 'hello', value: { handshake, subscription } }),
    stream({ $case: 'push', value: { transactions: [transaction] } }),
  ];
}

/** The same sequence for the same seed. */
function random(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function mutated(
  bytes: Uint8Array,
  others: readonly Sample[],
  below: (n: number) => number,
): Buffer {
  let result = Buffer.from(bytes);
  for (let count = 1 + below(4); count > 0; count--) {
    const at = below(result.length + 1);
    const to = Math.min(result.length, at + below(12));
    const [before, behind] = [result.subarray(0, at), result.subarray(to)];
    const other = others[below(others.length)]!.bytes;
    const from = below(other.length);
    const kinds = [
      () => Buffer.concat([before, Buffer.of(below(256)), result.subarray(at + 1)]),
      () => Buffer.concat([before, behind]),
      () => Buffer.concat([before, result.subarray(at, to), result.subarray(at, to), behind]),
      () => Buffer.concat([before, other.subarray(from, from + below(40)), behind]),
      () => Buffer.concat([before, Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f), behind]),
      () => before,
    ];
    result = kinds[below(kinds.length)]!();
  }
  return result;
}

const asIs = (bytes: Buffer) => bytes;

/** The code with which a call ends; of a stream that goes on it is that of its end. */
function codeOf({ path, isStream }: Sample, bytes: Buffer): Promise<number> {
  return new Promise((resolve) => {
    if (!isStream) {
      const done = (error: ServiceError | null) => resolve(error?.code ?? status.OK);
      grpc.makeUnaryRequest(path, asIs, asIs, bytes, done);
      return;
    }
    const duplex = path.endsWith('/Sync')
      ? grpc.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs)
      : undefined;
    const call = duplex ?? grpc.makeServerStreamRequest<Buffer, Buffer>(path, asIs, asIs, bytes);
    call.on('error', () => {});
    call.on('status', ({ code }: { code: number }) => resolve(code));
    call.resume();
    duplex?.write(bytes);
    duplex?.end();
  });
}

test(`[I13] ${total} mutated messages are answered, none as an error of ours, and leave nothing behind`, async () => {
  const all = samples();
  const below = random(seed);
  const codes = new Map<number, number>();
  let written = 0;
  let before = 0;
  for (let sent = 0; sent < total; sent += atOnce) {
    // What is made once, such as caches, is there by then.
    if (sent >= total / 4 && before === 0) before = await liveBytes();
    const calls = Array.from({ length: atOnce }, () => {
      const sample = all[below(all.length)]!;
      return codeOf(sample, mutated(sample.bytes, all, below));
    });
    client.table(StationSchema).put({ id: `normal-${written++ % 100}`, name: `${sent}` });
    for (const code of await Promise.all(calls)) codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  await client.synced();
  const grown = (await liveBytes()) - before;
  expect(internal).toEqual([]);
  const seen = [...codes.keys()].map((code) => status[code]!);
  const ours = [status.INTERNAL, status.UNKNOWN, status.DATA_LOSS, status.CANCELLED];
  expect(seen.filter((name) => ours.includes(status[name as keyof typeof status]))).toEqual([]);
  expect(seen).toEqual(expect.arrayContaining(['OK', 'INVALID_ARGUMENT', 'NOT_FOUND']));
  expect(grown).toBeLessThan(64 << 20);
  expect(client.status.state).toBe('live');
}, 600_000);
