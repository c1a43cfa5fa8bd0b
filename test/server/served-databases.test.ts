/** A server that listens while its databases are opened, over real gRPC. */
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { afterEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { AdminServiceClient } from '../../gen/ts/syncdb/v1/admin_service.ts';
import type { Logger } from '../../src/base/logger.ts';
import { open } from '../../src/client/client.ts';
import { type Database, openDatabase } from '../../src/server/database.ts';
import { silent } from '../../src/server/logger.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import { call } from '../support/raw-calls.ts';
import { eventually, fieldSchema } from '../support/test-server.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A database that is opened when the test says so. */
function slow(name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const told = { isAsked: false, closed: false };
  const toOpen = {
    name,
    schema: fieldSchema,
    open: async (): Promise<Database> => {
      told.isAsked = true;
      await promise;
      const database = await openDatabase({ name, schema: fieldSchema });
      const { close } = database;
      database.close = async () => {
        told.closed = true;
        await close.call(database);
      };
      return database;
    },
  };
  return { toOpen, told, finish: resolve, fail: reject };
}

/** Starts a server, and waits until it listens. */
async function listening(
  databases: Parameters<typeof startServer>[0]['databases'],
  logger?: Logger,
) {
  let address = '';
  const onListening = (on: string) => {
    address = on;
  };
  const started = startServer({
    ...{ databases, address: '127.0.0.1:0', onListening, logger: logger ?? silent },
  });
  let running: RunningServer | undefined;
  ends.push(() => running?.close(0));
  started.then(
    (server) => {
      running = server;
    },
    () => {},
  );
  await eventually(() => address !== '');
  const Health = makeGenericClientConstructor(service, 'grpc.health.v1.Health');
  const health = new Health(address, credentials.createInsecure());
  ends.push(() => health.close());
  const check = (name: string) =>
    call<{ status: string }>((done) => health.check!({ service: name }, done)).then(
      ({ status }) => status,
    );
  const statuses = () =>
    Promise.all(
      ['', 'syncdb.v1.SyncService', 'syncdb.v1.Writes', ...databases.map(ofDatabase)].map(check),
    );
  const admin = new AdminServiceClient(address, credentials.createInsecure());
  ends.push(() => admin.close());
  const tables = (database: string) => call((done) => admin.listTables({ database }, done));
  /** What a call to it ends with. */
  const answer = (database: string) =>
    tables(database).then(
      () => 'an answer',
      ({ reason }) => reason,
    );
  return { address, started, statuses, tables, answer };
}

const ofDatabase = ({ name }: { readonly name: string }) => `syncdb.v1.Database/${name}`;
const [yes, no] = ['SERVING', 'NOT_SERVING'];
const loading = { code: 14, reason: 'DATABASE_LOADING', retryDelayMs: 1_000 };

test('it listens at once, refuses the calls to what is loading, and serves by itself when all is open', async () => {
  const main = slow('main');
  const other = slow('other');
  const ready = await openDatabase({ name: 'ready', schema: fieldSchema });
  const { started, statuses, tables, answer } = await listening([main.toOpen, other.toOpen, ready]);
  expect(await statuses()).toEqual([no, no, no, no, no, yes]);
  await expect(tables('main')).rejects.toMatchObject(loading);
  await expect(tables('none')).rejects.toMatchObject({ reason: 'UNKNOWN_DATABASE' });
  await tables('ready');
  main.finish();
  await expect.poll(() => answer('main')).toBe('an answer');
  expect(await statuses()).toEqual([no, no, no, yes, no, yes]);
  await expect(tables('other')).rejects.toMatchObject(loading);
  other.finish();
  await started;
  expect(await statuses()).toEqual([yes, yes, yes, yes, yes, yes]);
  await tables('other');
});

test('a client that comes early is served once the database is open', async () => {
  const main = slow('field');
  const { address, started } = await listening([main.toOpen]);
  const client = await open({
    ...{ url: address, database: 'field', schema: fieldSchema },
    retry: { delayMsMin: 5, delayMsMax: 50 },
  });
  ends.push(() => client.close());
  client.table(StationSchema).put({ id: 's1' });
  main.finish();
  await started;
  await eventually(() => client.pendingCount === 0, 10_000);
});

test('one that cannot be opened ends the start with its error, and the others are closed', async () => {
  const [bad, early, late] = ['bad', 'early', 'late'].map(slow);
  const databases = [bad!, early!, late!].map(({ toOpen }) => toOpen);
  const { started, tables, answer } = await listening(databases);
  early!.finish();
  await expect.poll(() => answer('early')).toBe('an answer');
  bad!.fail(new Error('the file is something else'));
  await expect(started).rejects.toThrow('the file is something else');
  expect([early!.told.closed, late!.told.closed]).toEqual([true, false]);
  late!.finish();
  await eventually(() => late!.told.closed);
  await expect(tables('early')).rejects.toMatchObject({ code: 14 });
});

test('nothing is opened where it cannot listen', async () => {
  const { address, started } = await listening([]);
  await started;
  const main = slow('main');
  const second = startServer({ databases: [main.toOpen], address, logger: silent });
  await expect(second).rejects.toMatchObject({ reason: 'ADDRESS_IN_USE' });
  expect(main.told.isAsked).toBe(false);
});

test('it says that it listens, with what is loading, and then that it started', async () => {
  const lines: [string, object][] = [];
  const info = (facts: object, sentence: string) => lines.push([sentence, facts]);
  const main = slow('main');
  const { address, started } = await listening([main.toOpen], { ...silent, info });
  expect(lines).toEqual([['server listening', { address, loading: ['main'] }]]);
  main.finish();
  await started;
  expect(lines).toMatchObject([
    ['server listening', {}],
    ['server started', { address, databases: [{ name: 'main' }] }],
  ]);
});
