/** That what users call can be named with what the package exports; the compiler checks the types. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { storageContract } from '../../src/client/contract/index.ts';
import type {
  ClientStorage,
  JournalFiles,
  JournalLog,
  Keyset,
  ParkedTransaction,
  Salvaged,
  StorageStatus,
  SyncProgress,
  Transaction,
} from '../../src/client/index.ts';
import {
  type Client,
  createMemoryLog,
  type DatabaseOptions,
  type Log,
  memoryStorage,
  open,
  openDatabase,
  salvageStorage,
  sqliteStorage,
  startServer,
} from '../../src/index.ts';

test('a server and a client can be written with the names that are exported', async () => {
  const log: Log = createMemoryLog({ id: new Uint8Array(16) });
  const options: DatabaseOptions = { name: 'field', schema: [StationSchema], log };
  const database = await openDatabase(options);
  const server = await startServer({ databases: [database], address: '127.0.0.1:0' });
  const client: Client = await open({
    url: server.address,
    database: 'field',
    schema: [StationSchema],
  });
  for (const id of ['a', 'b']) client.table(StationSchema).put({ id });
  await client.synced();
  const next: Keyset | undefined = client.table(StationSchema).query({ limit: 1 }).next;
  const parked: readonly ParkedTransaction[] = client.parked;
  const { status } = client;
  const progress: SyncProgress | undefined = 'progress' in status ? status.progress : undefined;
  expect([next?.key, parked, progress]).toEqual(['a', [], undefined]);
  const path = join(mkdtempSync(join(tmpdir(), 'syncdb-exports-')), 'client.db');
  const storage: ClientStorage = sqliteStorage({ path });
  const stored = await open({ database: 'field', schema: [StationSchema], storage });
  await stored.table(StationSchema).put({ id: 'c' }).stored;
  const storageStatus: StorageStatus = stored.storage;
  await stored.close();
  const salvaged: Salvaged = await salvageStorage({ path });
  rmSync(dirname(path), { recursive: true });
  const [pending]: readonly Transaction[] = salvaged.pending;
  expect([storageStatus.state, pending?.changes[0]?.key]).toEqual(['working', 'c']);
  await client.close();
  await server.close();
});

test('an adapter of client storage can be written and tried with the names that are exported', async () => {
  const inner: ClientStorage = memoryStorage();
  const files: JournalFiles = await inner.open();
  const log: JournalLog = await files.begin();
  expect([files.log, log.head]).toEqual([undefined, 0]);
  await files.close();
  const [first] = storageContract(() => ({ storage: () => inner }));
  await first!.run();
});
