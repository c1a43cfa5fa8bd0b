import { afterEach, describe, expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { ListDatabasesResponse } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { type Change, Operation } from '../../gen/ts/syncdb/v1/data.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { openDatabase } from '../../src/server/database.ts';
import { startServer } from '../../src/server/server.ts';
import { call, stubsOf } from '../support/raw-calls.ts';
import { schemaSet } from '../support/schema-builder.ts';
import {
  eventually,
  fieldSchema,
  startTestServer,
  type TestServer,
} from '../support/test-server.ts';

let server: TestServer | undefined;

/** A change for the wire. */
const removal: Change = {
  operation: Operation.DELETE,
  table: 'test.v1.Station',
  key: 's1',
  content: undefined,
  fields: [],
  baseVersion: undefined,
  baseCounter: 0n,
  ifMatch: '',
  ifNoneMatch: false,
  baseAbsent: false,
};

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('a server', () => {
  it('says in one line that its address is taken', async () => {
    server = await startTestServer();
    await expect(startTestServer({ address: server.address })).rejects.toMatchObject({
      reason: 'ADDRESS_IN_USE',
      message: `${server.address} is taken by another program`,
    });
  });

  it('[P27] does not listen where others can reach it while nobody checks who calls', async () => {
    await expect(startTestServer({ address: '0.0.0.0:0' })).rejects.toMatchObject({
      reason: 'NOT_LOOPBACK',
    });
    const database = await openDatabase({ name: 'field', schema: fieldSchema });
    const open = await startServer({ databases: [database], address: '0.0.0.0:0', insecure: true });
    await open.close();
  });

  it('[I9] finds everything again when it opens the same log', async () => {
    const log = createMemoryLog({ id: new Uint8Array(16).fill(1) });
    server = await startTestServer({ log });
    const client = await server.client();
    client.table(StationSchema).put({ id: 's1', name: 'North' });
    // Else both would be one edit.
    await client.synced();
    client.table(StationSchema).patch('s1', { name: 'South' });
    await client.synced();
    const records: Uint8Array[] = [];
    for await (const slice of log.read(0)) records.push(...slice.records);
    const progress: number[][] = [];
    const again = await openDatabase({
      name: 'field',
      schema: fieldSchema,
      log: createMemoryLog({ id: log.id, records }),
      limits: defaultLimits,
      onRecovery: (done, total) => progress.push([done, total]),
    });
    expect(progress.at(-1)).toEqual([3, 3]);
    expect(again.source.state.head).toBe(3);
    expect(again.home.chainHash).toEqual(server.database.home.chainHash);
    await again.close();
  });

  it('says when a database can order no more, and keeps answering reads', async () => {
    let broken = false;
    const log = createMemoryLog({
      id: new Uint8Array(16),
      delay: () => (broken ? Promise.reject(new Error('the disk is gone')) : Promise.resolve()),
    });
    const states: unknown[] = [];
    server = await startTestServer({ log, onWriteState: (...told) => states.push(told) });
    const client = await server.client();
    client.table(StationSchema).put({ id: 's1' });
    await client.synced();
    broken = true;
    client.table(StationSchema).put({ id: 's2' });
    await expect(server.running.failed).resolves.toMatchObject({ message: 'the disk is gone' });
    expect(states).toMatchObject([['field', 'failed', { message: 'the disk is gone' }]]);
    const reader = await server.client();
    await reader.synced();
    expect(reader.table(StationSchema).count()).toBe(1);
    await eventually(() => client.pendingCount === 1);
    const stubs = stubsOf(server);
    const [info] = (
      await call<ListDatabasesResponse>((done) => stubs.admin.listDatabases({}, done))
    ).databases;
    expect(info).toMatchObject({ name: 'field', failed: true, rowCount: 1n });
    const request = { database: 'field', requestId: '', changes: [removal] };
    await expect(call((done) => stubs.data.transact(request, done))).rejects.toMatchObject({
      code: 14,
      reason: 'DATABASE_FAILED',
      retryDelayMs: 1_000,
    });
    stubs.close();
  });

  it('leaves out of reflection what its databases have differently, and says so', async () => {
    const told: unknown[] = [];
    const databases = await Promise.all(
      ['string', 'int32'].map((type) => {
        const fields = { 1: 'id: string', 2: `value: ${type}` };
        return openDatabase({ name: type, schema: schemaSet({ T: { table: {}, fields } }) });
      }),
    );
    const running = await startServer({
      databases,
      address: '127.0.0.1:0',
      onInternalError: (error) => told.push(error),
    });
    await running.close();
    expect(told).toMatchObject([{ reason: 'AMBIGUOUS_FILES', metadata: { files: 't.proto' } }]);
  });

  it('refuses a database under another name, and a transaction once it is closed', async () => {
    const database = await openDatabase({ name: 'field', schema: fieldSchema });
    await database.close();
    await database.close();
    const identity = {
      name: 'me',
      readScopes: ['*'],
      writeScopes: ['*'],
      relay: false,
      admin: true,
      expiresAtMs: undefined,
    };
    const change = {
      operation: 'delete' as const,
      table: 'test.v1.Station',
      key: 's1',
      row: new Uint8Array(0),
      fields: [],
      base: undefined,
      baseCounter: 0,
      ifMatch: '',
      ifNoneMatch: false,
      baseAbsent: false,
    };
    await expect(database.transact([change], '', identity)).rejects.toMatchObject({
      code: 14,
      reason: 'DATABASE_CLOSED',
    });
  });
});
