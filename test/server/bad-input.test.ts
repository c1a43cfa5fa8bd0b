import { create, toBinary } from '@bufbuild/protobuf';
import type { ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type Change, Operation, type Transaction } from '../../gen/ts/syncdb/v1/data.ts';
import { ComparisonOperator, type QueryRequest } from '../../gen/ts/syncdb/v1/data_service.ts';
import {
  type Encoding,
  type Handshake,
  type PushResponse,
  type Subscription,
  SyncServiceService,
} from '../../gen/ts/syncdb/v1/sync.ts';
import { Code } from '../../src/base/errors.ts';
import { call, collect, errorOf, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let stubs: Stubs;

beforeAll(async () => {
  server = await startTestServer({
    limits: { transactionChangesMax: 3, pushTransactionsMax: 2, rowBytesMax: 400 },
  });
  stubs = stubsOf(server);
});
afterAll(async () => {
  stubs.close();
  await server.close();
});

const rowBytes = (row: Parameters<typeof create<typeof InspectionSchema>>[1]) =>
  toBinary(InspectionSchema, create(InspectionSchema, row));

function change(overrides: Partial<Change> = {}): Change {
  return {
    operation: Operation.PUT,
    table: 'test.v1.Inspection',
    key: '',
    content: { $case: 'rowBytes', value: rowBytes({ id: 'i1', stationId: 's1' }) },
    fields: [],
    baseVersion: undefined,
    baseCounter: 0n,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
    ...overrides,
  };
}

function transaction(overrides: Partial<Transaction> = {}): Transaction {
  return {
    replicaId: 'raw',
    counter: 1n,
    previousDigest: new Uint8Array(0),
    stamp: 0n,
    schemaVersion: 0,
    changes: [change()],
    ...overrides,
  };
}

const push = (transactions: Transaction[], handshake: Partial<Handshake> = {}) =>
  call<PushResponse>((done) =>
    stubs.sync.push(
      {
        handshake: { ...handshakeOf(server, 'raw'), ...handshake },
        transactions,
        refuseUnfit: false,
      },
      done,
    ),
  );

const query = (request: Partial<QueryRequest>) =>
  collect(
    stubs.data.query({
      database: 'field',
      table: 'test.v1.Inspection',
      filter: undefined,
      orderBy: [],
      limit: 0,
      pageToken: '',
      countOnly: false,
      ...request,
    }),
  );

const pull = (
  handshake: Partial<Handshake>,
  cursor = new Uint8Array(0),
  scopes: string[] = [],
  tables: string[] = [],
) =>
  collect(
    stubs.sync.pull({
      handshake: { ...handshakeOf(server, 'raw'), ...handshake },
      subscription: { ...noWishes, scopes, tables, cursor },
    }),
  );

/** How a Sync stream ends that begins with this hello. */
const hello = (
  handshake: Partial<Handshake>,
  subscription: Partial<Subscription> = {},
  relay = false,
) =>
  new Promise((_, reject) => {
    const stream = stubs.sync.sync();
    stream.on('error', (error: ServiceError) => reject(errorOf(error)));
    const value = {
      handshake: { ...handshakeOf(server, 'raw'), ...handshake },
      subscription: { ...noWishes, ...subscription },
      relay,
      chainKnown: false,
      outcomeRuns: false,
      ownRows: false,
      refuseUnfit: false,
    };
    stream.write({ body: { $case: 'hello', value } });
  });
const noWishes: Subscription = {
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

const compare = (
  field: string,
  operation: ComparisonOperator,
  ...values: unknown[]
): QueryRequest['filter'] => ({
  test: { $case: 'compare', value: { field, operation, values } },
});

const invalid = Code.invalidArgument;
const cases: [
  name: string,
  run: () => Promise<unknown>,
  code: number,
  reason: string,
  field: string,
][] = [
  ['a push without transactions', () => push([]), invalid, 'NO_TRANSACTIONS', 'transactions'],
  [
    'too many transactions',
    () => push([1n, 2n, 3n].map((counter) => transaction({ counter }))),
    invalid,
    'TOO_MANY_TRANSACTIONS',
    'transactions',
  ],
  [
    'a transaction without changes',
    () => push([transaction({ changes: [] })]),
    invalid,
    'NO_CHANGES',
    'transactions[0].changes',
  ],
  [
    'too many changes',
    () => push([transaction({ changes: [1, 2, 3, 4].map(() => change()) })]),
    invalid,
    'TOO_MANY_CHANGES',
    'transactions[0].changes',
  ],
  [
    'counter 0',
    () => push([transaction({ counter: 0n })]),
    invalid,
    'BAD_COUNTER',
    'transactions[0].counter',
  ],
  [
    'a counter out of order',
    () => push([transaction({ counter: 5n })]),
    Code.failedPrecondition,
    'COUNTER_GAP',
    'transactions[0].counter',
  ],
  [
    'a bad replica id',
    () => push([transaction({ replicaId: 'a b' })], { replicaId: 'a b' }),
    invalid,
    'BAD_REPLICA_ID',
    'handshake.replica_id',
  ],
  [
    'no operation',
    () => push([transaction({ changes: [change({ operation: Operation.UNSPECIFIED })] })]),
    invalid,
    'UNKNOWN_ENUM_VALUE',
    'transactions[0].changes[0].operation',
  ],
  [
    'an unknown table',
    () => push([transaction({ changes: [change({ table: 'test.v1.Nothing' })] })]),
    Code.notFound,
    'UNKNOWN_TABLE',
    'transactions[0].changes[0].table',
  ],
  [
    'a system table',
    () => push([transaction({ changes: [change({ table: 'syncdb.v1.Writer' })] })]),
    invalid,
    'SYSTEM_TABLE',
    'transactions[0].changes[0].table',
  ],
  [
    'a row that does not parse',
    () =>
      push([
        transaction({
          changes: [change({ content: { $case: 'rowBytes', value: new Uint8Array([10, 200]) } })],
        }),
      ]),
    invalid,
    'MALFORMED_ROW',
    'transactions[0].changes[0].row.id',
  ],
  [
    'a row too large',
    () =>
      push([
        transaction({
          changes: [
            change({
              content: { $case: 'rowBytes', value: rowBytes({ id: 'i1', notes: 'x'.repeat(400) }) },
            }),
          ],
        }),
      ]),
    invalid,
    'ROW_TOO_LARGE',
    'transactions[0].changes[0].row',
  ],
  [
    'a row without a key',
    () =>
      push([
        transaction({
          changes: [
            change({ content: { $case: 'rowBytes', value: rowBytes({ stationId: 's1' }) } }),
          ],
        }),
      ]),
    invalid,
    'BAD_KEY',
    'transactions[0].changes[0].row.id',
  ],
  [
    'two keys',
    () => push([transaction({ changes: [change({ key: 'i2' })] })]),
    invalid,
    'KEY_MISMATCH',
    'transactions[0].changes[0].key',
  ],
  [
    'an unknown field',
    () => push([transaction({ changes: [change({ operation: Operation.PATCH, fields: [99] })] })]),
    invalid,
    'UNKNOWN_FIELD',
    'transactions[0].changes[0].fields[0]',
  ],
  [
    'a number beyond 2^53',
    () => push([transaction({ stamp: 1n << 60n })]),
    invalid,
    'NUMBER_TOO_LARGE',
    'transactions[0].stamp',
  ],
  [
    'an unknown database',
    () => pull({ database: 'nowhere' }),
    Code.notFound,
    'UNKNOWN_DATABASE',
    'handshake.database',
  ],
  ['no schema', () => pull({ schema: undefined }), invalid, 'MISSING_FIELD', 'handshake.schema'],
  [
    '[P17] another schema',
    () => pull({ schema: { version: 1, fingerprint: '0'.repeat(16) } }),
    Code.failedPrecondition,
    'SCHEMA_MISMATCH',
    'handshake.schema',
  ],
  [
    '[P17] another protocol',
    () => pull({ protocolMin: 7, protocolMax: 9 }),
    Code.failedPrecondition,
    'PROTOCOL_MISMATCH',
    'handshake.protocol_max',
  ],
  [
    'a cursor that is none',
    () => pull({}, new Uint8Array([1, 2, 3])),
    invalid,
    'BAD_CURSOR',
    'subscription.cursor',
  ],
  [
    'a bad pattern',
    () => pull({}, undefined, ['a*b']),
    invalid,
    'BAD_SCOPE_PATTERN',
    'subscription.scopes[0]',
  ],
  [
    'an unknown table to hold',
    () => pull({}, undefined, [], ['test.v1.Nothing']),
    Code.notFound,
    'UNKNOWN_TABLE',
    'subscription.tables[0]',
  ],
  [
    'a hello for an unknown database',
    () => hello({ database: 'nowhere' }),
    Code.notFound,
    'UNKNOWN_DATABASE',
    'hello.handshake.database',
  ],
  [
    'a hello without a schema',
    () => hello({ schema: undefined }),
    invalid,
    'MISSING_FIELD',
    'hello.handshake.schema',
  ],
  [
    '[P17] a hello with another schema',
    () => hello({ schema: { version: 1, fingerprint: '0'.repeat(16) } }),
    Code.failedPrecondition,
    'SCHEMA_MISMATCH',
    'hello.handshake.schema',
  ],
  [
    'a hello of no replica',
    () => hello({ replicaId: 'a b' }),
    invalid,
    'BAD_REPLICA_ID',
    'hello.handshake.replica_id',
  ],
  [
    'a hello with a cursor that is none',
    () => hello({}, { cursor: new Uint8Array([1, 2, 3]) }),
    invalid,
    'BAD_CURSOR',
    'hello.subscription.cursor',
  ],
  [
    'a hello with a bad pattern',
    () => hello({}, { scopes: ['a', 'a*b'] }),
    invalid,
    'BAD_SCOPE_PATTERN',
    'hello.subscription.scopes[1]',
  ],
  [
    'a hello with encodings that nobody knows',
    () => hello({}, { encodings: [99 as Encoding] }),
    invalid,
    'UNKNOWN_ENUM_VALUE',
    'hello.subscription.encodings',
  ],
  [
    'a base ahead of the log',
    () => push([transaction({ changes: [change(), change({ baseVersion: 1_000n })] })]),
    Code.failedPrecondition,
    'BASE_AHEAD',
    'transactions[0].changes[1].base_version',
  ],
  [
    'a transaction of a service with an unknown table',
    () =>
      call((done) => {
        const changes = [change(), change({ table: 'test.v1.Nothing' })];
        stubs.data.transact({ database: 'field', requestId: '', changes }, done);
      }),
    Code.notFound,
    'UNKNOWN_TABLE',
    'changes[1].table',
  ],
  [
    'a query of an unknown field',
    () => query({ filter: compare('nothing', ComparisonOperator.EQUAL, 1) }),
    invalid,
    'UNKNOWN_COLUMN',
    'filter.compare.field',
  ],
  [
    'a query with a wrong type',
    () => query({ filter: compare('visits', ComparisonOperator.EQUAL, 'many') }),
    invalid,
    'WRONG_TYPE',
    'filter.compare.values[0]',
  ],
  [
    'a page token that is none',
    () => query({ pageToken: 'what' }),
    invalid,
    'BAD_PAGE_TOKEN',
    'page_token',
  ],
];

describe('bad input', () => {
  it.each(cases)('%s', async (_name, run, code, reason, field) => {
    const head = server.database.source.state.head;
    await expect(run()).rejects.toMatchObject({
      code,
      reason,
      fields: expect.arrayContaining([expect.objectContaining({ field })]),
    });
    expect(server.database.source.state.head).toBe(head);
  });

  it('bytes that are no message', async () => {
    const { path } = SyncServiceService.push;
    const raw = new Promise((resolve, reject) => {
      const keep = (bytes: Uint8Array) => Buffer.from(bytes);
      stubs.sync.makeUnaryRequest(
        path,
        keep,
        (bytes) => bytes,
        new Uint8Array([0xff, 0xff, 0xff]),
        (error, response) => {
          if (error === null) resolve(response);
          else reject(errorOf(error));
        },
      );
    });
    await expect(raw).rejects.toMatchObject({ code: invalid, reason: 'MALFORMED_MESSAGE' });
  });

  it('leaves the connection and the data of others as they were', async () => {
    const { outcomes } = await push([transaction()]);
    expect(outcomes).toMatchObject([{ status: 1, reason: '' }]);
    const responses = await query({});
    expect(responses.flatMap(({ rows }) => rows).map(({ key }) => key)).toEqual(['i1']);
  });
});
