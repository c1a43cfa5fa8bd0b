/** Tables that never leave the device, beside those that are synced, stored on a real disk. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EditionRowSchema } from '../../gen/es/test/v1/editions_pb.ts';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { OpenOptions } from '../../src/client/open-options.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const makeFolder = tempFolders();
let path: string;
let server: TestServer;
beforeEach(async () => {
  path = join(makeFolder(), 'client.db');
  server = await startTestServer();
});
afterEach(() => server.close());

const device = (options: Partial<OpenOptions> = {}) =>
  server.client({
    localTables: [EditionRowSchema],
    storage: sqliteStorage({ path }),
    ...options,
  });

test('[P1] are written at once, read like others, kept, and never sent', async () => {
  const client = await device();
  const drafts = client.table(EditionRowSchema);
  const written = drafts.put({ id: 'a', plain: 'p', numbers: [1, 2] });
  expect([written.counter, written.state, client.pendingCount]).toEqual([0, 'committed', 0]);
  expect(await written.outcome).toMatchObject({ status: 'committed', counter: 0 });
  drafts.patch('a', { maybe: 'm' });
  drafts.put({ id: 'b', plain: 'q' });
  await drafts.delete('b').stored;
  await client.synced();
  const others = await server.client();
  await others.synced();
  expect(() => others.table(EditionRowSchema)).toThrow(/not a table/);
  expect(drafts.info('a')).toEqual({ syncStatus: 'local', version: 0 });
  await client.close();
  const again = await device();
  const kept = again.table(EditionRowSchema);
  expect(kept.get('a')).toMatchObject({ plain: 'p', maybe: 'm', numbers: [1, 2] });
  expect([kept.count(), kept.count({ plain: 'p' })]).toEqual([1, 1]);
  expect(kept.query({ orderBy: [{ field: 'plain' }] }).rows).toHaveLength(1);
});

test('are watched, and live queries of them end with the client', async () => {
  const client = await device();
  const drafts = client.table(EditionRowSchema);
  const changes: number[] = [];
  const follow = (async () => {
    for await (const { rows } of drafts.watch({ where: { plain: 'p' } })) changes.push(rows.length);
  })();
  for (const id of ['a', 'b']) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    drafts.put({ id, plain: 'p' });
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  await client.close();
  await follow;
  expect(changes).toEqual([0, 1, 2]);
});

test('[P37] are written in one transaction with others, all of it or none', async () => {
  const client = await device();
  client.disconnect();
  client.table(EditionRowSchema).put({ id: 'draft' });
  const written = client.transaction((scope) => {
    scope.table(EditionRowSchema).delete('draft');
    scope.table(StationSchema).put({ id: 's', name: 'from a draft' });
  });
  expect(written.counter).toBe(1);
  const failing = () =>
    client.transaction((scope) => {
      scope.table(StationSchema).put({ id: 't' });
      scope.table(EditionRowSchema).patch('nobody', { plain: 'x' });
    });
  expect(failing).toThrow(expect.objectContaining({ code: Code.notFound }));
  expect([client.pendingCount, client.table(StationSchema).get('t')]).toEqual([1, undefined]);
  await written.stored;
  await client.close();
  const again = await device();
  expect(again.table(EditionRowSchema).count()).toBe(0);
  expect(again.table(StationSchema).get('s')?.name).toBe('from a draft');
  await again.synced();
  expect(again.pendingCount).toBe(0);
});

test('of a queue that is full nothing is written either', async () => {
  const limits = { ...defaultLimits, queueTransactionsMax: 1 };
  const client = await device({ limits });
  client.disconnect();
  client.table(StationSchema).put({ id: 's' });
  const both = () =>
    client.transaction((scope) => {
      scope.table(EditionRowSchema).put({ id: 'a' });
      scope.table(StationSchema).put({ id: 't' });
    });
  expect(both).toThrow(expect.objectContaining({ reason: 'QUEUE_FULL' }));
  expect(client.table(EditionRowSchema).count()).toBe(0);
});

test('outlive journals that are written anew, in the middle of edits', async () => {
  const limits = { ...defaultLimits, journalBytesMin: 2_000 };
  const client = await device({ limits });
  const drafts = client.table(EditionRowSchema);
  for (let round = 0; round < 60; round++) {
    for (let key = 0; key < 5; key++) drafts.put({ id: `r${key}`, plain: `${round}` });
    if (round % 3 === 0) await drafts.delete(`r${round % 5}`).stored;
  }
  const expected = drafts.query().rows;
  await client.close();
  const again = await device({ limits });
  expect(again.table(EditionRowSchema).query().rows).toEqual(expected);
  expect(expected.length).toBeGreaterThan(3);
});

test('hold to the rules of their messages, and are no tables of the schema', async () => {
  const alone = { database: 'other', url: undefined as never, storage: undefined as never };
  const localTables = [InspectionSchema, StationSchema];
  const client = await device({ ...alone, schema: [EditionRowSchema], localTables });
  const inspections = client.table(InspectionSchema);
  expect(() => inspections.put({ id: 'i', notes: 'x'.repeat(201) })).toThrow(
    expect.objectContaining({ code: Code.invalidArgument, reason: 'ROW_INVALID' }),
  );
  expect(inspections.count()).toBe(0);
  inspections.put({ id: 'i', notes: 'x' });
  expect(() => client.subscribe({ tables: [InspectionSchema] })).toThrow(/never leaves/);
  await expect(device({ ...alone, localTables: [StationSchema] })).rejects.toMatchObject({
    reason: 'TABLE_TWICE',
    fields: [{ field: 'localTables[0]' }],
  });
});
