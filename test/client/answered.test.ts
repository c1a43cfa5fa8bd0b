import { credentials, type StatusObject, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  AdminServiceClient,
  type ListDatabasesResponse,
} from '../../gen/ts/syncdb/v1/admin_service.ts';
import { DataServiceClient } from '../../gen/ts/syncdb/v1/data_service.ts';
import { answered, messagesOf } from '../../src/client/answered.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const table = 'test.v1.Inspection';
const unknown = { reason: 'UNKNOWN_DATABASE', message: expect.stringContaining('"none"') };
let server: TestServer;
let admin: AdminServiceClient;
let data: DataServiceClient;

beforeEach(async () => {
  server = await startTestServer();
  admin = new AdminServiceClient(server.address, credentials.createInsecure());
  data = new DataServiceClient(server.address, credentials.createInsecure());
});
afterEach(async () => {
  admin.close();
  data.close();
  await server.close();
});

it('gives the answer to a call', async () => {
  const { databases } = await answered<ListDatabasesResponse>((done) =>
    admin.listDatabases({}, done),
  );
  expect(databases.map(({ name }) => name)).toEqual(['field']);
});

it('rejects with the error, and its reason, that a call ends with', async () => {
  const call = answered((done) => admin.listTables({ database: 'none' }, done));
  await expect(call).rejects.toMatchObject(unknown);
});

it('throws what a stream ends with behind its messages', async () => {
  const messages = messagesOf(() => data.watch({ database: 'none', table, filter: undefined }));
  await expect(messages.next()).rejects.toMatchObject(unknown);
});

it('ends the call of which nobody reads on', async () => {
  const call = data.watch({ database: 'field', table, filter: undefined });
  const ended = new Promise<StatusObject>((resolve) => call.on('status', resolve));
  for await (const { live } of messagesOf(() => call)) if (live) break;
  expect((await ended).code).toBe(status.CANCELLED);
});

it('begins no call before somebody reads', async () => {
  let begun = 0;
  const begin = () => {
    begun++;
    return data.watch({ database: 'field', table, filter: undefined });
  };
  await messagesOf(begin).return(undefined);
  for await (const _ of messagesOf(begin, AbortSignal.abort())) expect.fail('a message');
  expect(begun).toBe(0);
});

it('ends the call without an error where it is told to stop', async () => {
  const stop = new AbortController();
  const call = data.watch({ database: 'field', table, filter: undefined });
  const ended = new Promise<StatusObject>((resolve) => call.on('status', resolve));
  for await (const { live } of messagesOf(() => call, stop.signal)) if (live) stop.abort();
  expect((await ended).code).toBe(status.CANCELLED);
});
