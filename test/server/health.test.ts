import {
  type Client,
  credentials,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceError,
} from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ServerHealth } from '../../src/server/health.ts';

type Check = (
  request: { service: string },
  done: (error: ServiceError | null, response: { status: string }) => void,
) => void;

const names = ['main', 'other'];
let server: Server;
let client: Client;
let health: ServerHealth;

beforeEach(async () => {
  server = new Server();
  health = new ServerHealth(['syncdb.v1.SyncService'], { names, loading: new Set() });
  health.addTo(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const Health = makeGenericClientConstructor(service, 'grpc.health.v1.Health');
  client = new Health(`127.0.0.1:${port}`, credentials.createInsecure());
});

afterEach(() => {
  client.close();
  server.forceShutdown();
});

const status = (name: string) =>
  new Promise<string>((resolve) => {
    const { check } = client as unknown as { check: Check };
    check.call(client, { service: name }, (error, response) => {
      resolve(error === null ? String(response.status) : String(error.code));
    });
  });
const all = async () => ({
  server: await status(''),
  service: await status('syncdb.v1.SyncService'),
  writes: await status('syncdb.v1.Writes'),
  main: await status('syncdb.v1.Database/main'),
  other: await status('syncdb.v1.Database/other'),
});
const serving = {
  ...{ server: 'SERVING', service: 'SERVING', writes: 'SERVING', main: 'SERVING' },
  other: 'SERVING',
};

test('all serve, and of what there is not nothing is known', async () => {
  expect(await all()).toEqual(serving);
  expect(await status('syncdb.v1.Database/none')).toBe('5');
});

test('a database that takes no writes is told by its name, and what is read goes on', async () => {
  health.takesWrites('main', false);
  const stuck = { ...serving, writes: 'NOT_SERVING', main: 'NOT_SERVING' };
  expect(await all()).toEqual(stuck);
  health.takesWrites('other', false);
  health.takesWrites('main', true);
  expect(await all()).toEqual({ ...serving, writes: 'NOT_SERVING', other: 'NOT_SERVING' });
  health.takesWrites('other', true);
  expect(await all()).toEqual(serving);
});

test('nothing but the others serves while a database is not open, and it does by itself when it is', async () => {
  const loading = new Set(['main']);
  const later = new ServerHealth([], { names, loading });
  const told = new Map<string, boolean>();
  vi.spyOn(
    later as never as { set: (name: string, serves: boolean) => void },
    'set',
  ).mockImplementation((name, serves) => void told.set(name, serves));
  later.takesWrites('other', true);
  expect(Object.fromEntries(told)).toEqual({
    ...{ 'syncdb.v1.Database/other': true, 'syncdb.v1.Writes': false },
  });
  later.takesWrites('main', true);
  expect(told.get('syncdb.v1.Database/main')).toBe(false);
  loading.delete('main');
  later.opened('main');
  expect(Object.fromEntries(told)).toEqual({
    ...{ '': true, 'syncdb.v1.Writes': true },
    ...{ 'syncdb.v1.Database/main': true, 'syncdb.v1.Database/other': true },
  });
});

test('at the end nothing serves, whatever comes of the databases then', async () => {
  health.down();
  health.takesWrites('main', true);
  expect(new Set(Object.values(await all()))).toEqual(new Set(['NOT_SERVING']));
});
