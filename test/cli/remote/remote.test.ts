import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { ListDatabasesResponse } from '../../../gen/ts/syncdb/v1/admin_service.ts';
import { type Remote, withRemote } from '../../../src/cli/remote/remote.ts';
import { answered } from '../../../src/client/answered.ts';
import type { CallContext } from '../../../src/server/authoriser.ts';
import { trustEveryone } from '../../../src/server/authoriser.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { remoteOptions } from '../support/streams.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

const databases = ({ admin, metadata, deadline }: Remote) =>
  answered<ListDatabasesResponse>((done) => admin.listDatabases({}, metadata, deadline(), done));

test('token and headers go with each call', async () => {
  const seen: unknown[] = [];
  server = await startTestServer({
    authorise: (context: CallContext) => {
      seen.push(['authorization', 'x-team'].map((key) => context.metadata(key)));
      return trustEveryone(context);
    },
  });
  const options = { ...remoteOptions(server.address), token: 'secret', header: ['X-Team: blue'] };
  await withRemote(options, databases);
  expect(seen).toEqual([[['Bearer secret'], ['blue']]]);
});

test('who does not answer in time is given up', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const options = { ...remoteOptions(`127.0.0.1:${port}`), timeout: 50 };
  await expect(withRemote(options, databases)).rejects.toMatchObject({
    reason: 'DEADLINE_EXCEEDED',
  });
  silent.close();
});

test('where nobody listens it is UNAVAILABLE at once', async () => {
  await expect(withRemote(remoteOptions('127.0.0.1:1'), databases)).rejects.toMatchObject({
    reason: 'UNAVAILABLE',
  });
});
