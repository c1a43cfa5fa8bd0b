/** SyncDB's client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { Replica } from '../../src/replica/replica.ts';
import { ClientSession } from '../../src/session/client-session.ts';
import { createCompressors } from '../../src/wire/compressor.ts';
import { serverMessageFromWire } from '../../src/wire/sync-messages.ts';
import { freshKeys } from '../engine/side.ts';
import { serveParent } from '../support/child.ts';
import { growth, type MemoryUse, settledMemory, touchYoungGeneration } from '../support/memory.ts';
import { openRawStream } from '../support/raw-stream.ts';
import { recordSchema, recordTable, statusNumbers } from '../support/record-table.ts';
import { recordAt, siteIds } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { helloOf } from '../sync/messages.ts';
import { databaseName } from '../sync/record-database.ts';
import { type Choice, type ClientBenchSide, queryLimit } from './side.ts';

let client: Client;
let before: MemoryUse;
let rowCount = 0;
/** No row has it twice: that nothing has changed would be told to nobody. */
let lastPriority = 10;

async function stored(port: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'syncdb-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const startedMs = performance.now();
  const opened = await open({
    url: `127.0.0.1:${port}`,
    database: databaseName,
    schema: [RecordSchema],
    scopes: ['site/*'],
    storage: sqliteStorage({ path: join(folder, 'phone') }),
  });
  await opened.synced();
  rowCount = opened.table(RecordSchema).count();
  await opened.close();
  return performance.now() - startedMs;
}

/** What the server says until all rows are there. */
function messagesOf(port: number, replica: string): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    const stream = openRawStream({
      port,
      path: '/syncdb.v1.SyncService/Sync',
      onMessage: (bytes) => {
        messages.push(bytes.slice());
        const { body } = SyncResponse.decode(bytes);
        if (body?.$case !== 'delta' || body.value.checkpoint === undefined) return;
        stream.close();
        resolve(messages);
      },
      onEnd: (why) => reject(new Error(why)),
    });
    stream.send(helloOf(replica, 'site/*'));
  });
}

const reading = { schema: recordSchema, compressors: createCompressors(), limits: defaultLimits };

/** Takes the messages into a copy that is new. */
function take(messages: readonly Uint8Array[], id: string): Replica {
  const replica = new Replica({ schema: recordSchema, limits: defaultLimits, id, relay: false });
  const session = new ClientSession({
    ...{ replica, database: databaseName, scopes: ['site/*'], tables: [] },
    encodings: ['columns'],
    compressions: ['zstd'],
  });
  session.connect();
  session.next();
  for (const bytes of messages) {
    session.receive(serverMessageFromWire(SyncResponse.decode(bytes), reading));
  }
  return replica;
}

const whereOf = ({ status, above }: Choice) => ({
  status: statusNumbers[status],
  temperature: { gt: above },
});

const side: ClientBenchSide = {
  load: async ({ port, stored: isStored }) => {
    if (isStored) return stored(port);
    touchYoungGeneration();
    before = await settledMemory();
    const startedMs = performance.now();
    client = await open({
      url: `127.0.0.1:${port}`,
      database: databaseName,
      schema: [RecordSchema],
      scopes: ['site/*'],
    });
    await client.synced();
    const ms = performance.now() - startedMs;
    client.disconnect();
    rowCount = client.table(RecordSchema).count();
    return ms;
  },

  apply: async ({ port, rounds }) => {
    const id = '0123456789abcdef01234567';
    const messages = await messagesOf(port, id);
    return Array.from({ length: rounds }, () => {
      const startedMs = performance.now();
      const replica = take(messages, id);
      const ms = performance.now() - startedMs;
      rowCount = replica.committed.table(recordTable).columns.liveCount;
      return ms;
    });
  },

  memory: async () => growth(before, await settledMemory()),

  get: ({ round, reads }) => {
    const table = client.table(RecordSchema);
    const keys = freshKeys(round, reads, rowCount);
    const startedMs = performance.now();
    let found = 0;
    for (const key of keys) if ((table.get(key)?.priority ?? 0) > 0) found++;
    const ms = performance.now() - startedMs;
    verify(found === reads, `${reads - found} rows were not found`);
    return ms;
  },

  query: ({ times, ...choice }) => {
    const table = client.table(RecordSchema);
    let ids: readonly string[] = [];
    const startedMs = performance.now();
    for (let time = 0; time < times; time++) {
      const { rows } = table.query({
        where: whereOf(choice),
        orderBy: [{ field: 'updated', descending: true }],
        limit: queryLimit,
      });
      ids = rows.map(({ id }) => id);
    }
    return { ms: performance.now() - startedMs, ids };
  },

  count: ({ times, ...choice }) => {
    const table = client.table(RecordSchema);
    let found = 0;
    const startedMs = performance.now();
    for (let time = 0; time < times; time++) found = table.count(whereOf(choice));
    return { ms: performance.now() - startedMs, found };
  },

  watch: async ({ queries, changes }) => {
    const table = client.table(RecordSchema);
    let told = () => {};
    const sites = new Set(siteIds.slice(0, queries));
    const stops = [...sites].map((siteId) => {
      const watching = table.watch({ where: { siteId } });
      return watching.subscribe(({ changed }) => {
        if (changed.length > 0) told();
      });
    });
    const ids = idsIn(sites, changes);
    await new Promise(setImmediate);
    const startedMs = performance.now();
    for (const id of ids) {
      const isTold = new Promise<void>((resolve) => {
        told = resolve;
      });
      table.patch(id, { priority: ++lastPriority });
      await isTold;
    }
    const ms = performance.now() - startedMs;
    for (const stop of stops) stop();
    return ms;
  },
};

/** Rows of these sites, one after the other. */
function idsIn(sites: ReadonlySet<string>, count: number): string[] {
  const ids: string[] = [];
  for (let index = 0; ids.length < count; index++) {
    const { id, siteId } = recordAt(index % rowCount);
    if (sites.has(siteId)) ids.push(id);
  }
  return ids;
}

serveParent(side);
