import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { SiteSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { type DatabaseFileOptions, openDatabaseFile } from '../../src/cli/database-file.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import type { Database } from '../../src/server/database.ts';
import { silent } from '../../src/server/logger.ts';
import { makeSnapshots } from '../log/support/snapshots.ts';

let folder: string;
const written: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'syncdb-file-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test('folder and file are made where they are missing, and found again', async () => {
  const deep = join(folder, 'a', 'b');
  await withDatabase({ folder: deep }, (database) => put(database, 'one'));
  await withDatabase({ folder: deep }, async ({ home }) => expect(home.state.head).toBe(2));
  expect(written).toEqual([]);
});

test('reading a long log shows how far it is', async () => {
  await withDatabase({ name: 'long' }, async (database) => {
    await Promise.all(Array.from({ length: 999 }, (_, index) => put(database, `${index}`)));
  });
  await withDatabase({ name: 'long' }, async ({ home }) => expect(home.state.head).toBe(1_000));
  expect(written).toEqual(['Reading long: 1,000 of 1,000\n']);
});

test('a start that is not wanted any more ends between two records, and the files are closed', async () => {
  const name = 'stopped';
  await withDatabase({ name }, (database) => put(database, 'one'));
  const signal = AbortSignal.abort(new Error('not now'));
  await expect(open({ name, signal })).rejects.toThrow('not now');
  await withDatabase({ name }, async ({ home }) => expect(home.state.head).toBe(2));
});

test('a file that is open elsewhere is LOG_LOCKED', async () => {
  await withDatabase({ name: 'twice' }, async () => {
    await expect(open({ name: 'twice' })).rejects.toMatchObject({ reason: 'LOG_LOCKED' });
  });
});

test('[I9] a log that is missing beside its snapshots is LOG_MISSING, and is not made', async () => {
  const name = 'gone';
  makeSnapshots(join(folder, `${name}.syncdb-snapshots`));
  for (let round = 0; round < 2; round++) {
    await expect(open({ name })).rejects.toMatchObject({ reason: 'LOG_MISSING' });
    expect(existsSync(join(folder, `${name}.syncdb`))).toBe(false);
  }
});

test('[I9] snapshots that are missing beside a log that needs them are NO_SNAPSHOT, and not made', async () => {
  const name = 'trimmed';
  await withDatabase({ name }, (database) => put(database, 'one'));
  const path = join(folder, `${name}.syncdb`);
  const log = await openSqliteLog({ path });
  await log.trim(1);
  await log.close();
  const snapshots = `${path}-snapshots`;
  rmSync(snapshots);
  for (let round = 0; round < 2; round++) {
    await expect(open({ name })).rejects.toMatchObject({
      reason: 'NO_SNAPSHOT',
      message: expect.stringContaining(`${snapshots}, which had what came before, is empty or`),
      metadata: { path, snapshots, trimmed: '1' },
    });
    expect(existsSync(snapshots)).toBe(false);
  }
});

test('[I9] a record that cannot be read is named, with its file', async () => {
  const name = 'unread';
  await withDatabase({ name }, (database) => put(database, 'one'));
  const path = join(folder, `${name}.syncdb`);
  const log = await openSqliteLog({ path });
  await log.append(2, [new Uint8Array(9)]);
  await log.close();
  await expect(open({ name })).rejects.toMatchObject({
    reason: 'MALFORMED_BYTES',
    message: `${path}: record 3 of the log cannot be read: commit record: no magic or unknown version`,
    metadata: { path, position: '3' },
  });
});

test('snapshots that cannot be read are moved aside, and the log says so', async () => {
  const name = 'snapped';
  await withDatabase({ name }, (database) => put(database, 'one'));
  writeFileSync(join(folder, `${name}.syncdb-snapshots`), 'no snapshots at all');
  const said: object[] = [];
  const logger = { ...silent, warn: (...line: unknown[]) => void said.push(line) };
  await withDatabase({ name, logger }, async ({ home }) => expect(home.state.head).toBe(2));
  expect(said).toEqual([[{ database: name }, expect.stringContaining(`database ${name}: `)]]);
});

test('a schema that cannot be makes no file', async () => {
  await expect(open({ name: 'again', schema: [] })).rejects.toMatchObject({ reason: 'NO_TABLES' });
  expect(existsSync(join(folder, 'again.syncdb'))).toBe(false);
});

test('a schema that does not fit leaves the file closed', async () => {
  await withDatabase({ name: 'other' }, (database) => put(database, 'one'));
  const schema = [StationSchema];
  await expect(open({ name: 'other', schema })).rejects.toMatchObject({ reason: 'SCHEMA_CHANGED' });
  await withDatabase({ name: 'other' }, async ({ home }) => expect(home.state.head).toBe(2));
});

test.each(['', '.hidden', '-flag', '../up', 'a/b', 'ü', 'x'.repeat(65)])(
  'the name %j is BAD_DATABASE_NAME',
  async (name) => {
    await expect(open({ name })).rejects.toMatchObject({ reason: 'BAD_DATABASE_NAME' });
  },
);

test.each(['main', '_', 'tenant-1.eu', 'x'.repeat(64)])('the name %j will do', async (name) => {
  await withDatabase({ name }, async (database) => expect(database.name).toBe(name));
});

test('a folder that cannot be made is NO_FOLDER', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(open({ folder: join(file, 'below') })).rejects.toMatchObject({
    reason: 'NO_FOLDER',
  });
});

function open(options: Partial<DatabaseFileOptions>): Promise<Database> {
  return openDatabaseFile({
    folder,
    name: 'main',
    schema: [SiteSchema],
    schemaVersion: 1,
    output: { write: (text) => written.push(text) },
    ...options,
  });
}

async function withDatabase(
  options: Partial<DatabaseFileOptions>,
  use: (database: Database) => Promise<unknown>,
): Promise<void> {
  const database = await open(options);
  try {
    await use(database);
  } finally {
    await database.close();
  }
}

async function put(database: Database, key: string): Promise<void> {
  const identity = await trustEveryone({ metadata: () => [], peer: 'test', method: 'test' });
  const change = {
    operation: 'put',
    table: 'test.v1.Site',
    key,
    row: new Uint8Array(0),
    fields: [],
    base: undefined,
    baseCounter: 0,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  } as const;
  await database.transact([change], '', identity);
}
