import { create, fromBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type Change, Operation, type Row, RowChangeType } from '../../gen/ts/syncdb/v1/data.ts';
import {
  ComparisonOperator,
  type GetResponse,
  type QueryRequest,
  type TransactResponse,
  type WatchResponse,
} from '../../gen/ts/syncdb/v1/data_service.ts';
import { call, collect, type Stubs, stubsOf } from '../support/raw-calls.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let stubs: Stubs;

beforeEach(async () => {
  server = await startTestServer({ limits: { queryBatchRows: 3 } });
  stubs = stubsOf(server);
});
afterEach(async () => {
  stubs.close();
  await server.close();
});

function put(
  id: string,
  row: { stationId?: string; notes?: string; visits?: number } = {},
): Change {
  const any = anyPack(InspectionSchema, create(InspectionSchema, { id, stationId: 's1', ...row }));
  return {
    operation: Operation.PUT,
    table: '',
    key: '',
    content: { $case: 'row', value: { typeUrl: any.typeUrl, value: any.value } },
    fields: [],
    baseVersion: undefined,
    baseCounter: 0n,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  };
}

const remove = (id: string): Change => ({
  ...put(id),
  operation: Operation.DELETE,
  table: 'test.v1.Inspection',
  key: id,
  content: undefined,
});

const transact = (changes: Change[], requestId = '') =>
  call<TransactResponse>((done) =>
    stubs.data.transact({ database: 'field', requestId, changes }, done),
  );

const get = (key: string) =>
  call<GetResponse>((done) =>
    stubs.data.get({ database: 'field', table: 'test.v1.Inspection', key }, done),
  );

const queryOf = (request: Partial<QueryRequest> = {}): QueryRequest => ({
  database: 'field',
  table: 'test.v1.Inspection',
  filter: undefined,
  orderBy: [],
  limit: 0,
  pageToken: '',
  countOnly: false,
  ...request,
});

const query = (request: Partial<QueryRequest> = {}) => collect(stubs.data.query(queryOf(request)));
const visitsAtLeast = (count: number): QueryRequest['filter'] => ({
  test: {
    $case: 'compare',
    value: { field: 'visits', operation: ComparisonOperator.GREATER_OR_EQUAL, values: [count] },
  },
});

describe('DataService', () => {
  it('writes a row and reads it with its bookkeeping', async () => {
    const { headSeq, etags } = await transact([put('i1', { notes: 'wet' })]);
    const { row } = await get('i1');
    expect(row).toMatchObject({
      table: 'test.v1.Inspection',
      key: 'i1',
      rowVersion: headSeq,
      etag: etags[0],
      modifiedBy: '$service',
    });
    expect(row?.row?.typeUrl).toBe('type.googleapis.com/test.v1.Inspection');
    expect(fromBinary(InspectionSchema, row!.row!.value)).toMatchObject({ id: 'i1', notes: 'wet' });
    expect(Math.abs(Number(row?.modifiedAt?.seconds) * 1_000 - Date.now())).toBeLessThan(60_000);
  });

  it('answers NOT_FOUND for what is not there, or not any more', async () => {
    await transact([put('i1')]);
    await transact([remove('i1')]);
    for (const key of ['i1', 'i2']) {
      await expect(get(key)).rejects.toMatchObject({ code: 5, reason: 'ROW_NOT_FOUND' });
    }
  });

  it('names the key of a request that can be none', async () => {
    await expect(get('')).rejects.toMatchObject({
      code: 3,
      reason: 'BAD_KEY',
      fields: [{ field: 'key' }],
    });
  });

  it('keeps if_match and if_none_match, and says what the etag is now', async () => {
    const { etags } = await transact([put('i1')]);
    const [etag] = etags;
    const next = await transact([{ ...put('i1', { visits: 1 }), ifMatch: etag! }]);
    await expect(transact([{ ...put('i1', { visits: 2 }), ifMatch: etag! }])).rejects.toMatchObject(
      {
        code: 10,
        reason: 'ETAG_MISMATCH',
        metadata: { current_etag: next.etags[0] },
        fields: [{ field: 'changes[0]' }],
      },
    );
    await expect(transact([{ ...put('i1'), ifNoneMatch: true }])).rejects.toMatchObject({
      code: 10,
      reason: 'ROW_EXISTS',
    });
    await transact([{ ...put('i2'), ifNoneMatch: true }]);
  });

  it('applies all changes of a transaction or none', async () => {
    await expect(
      transact([put('i1'), put('i2', { notes: 'x'.repeat(201) })]),
    ).rejects.toMatchObject({
      code: 3,
      reason: 'ROW_INVALID',
      fields: [{ field: 'changes[1].row.notes' }],
    });
    await expect(get('i1')).rejects.toMatchObject({ reason: 'ROW_NOT_FOUND' });
    const { etags } = await transact([put('i1'), put('i2'), remove('i1')]);
    expect(etags).toEqual(['', expect.stringMatching(/^v/), '']);
  });

  it('[I3] applies a request with an id once, however often it comes', async () => {
    const first = await transact([put('i1', { visits: 1 })], 'order-66');
    await transact([put('i1', { visits: 2 })]);
    const again = await transact([put('i1', { visits: 1 })], 'order-66');
    expect(again.headSeq).toBe(first.headSeq + 1n);
    const { row } = await get('i1');
    expect(fromBinary(InspectionSchema, row!.row!.value).visits).toBe(2);
    await expect(transact([put('i1')], 'a b')).rejects.toMatchObject({ reason: 'BAD_REQUEST_ID' });
  });

  it('[I3] knows a request again that comes over another connection', async () => {
    const changes = [put('i1', { visits: 1 })];
    const { headSeq } = await transact(changes, 'order-67');
    stubs.close();
    stubs = stubsOf(server);
    expect((await transact(changes, 'order-67')).headSeq).toBe(headSeq);
  });

  it('[I3] tells a refusal again, and an id that was given to other changes', async () => {
    const invalid = [put('i1', { notes: 'x'.repeat(201) })];
    for (const requestId of ['r1', 'r1']) {
      await expect(transact(invalid, requestId)).rejects.toMatchObject({
        code: 3,
        reason: 'ROW_INVALID',
      });
    }
    const { head } = server.database.source.state;
    await expect(transact([put('i1')], 'r1')).rejects.toMatchObject({
      code: 6,
      reason: 'REQUEST_ID_REUSED',
      fields: [{ field: 'request_id' }],
      metadata: { request_id: 'r1' },
    });
    expect(server.database.source.state.head).toBe(head);
  });

  it('[P9] merges with what a caller did not know of, where it says what it had seen', async () => {
    await transact([put('i1', { notes: 'old', visits: 1 })]);
    const { row } = await get('i1');
    await transact([put('i1', { notes: 'new', visits: 1 })]);
    const stale = { ...put('i1', { notes: 'mine', visits: 5 }), baseVersion: row!.rowVersion };
    expect((await transact([stale], 'stale')).conflicts).toBe(1);
    expect((await transact([stale], 'stale')).conflicts).toBe(1);
    const merged = fromBinary(InspectionSchema, (await get('i1')).row!.row!.value);
    expect(merged).toMatchObject({ notes: 'new', visits: 5 });
  });

  it('queries in batches, in order, by pages and as a count', async () => {
    await transact([1, 2, 3, 4, 5, 6, 7].map((visits) => put(`i${visits}`, { visits })));
    const batches = await query({ orderBy: [{ field: 'visits', descending: true }] });
    expect(batches.map(({ rows }) => rows.map(({ key }) => key))).toEqual([
      ['i7', 'i6', 'i5'],
      ['i4', 'i3', 'i2'],
      ['i1'],
    ]);
    const [count] = await query({ countOnly: true, filter: visitsAtLeast(3) });
    expect(count).toMatchObject({ rowCount: 5n, rows: [] });
    const keys: string[] = [];
    let pageToken = '';
    do {
      const page = await query({ limit: 2, filter: visitsAtLeast(3), pageToken });
      keys.push(...page.flatMap(({ rows }) => rows.map(({ key }: Row) => key)));
      pageToken = page.at(-1)!.nextPageToken;
    } while (pageToken !== '');
    expect(keys).toEqual(['i3', 'i4', 'i5', 'i6', 'i7']);
  });

  it('watches: the rows that match now, then what comes, changes and goes', async () => {
    await transact([put('i1', { visits: 1 }), put('i2', { visits: 9 })]);
    const stream = stubs.data.watch({
      database: 'field',
      table: 'test.v1.Inspection',
      filter: visitsAtLeast(5),
    });
    const seen: WatchResponse[] = [];
    stream.on('data', (response: WatchResponse) => seen.push(response));
    stream.on('error', () => {});
    await eventually(() => seen.some(({ live }) => live));
    await transact([put('i1', { visits: 7 }), put('i3', { visits: 2 })]);
    await eventually(() => seen.length >= 2);
    await transact([remove('i1'), put('i2', { visits: 0 })]);
    await eventually(() => seen.length >= 3);
    const told = seen.map(({ changes }) => changes.map(({ type, key }) => [type, key]));
    expect(told).toEqual([
      [[RowChangeType.FULL, 'i2']],
      [[RowChangeType.FULL, 'i1']],
      [
        [RowChangeType.DELETED, 'i1'],
        [RowChangeType.DELETED, 'i2'],
      ],
    ]);
    stream.cancel();
  });

  it('lists databases and tables, and tells how the server is', async () => {
    await transact([put('i1')]);
    const databases = await call<{ databases: { name: string; rowCount: bigint }[] }>((done) =>
      stubs.admin.listDatabases({}, done),
    );
    expect(databases.databases).toMatchObject([
      { name: 'field', rowCount: 1n, headSeq: 2n, schema: { version: 1 } },
    ]);
    const { tables } = await call<{ tables: { name: string }[] }>((done) =>
      stubs.admin.listTables({ database: 'field' }, done),
    );
    expect(tables.map(({ name }) => name)).toEqual([
      'syncdb.v1.Conflict',
      'syncdb.v1.Device',
      'syncdb.v1.Epoch',
      'syncdb.v1.Outcome',
      'syncdb.v1.SafePoint',
      'syncdb.v1.SchemaVersion',
      'syncdb.v1.ServiceRequest',
      'syncdb.v1.Writer',
      InspectionSchema.typeName,
      StationSchema.typeName,
    ]);
    const status = await call<{ residentBytes: bigint; protocolMax: number }>((done) =>
      stubs.admin.getStatus({}, done),
    );
    expect(status).toMatchObject({ protocolMin: 1, protocolMax: 1, sessionCount: 0 });
    expect(status.residentBytes).toBeGreaterThan(1_000_000n);
  });
});
