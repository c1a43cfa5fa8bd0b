/** `syncdb push` against a real server. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type PushOptions, push } from '../../src/cli/push.ts';
import type { Client } from '../../src/client/client-api.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { remoteOptions, testStreams } from './support/streams.ts';

let server: TestServer;
let reader: Client;

beforeEach(async () => {
  server = await startTestServer();
  reader = await server.client();
});
afterEach(async () => {
  process.exitCode = undefined;
  await server.close();
});

async function run(lines: unknown[], options: Partial<PushOptions> = {}, isTerminal = false) {
  const input = lines
    .map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
    .join('');
  const streams = testStreams({ input, isTerminal });
  await push(
    [],
    { ...remoteOptions(server.address), table: 'Inspection', ...options },
    streams,
  ).catch((error: unknown) => {
    throw Object.assign(error as Error, { printed: streams.out() });
  });
  return streams.out();
}

const put = (id: string, notes = '') => ({ put: { id, stationId: 's', notes } });

test('says of each transaction what became of it, and ends with 3 where one was refused', async () => {
  const printed = await run([
    put('a', 'dry'),
    { patch: { id: 'nobody', notes: 'x' } },
    { edits: [put('b'), put('c', 'x'.repeat(201))] },
    { delete: 'a' },
  ]);
  expect(
    printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { file: 'stdin', line: 1, status: 'committed', conflicts: 0 },
    { line: 2, status: 'refused', reason: 'ROW_NOT_FOUND' },
    {
      line: 3,
      status: 'refused',
      reason: 'ROW_INVALID',
      message: expect.stringContaining('notes'),
    },
    { line: 4, status: 'committed' },
  ]);
  await reader.synced();
  expect(reader.table(InspectionSchema).count()).toBe(0);
  expect(process.exitCode).toBe(3);
});

test('sends a replica’s own transactions, which may meet conflicts, and retries of which are the same', async () => {
  const any = { '@type': 'type.googleapis.com/test.v1.Inspection', id: 'a', notes: 'theirs' };
  const change = { operation: 'OPERATION_PATCH', row: any, fields: [4], baseVersion: '1' };
  const transaction = { replicaId: 'phone', counter: '1', changes: [change] };
  const lines = [
    put('a', 'first'),
    { patch: { id: 'a', notes: 'second' } },
    transaction,
    transaction,
  ];
  expect(await run(lines, {}, true)).toBe(
    [
      'stdin:1: committed',
      'stdin:2: committed',
      'stdin:3: phone/1 committed, 1 conflict in the ledger',
      'stdin:4: phone/1 committed, 1 conflict in the ledger',
      '',
    ].join('\n'),
  );
  expect(process.exitCode).toBeUndefined();
});

test('applies edits of one id once', async () => {
  await run([put('a')], { id: 'job-1' });
  await run([put('a')], { id: 'job-1' });
  expect(server.database.source.settledOf('$service').counter).toBe(1);
});

test('ends with what is no transaction, by its line; those before are answered', async () => {
  await expect(run([put('a'), '{"put":', put('b')])).rejects.toMatchObject({
    reason: 'BAD_INPUT',
    message: expect.stringMatching(/^stdin:2: .*JSON/),
    printed: expect.stringMatching(/^\{.*"line":1,"status":"committed".*\}\n$/),
  });
});

test('ends with what cannot be ordered', async () => {
  const later = { replicaId: 'phone', counter: '2', changes: [] };
  await expect(run([later])).rejects.toMatchObject({
    message: expect.stringMatching(/^stdin:1: /),
  });
});
