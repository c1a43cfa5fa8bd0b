/** What an identity may reach, in every service. */
import { create, fromBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConflictSchema } from '../../gen/es/syncdb/v1/system_pb.ts';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { ListDatabasesResponse } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { type Change, Operation, type Row, RowChangeType } from '../../gen/ts/syncdb/v1/data.ts';
import {
  ComparisonOperator,
  type Filter,
  type GetResponse,
  type QueryRequest,
  type TransactResponse,
  type WatchResponse,
} from '../../gen/ts/syncdb/v1/data_service.ts';
import type { PushResponse, SyncRequest } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code } from '../../src/base/errors.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { openDatabase } from '../../src/server/database.ts';
import { startServer } from '../../src/server/server.ts';
import type { Identity } from '../../src/session/source.ts';
import { call, collect, errorOf, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import {
  eventually,
  fieldSchema,
  startTestServer,
  type TestServer,
} from '../support/test-server.ts';

let server: TestServer;
let stubs: Stubs;
/** Who calls. */
let identity: Partial<Identity>;

beforeEach(async () => {
  identity = {};
  server = await startTestServer({
    authorise: async (context) => ({ ...(await trustEveryone(context)), ...identity }),
    limits: { queryBatchRows: 2 },
  });
  stubs = stubsOf(server);
});
afterEach(async () => {
  stubs.close();
  await server.close();
});

function inspection(id: string, stationId: string): Change {
  const any = anyPack(InspectionSchema, create(InspectionSchema, { id, stationId }));
  return { ...change, content: { $case: 'row', value: any } };
}

const change: Change = {
  operation: Operation.PUT,
  table: '',
  key: '',
  content: undefined,
  fields: [],
  baseVersion: undefined,
  baseCounter: 0n,
  ifMatch: '',
  ifNoneMatch: false,
  baseAbsent: false,
};
const station: Change = {
  ...change,
  content: { $case: 'row', value: anyPack(StationSchema, create(StationSchema, { id: 's1' })) },
};

const transact = (...changes: Change[]) =>
  call<TransactResponse>((done) =>
    stubs.data.transact({ database: 'field', requestId: '', changes }, done),
  );
const inspections = { database: 'field', table: 'test.v1.Inspection' };
const get = (key: string, table = inspections.table) =>
  call((done) => stubs.data.get({ database: 'field', table, key }, done));
const query = (request: Partial<QueryRequest> = {}) =>
  collect(
    stubs.data.query({
      ...inspections,
      filter: undefined,
      orderBy: [],
      limit: 0,
      pageToken: '',
      countOnly: false,
      ...request,
    }),
  );
const keysOf = async (request: Partial<QueryRequest> = {}) =>
  (await query(request)).flatMap(({ rows }) => rows.map(({ key }: Row) => key));
const countOf = async (request: Partial<QueryRequest> = {}) =>
  (await query({ countOnly: true, ...request }))[0]!.rowCount;

describe('[I7] a backend service that may read some scopes', () => {
  beforeEach(async () => {
    const changes = ['1', '2', '3', '4', '5'].map((id) => inspection(id, `s${Number(id) % 2}`));
    await transact(...changes, inspection('none', ''), station);
    identity = { readScopes: ['station/s1'] };
  });

  it('gets no other row: it is as if there were none', async () => {
    await get('1');
    const [hidden, absent] = await Promise.all(
      ['2', '9'].map((key) => get(key).catch((error: unknown) => error)),
    );
    expect(hidden).toMatchObject({ code: Code.notFound, reason: 'ROW_NOT_FOUND' });
    expect(JSON.stringify(hidden).replaceAll('2', '9')).toBe(JSON.stringify(absent));
    await get('s1', 'test.v1.Station');
  });

  it('finds and counts no other', async () => {
    expect(await keysOf()).toEqual(['1', '3', '5']);
    expect(await keysOf({ orderBy: [{ field: 'id', descending: true }] })).toEqual(['5', '3', '1']);
    expect(await countOf()).toBe(3n);
    expect(await keysOf({ table: 'test.v1.Station' })).toEqual(['s1']);
    expect(await keysOf({ table: 'syncdb.v1.Writer' })).toEqual([]);
    expect(await keysOf({ table: 'syncdb.v1.SchemaVersion' })).toEqual([]);
  });

  it('pages by its own rows', async () => {
    const [first] = await query({ limit: 2 });
    expect(first!.rows.map(({ key }) => key)).toEqual(['1', '3']);
    const rest = await query({ limit: 2, pageToken: first!.nextPageToken });
    expect(
      rest.map(({ rows, nextPageToken }) => [rows.map(({ key }) => key), nextPageToken]),
    ).toEqual([[['5'], '']]);
  });

  it('finds every row, also one in no scope, where it may read everything', async () => {
    identity = { readScopes: ['*'] };
    expect(await keysOf()).toEqual(['1', '2', '3', '4', '5', 'none']);
    expect(await countOf()).toBe(6n);
    expect(await keysOf({ table: 'syncdb.v1.SchemaVersion' })).toEqual(['1']);
  });

  it('watches no other, and learns that a row is gone when it leaves its scopes', async () => {
    const stream = stubs.data.watch({ ...inspections, filter: undefined });
    const seen: WatchResponse[] = [];
    stream.on('data', (response: WatchResponse) => seen.push(response));
    stream.on('error', () => {});
    await eventually(() => seen.some(({ live }) => live));
    await transact(inspection('1', 's0'), inspection('2', 's1'), inspection('4', 's2'));
    const told = () => seen.flatMap(({ changes }) => changes.map(({ type, key }) => [type, key]));
    await eventually(() => told().length >= 5);
    expect(told()).toEqual([
      ...['1', '3', '5'].map((key) => [RowChangeType.FULL, key]),
      [RowChangeType.DELETED, '1'],
      [RowChangeType.FULL, '2'],
    ]);
    stream.cancel();
  });
});

describe('[I7] an entry of the ledger to a backend service', () => {
  const ledger = 'syncdb.v1.Conflict';
  const names = (
    field: string,
    operation: ComparisonOperator = ComparisonOperator.NOT_EQUAL,
  ): Filter => ({
    test: {
      $case: 'compare',
      value: { field, operation, values: ['nothing'] },
    },
  });
  const all = { readScopes: ['*'] };
  const narrow = { readScopes: ['station/s1', '$replica/*'] };
  const wordsOf = (row: Row | undefined) => {
    const entry = fromBinary(ConflictSchema, row!.row!.value);
    return [entry.key, entry.remoteReplicaId, entry.remoteRow.length > 0, entry.redacted];
  };

  beforeEach(async () => {
    await transact(inspection('1', 's0'));
    // Made without knowledge of the row, so it meets it.
    await transact({ ...inspection('1', 's1'), baseVersion: 0n });
    identity = narrow;
  });

  it('comes by every method without what it may not read', async () => {
    const [key] = await keysOf({ table: ledger });
    const stream = stubs.data.watch({ ...inspections, table: ledger, filter: undefined });
    const seen: WatchResponse[] = [];
    stream.on('data', (response: WatchResponse) => seen.push(response));
    stream.on('error', () => {});
    await eventually(() => seen.some(({ live }) => live));
    stream.cancel();
    const { row: got } = await call<GetResponse>((done) =>
      stubs.data.get({ database: 'field', table: ledger, key: key! }, done),
    );
    const queried = (await query({ table: ledger }))[0]!.rows[0]!;
    const watched = seen.flatMap(({ changes }) => changes)[0] as unknown as Row;
    for (const row of [got, queried, watched]) expect(wordsOf(row)).toEqual(['', '', false, true]);
    identity = all;
    const [whole] = (await query({ table: ledger }))[0]!.rows;
    expect(wordsOf(whole)).toEqual(['1', '$service', true, false]);
  });

  it.each<[what: string, hidden: Filter]>([
    ['a comparison', names('key')],
    ['its opposite', { test: { $case: 'noneOf', value: names('key', ComparisonOperator.EQUAL) } }],
    ['a list', { test: { $case: 'allOf', value: { filters: [names('key')] } } }],
    ['a choice', { test: { $case: 'anyOf', value: { filters: [names('key')] } } }],
  ])('is not found through %s of what is left out', async (_what, filter) => {
    expect(await countOf({ table: ledger, filter })).toBe(0n);
    expect(await countOf({ table: ledger, filter: names('replica_id') })).toBe(1n);
    identity = all;
    expect(await countOf({ table: ledger, filter })).toBe(1n);
  });

  it('has no place in an order by what is left out', async () => {
    const keysBy = (field: string) =>
      keysOf({ table: ledger, orderBy: [{ field, descending: false }] });
    expect(await keysBy('counter')).toHaveLength(1);
    expect(await keysBy('key')).toEqual([]);
  });
});

describe('[I7] the etags of a Transact', () => {
  it('are those of the rows that the caller may read', async () => {
    await transact(inspection('1', 's0'));
    identity = { readScopes: ['station/s1'] };
    const changes = [inspection('1', 's0'), inspection('2', 's1'), station];
    const { etags } = await transact(...changes);
    expect(etags.map((etag) => etag !== '')).toEqual([false, true, true]);
  });
});

it('[I7] a relay that may read little is told of others’ refusals in a Push without what they say of rows', async () => {
  const patch = (replicaId: string) => ({
    replicaId,
    counter: 1n,
    previousDigest: new Uint8Array(0),
    stamp: 0n,
    schemaVersion: 0,
    changes: [{ ...station, operation: Operation.PATCH, key: 's1' }],
  });
  const told = async (replicaId: string) => {
    const { outcomes } = await call<PushResponse>((done) =>
      stubs.sync.push(
        {
          handshake: handshakeOf(server, 'relay'),
          transactions: [patch(replicaId)],
          refuseUnfit: false,
        },
        done,
      ),
    );
    return outcomes[0];
  };
  identity = { readScopes: ['station/a'] };
  expect(await told('phone')).toMatchObject({ reason: 'ROW_NOT_FOUND', message: '' });
  expect((await told('relay'))?.message).toContain('s1');
});

describe('a database that the identity may not use', () => {
  const asked = { database: 'field', table: 'test.v1.Station' };
  const syncErrorOf = (request: SyncRequest) =>
    new Promise((_, reject) => {
      const stream = stubs.sync.sync();
      stream.on('error', (error) => reject(errorOf(error as never)));
      stream.write(request);
    });
  const subscription = {
    scopes: [],
    tables: [],
    cursor: new Uint8Array(0),
    shownCursor: new Uint8Array(0),
    shownLost: false,
    encodings: [],
    compressions: [],
    level: 0 as const,
    shortCursors: false,
    teamCodecs: [],
  };
  const calls: [string, (database: string) => Promise<unknown>][] = [
    ['Get', (database) => call((done) => stubs.data.get({ ...asked, database, key: 's1' }, done))],
    ['Query', (database) => query({ ...asked, database })],
    ['Watch', (database) => collect(stubs.data.watch({ ...asked, database, filter: undefined }))],
    [
      'Transact',
      (database) =>
        call((done) => stubs.data.transact({ database, requestId: '', changes: [station] }, done)),
    ],
    ['ListTables', (database) => call((done) => stubs.admin.listTables({ database }, done))],
    [
      'Pull',
      (database) =>
        collect(
          stubs.sync.pull({ handshake: { ...handshakeOf(server, 'raw'), database }, subscription }),
        ),
    ],
    [
      'Push',
      (database) =>
        call((done) =>
          stubs.sync.push(
            {
              handshake: { ...handshakeOf(server, 'raw'), database },
              transactions: [],
              refuseUnfit: false,
            },
            done,
          ),
        ),
    ],
    [
      'Sync',
      (database) =>
        syncErrorOf({
          body: {
            $case: 'hello',
            value: {
              handshake: { ...handshakeOf(server, 'raw'), database },
              subscription,
              relay: false,
              chainKnown: false,
              outcomeRuns: false,
              ownRows: false,
              refuseUnfit: false,
            },
          },
        }),
    ],
  ];

  it.each(calls)('is to %s as one that is not there', async (_method, run) => {
    identity = { databases: ['tenant-1', 'shared-*'] };
    const [hidden, absent] = await Promise.all(
      ['field', 'other'].map((name) => run(name).catch((error: unknown) => error)),
    );
    expect(hidden).toMatchObject({ code: Code.notFound, reason: 'UNKNOWN_DATABASE' });
    expect(hidden).toHaveProperty('message', expect.stringContaining('none that you may use'));
    expect(messageOf(hidden).replaceAll('field', 'other')).toBe(messageOf(absent));
  });

  it('is not listed', async () => {
    const list = () =>
      call<ListDatabasesResponse>((done) => stubs.admin.listDatabases({}, done)).then(
        ({ databases }) => databases.map(({ name }) => name),
      );
    expect(await list()).toEqual(['field']);
    identity = { databases: ['fi*'], admin: false };
    expect(await list()).toEqual(['field']);
    identity = { databases: [] };
    expect(await list()).toEqual([]);
  });

  it('is hidden beside others that are listed by name', async () => {
    identity = { databases: ['b*', 'a'] };
    const names = ['b2', 'c', 'a', 'b1'];
    const databases = await Promise.all(
      names.map((name) => openDatabase({ name, schema: fieldSchema })),
    );
    const running = await startServer({
      databases,
      address: '127.0.0.1:0',
      authorise: async (context) => ({ ...(await trustEveryone(context)), ...identity }),
    });
    const others = stubsOf({ ...server, address: running.address });
    const { databases: listed } = await call<ListDatabasesResponse>((done) =>
      others.admin.listDatabases({}, done),
    );
    expect(listed.map(({ name }) => name)).toEqual(['a', 'b1', 'b2']);
    await expect(call((done) => others.admin.listTables({ database: 'c' }, done))).rejects.toThrow(
      'there is no database "c" here; there is a, b1, b2',
    );
    others.close();
    await running.close();
  });

  it('is named to those who may use it, when they ask for another', async () => {
    identity = { databases: ['field'] };
    await expect(query({ database: 'other' })).rejects.toThrow(
      'there is no database "other" here; there is field',
    );
  });
});

const messageOf = (error: unknown) => (error as Error).message;
