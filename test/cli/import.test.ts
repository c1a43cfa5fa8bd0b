/** `syncdb export` and `syncdb import`: from a device's storage to a real server. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type ExportFileOptions, exportFile } from '../../src/cli/export.ts';
import { type ImportFileOptions, importFiles } from '../../src/cli/import.ts';
import { decodeEditsFile } from '../../src/client/edits-file.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { imageOf } from '../support/image-of.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { startLoadingServer } from './support/loading-server.ts';
import { remoteOptions, testStreams } from './support/streams.ts';

const makeFolder = tempFolders();
let folder: string;
let server: TestServer;

beforeEach(async () => {
  folder = makeFolder();
  server = await startTestServer();
  writeFileSync(join(folder, 'schema.binpb'), imageOf(InspectionSchema.file));
});
afterEach(async () => {
  process.exitCode = undefined;
  await server.close();
});

const store = () => join(folder, 'field.db');
const edits = () => join(folder, 'camp.syncdb-edits');

async function exported(options: Partial<ExportFileOptions> = {}, isTerminal = false) {
  const streams = testStreams({ isTerminal });
  const asked = { store: store(), schema: join(folder, 'schema.binpb'), to: edits() };
  await exportFile({ ...asked, schemaVersion: 1, table: [], refused: false, ...options }, streams);
  return streams.out();
}

async function imported(options: Partial<ImportFileOptions> = {}, isTerminal = false) {
  const streams = testStreams({ isTerminal });
  const { database: _, ...remote } = remoteOptions(server.address);
  await importFiles([edits()], { ...remote, ...options }, streams);
  return streams.out();
}

/** A device that has written and was never connected. */
async function written() {
  const storage = sqliteStorage({ path: store() });
  const phone = await server.client({ replicaId: 'phone', storage, url: undefined as never });
  phone.table(StationSchema).put({ id: 's', name: 'South' });
  phone.table(InspectionSchema).put({ id: 'i', stationId: 's' });
  await phone.table(StationSchema).put({ id: 'n', name: 'North' }).stored;
  await phone.close();
}

test('[P35][P36] carry what waits on a device to a server, once', async () => {
  await written();
  const told = JSON.parse(await exported());
  expect(told).toEqual({
    ...{ file: edits(), database: 'field', replicaId: 'phone', transactions: 3, refused: 0 },
    bytes: readFileSync(edits()).length,
  });
  for (let times = 0; times < 2; times++) {
    const lines = (await imported()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      ['1', '2', '3'].map((counter) => ({
        ...{ file: edits(), replicaId: 'phone', counter, status: 'committed', conflicts: 0 },
      })),
    );
  }
  expect(process.exitCode).toBeUndefined();
  const reader = await server.client();
  await reader.synced();
  expect(reader.table(StationSchema).count()).toBe(2);
  // The device still has them, and learns what became of them.
  const storage = sqliteStorage({ path: store() });
  const phone = await server.client({ replicaId: 'phone', storage });
  expect(phone.pendingCount).toBe(3);
  await phone.synced();
  expect(phone.pendingCount).toBe(0);
});

test('choose edits by table, with what was written before them, and speak to people on a terminal', async () => {
  await written();
  expect(await exported({ table: ['Inspection'] }, true)).toMatch(
    /^2 transactions of phone and 0 refused ones, \d+ bytes in .*camp\.syncdb-edits\n$/,
  );
  const { transactions } = await decodeEditsFile(new Uint8Array(readFileSync(edits())));
  expect(transactions.map(({ counter }) => counter)).toEqual([1, 2]);
  expect(await imported({}, true)).toBe(
    `${edits()}: phone/1 committed\n${edits()}: phone/2 committed\n`,
  );
});

test('ends with 3 where an edit waits for others', async () => {
  await written();
  await exported();
  const phone = await server.client({ replicaId: 'other' });
  phone.disconnect();
  for (const id of ['a', 'b']) phone.table(StationSchema).put({ id });
  const file = await decodeEditsFile((await phone.export()).bytes);
  const { encodeEditsFile } = await import('../../src/client/edits-file.ts');
  const late = { ...file, transactions: file.transactions.slice(1) };
  writeFileSync(edits(), await encodeEditsFile(late));
  const [line] = (await imported()).trim().split('\n');
  expect(JSON.parse(line!)).toMatchObject({ status: 'unordered', reason: 'COUNTER_GAP' });
  expect(process.exitCode).toBe(3);
});

test('make nothing where there is no storage, and take nothing of another database or schema', async () => {
  await expect(exported({ store: join(folder, 'nobody.db') })).rejects.toMatchObject({
    code: 'ENOENT',
  });
  await written();
  await expect(exported({ schemaVersion: 2 })).rejects.toMatchObject({
    reason: 'STORAGE_OTHER_SCHEMA',
  });
  await exported();
  await expect(imported({ database: 'other' })).rejects.toMatchObject({ reason: 'BAD_OPTION' });
});

test('edits come in as soon as their database is open', async () => {
  await written();
  await exported();
  const loading = await startLoadingServer();
  try {
    const streams = testStreams({ isTerminal: true });
    const { database: _, ...remote } = remoteOptions(loading.address);
    const done = importFiles([edits()], remote, streams);
    setTimeout(loading.finish, 100);
    await done;
    expect(streams.out()).toContain('phone/1 committed');
  } finally {
    await loading.close();
  }
});
