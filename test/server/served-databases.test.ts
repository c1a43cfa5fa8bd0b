/** A server that listens while its databases are opened, over real gRPC. */
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { afterEach, expect, test, vi } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import {
  AdminServiceClient,
  type GetStatisticsResponse,
  type ListDatabasesResponse,
} from '../../gen/ts/syncdb/v1/admin_service.ts';
import { open } from '../../src/client/client.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { type Database, openDatabase } from '../../src/server/database.ts';
import { silent } from '../../src/server/logger.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/server.ts';
import { call } from '../support/raw-calls.ts';
import { eventually, fieldSchema } from '../support/test-server.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A database that is opened when the test says so. */
function slow(name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const told = { isAsked: false, closed: false, isAbandoned: false };
  const toOpen = {
    name,
    schema: fieldSchema,
    open: async (signal: AbortSignal): Promise<Database> => {
      told.isAsked = true;
      signal.addEventListener('abort', () => {
        told.isAbandoned = true;
      });
      await promise;
      const database = await openDatabase({ name, schema: fieldSchema });
      return closing(database, () => {
        told.closed = true;
      });
    },
  };
  return { toOpen, told, finish: resolve, fail: reject };
}

/** The database, of which `onClose` is told when it is closed, and may fail. */
function closing(database: Database, onClose: () => Promise<void> | void): Database {
  const { close } = database;
  database.close = async () => {
    await onClose();
    await close.call(database);
  };
  return database;
}

/** Starts a server, and waits until it listens. */
async function listening(
  databases: ServerOptions['databases'],
  options: Partial<ServerOptions> = {},
) {
  let address = '';
  const onListening = (on: string) => {
    address = on;
  };
  const started = startServer({
    ...{ databases, address: '127.0.0.1:0', onListening, logger: silent, ...options },
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
  return { address, started, statuses, tables, answer, admin };
}

const ofDatabase = ({ name }: { readonly name: string }) => `syncdb.v1.Database/${name}`;
const [yes, no] = ['SERVING', 'NOT_SERVING'];
const loading = { code: 14, reason: 'DATABASE_LOADING', retryDelayMs: 1_000 };

test('it listens at once, refuses the calls to what is loading, and serves by itself when all is open', async () => {
  const main = slow('main');
  const other = slow('other');
  const ready = await openDatabase({ name: 'ready', schema: fieldSchema });
  const { started, statuses, tables, answer, admin } = await listening([
    ...[main.toOpen, other.toOpen, ready],
  ]);
  expect(await statuses()).toEqual([no, no, no, no, no, yes]);
  await expect(tables('main')).rejects.toMatchObject(loading);
  await expect(tables('none')).rejects.toMatchObject({
    reason: 'UNKNOWN_DATABASE',
    message: 'database: there is no database "none" here; there is main, other, ready',
  });
  const states = [
    ...[
      { name: 'main', loading: true },
      { name: 'other', loading: true },
    ],
    { name: 'ready', loading: false },
  ];
  const listed = await call<ListDatabasesResponse>((done) => admin.listDatabases({}, done));
  expect(listed.databases).toMatchObject(states);
  const counted = await call<GetStatisticsResponse>((done) => admin.getStatistics({}, done));
  expect(counted.databases).toMatchObject(states);
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
  await eventually(() => late!.told.isAbandoned);
  late!.finish();
  await expect(started).rejects.toThrow('the file is something else');
  expect([early!.told.closed, late!.told.closed]).toEqual([true, true]);
  await expect(tables('early')).rejects.toMatchObject({ code: 14 });
});

test('one that never comes holds no start up that has failed', async () => {
  const [bad, late] = [slow('bad'), slow('late')];
  const { started } = await listening([bad.toOpen, late.toOpen]);
  bad.fail(new Error('the file is something else'));
  await expect(started).rejects.toThrow('the file is something else');
  late.finish();
  await eventually(() => late.told.closed);
});

test('a start that fails serves nothing while it closes what was opened, whatever that says', async () => {
  const bad = slow('bad');
  const seen: string[] = [];
  const open = async () =>
    closing(await openDatabase({ name: 'early', schema: fieldSchema }), async () => {
      seen.push(await answer('early'));
      throw new Error('it cannot be closed');
    });
  const early = { name: 'early', schema: fieldSchema, open };
  const { started, answer } = await listening([bad.toOpen, early]);
  await expect.poll(() => answer('early')).toBe('an answer');
  bad.fail(new Error('the file is something else'));
  await expect(started).rejects.toThrow('the file is something else');
  expect(seen).toEqual(['UNAVAILABLE']);
});

test('a start that is not wanted any more ends with the reason, and what was opened is closed', async () => {
  const [early, late] = [slow('early'), slow('late')];
  const stop = new AbortController();
  const { address, started, answer } = await listening([early.toOpen, late.toOpen], {
    signal: stop.signal,
  });
  early.finish();
  await expect.poll(() => answer('early')).toBe('an answer');
  stop.abort(new Error('not now'));
  await eventually(() => late.told.isAbandoned);
  late.finish();
  await expect(started).rejects.toThrow('not now');
  expect([early.told.closed, late.told.closed]).toEqual([true, true]);
  const before = startServer({ databases: [], address, logger: silent, signal: stop.signal });
  await expect(before).rejects.toThrow('not now');
});

test('a log that fails for good while others load ends the start with its error', async () => {
  const log = createMemoryLog({ id: new Uint8Array(16) });
  const failing = await openDatabase({ name: 'failing', schema: fieldSchema, log });
  ends.push(() => failing.close());
  const late = slow('late');
  const { started } = await listening([failing, late.toOpen]);
  vi.spyOn(log, 'append').mockRejectedValue(new Error('the disk is gone'));
  failing.coverBy('backup', failing.source.state.head).catch(() => {});
  await eventually(() => late.told.isAbandoned);
  late.finish();
  await expect(started).rejects.toThrow('the disk is gone');
});

test('a database that takes no writes when the server starts is told as one', async () => {
  const log = createMemoryLog({ id: new Uint8Array(16) });
  const failed = await openDatabase({ name: 'failed', schema: fieldSchema, log });
  ends.push(() => failed.close());
  vi.spyOn(log, 'append').mockRejectedValue(new Error('the disk is gone'));
  await expect(failed.coverBy('backup', failed.source.state.head)).rejects.toThrow();
  const states: string[] = [];
  const onWriteState = (_: string, state: string) => states.push(state);
  const { started, statuses } = await listening([failed], { onWriteState });
  const { failed: reason } = await started;
  expect(states).toEqual(['failed']);
  expect(await statuses()).toEqual([no, no, no, no]);
  expect(await reason).toMatchObject({ message: expect.stringContaining('the disk is gone') });
});

test('what is told that it listens may fail, and then nothing listens', async () => {
  const main = slow('main');
  let address = '';
  const onListening = (on: string) => {
    address = on;
    throw new Error('no service discovery');
  };
  const options = { databases: [main.toOpen], onListening, logger: silent };
  const started = startServer({ ...options, address: '127.0.0.1:0' });
  await expect(started).rejects.toThrow('no service discovery');
  expect(main.told.isAsked).toBe(false);
  const again = startServer({ databases: [], address, logger: silent });
  ends.push(async () => (await again).close(0));
  await again;
});

test.each(['server listening', 'server started'])(
  'a logger may fail at %j, likewise',
  async (at) => {
    const main = slow('main');
    main.finish();
    let address = '';
    const onListening = (on: string) => {
      address = on;
    };
    const info = (_: object, sentence: string) => {
      if (sentence === at) throw new Error('no room for logs');
    };
    const options = { databases: [main.toOpen], onListening, logger: { ...silent, info } };
    const started = startServer({ ...options, address: '127.0.0.1:0' });
    await expect(started).rejects.toThrow('no room for logs');
    expect(main.told.closed).toBe(main.told.isAsked);
    const again = startServer({ databases: [], address, logger: silent });
    ends.push(async () => (await again).close(0));
    await again;
  },
);

test('two of one name are refused, and so is one that has another name once it is open', async () => {
  const refused = { code: 3, reason: 'BAD_DATABASES' };
  const [one, two] = [slow('main'), slow('main')];
  const databases = [one.toOpen, two.toOpen];
  const twice = startServer({ databases, address: '127.0.0.1:0', logger: silent });
  await expect(twice).rejects.toMatchObject({
    ...refused,
    message: 'databases: two have the name "main"',
  });
  expect(one.told.isAsked).toBe(false);
  const other = slow('other');
  other.finish();
  const renamed = { ...other.toOpen, name: 'main' };
  const { started } = await listening([renamed]);
  await expect(started).rejects.toMatchObject({
    ...refused,
    message: 'databases: what was opened as "main" has the name "other"',
  });
  expect(other.told.closed).toBe(true);
});

test('a start that fails, and a close that does, say how many more lines there were', async () => {
  const counts: object[] = [];
  const warn = (facts: object, sentence: string) => {
    if (sentence === 'more calls were refused') counts.push(facts);
  };
  const refuse25 = async (tables: (name: string) => Promise<unknown>) => {
    for (let count = 0; count < 25; count++) await expect(tables('none')).rejects.toThrow();
  };
  const bad = slow('bad');
  const first = await listening([bad.toOpen], { logger: { ...silent, warn } });
  await refuse25(first.tables);
  bad.fail(new Error('the file is something else'));
  await expect(first.started).rejects.toThrow();
  expect(counts).toEqual([{ count: 5 }]);
  const main = closing(await openDatabase({ name: 'main', schema: fieldSchema }), () => {
    throw new Error('it cannot be closed');
  });
  const second = await listening([main], { logger: { ...silent, warn } });
  await refuse25(second.tables);
  const running = await second.started;
  ends.splice(0);
  await expect(running.close(0)).rejects.toThrow('it cannot be closed');
  expect(counts).toEqual([{ count: 5 }, { count: 5 }]);
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
  const { address, started } = await listening([main.toOpen], { logger: { ...silent, info } });
  expect(lines).toEqual([['server listening', { address, loading: ['main'] }]]);
  main.finish();
  await started;
  expect(lines).toMatchObject([
    ['server listening', {}],
    ['server started', { address, databases: [{ name: 'main' }] }],
  ]);
});
