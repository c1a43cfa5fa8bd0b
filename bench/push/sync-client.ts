/** SyncDB's client, with its rows and edits in SQLite as an app has it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import type { Written } from '../../src/client/written-transaction.ts';
import { serveParent } from '../support/child.ts';
import { messageInit } from '../support/record-table.ts';
import type { RecordEdit } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { databaseName } from '../sync/record-database.ts';
import { offlineEdits, type PushClientSide, rowCount } from './sides.ts';

const folder = mkdtempSync(join(tmpdir(), 'syncdb-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
let client: Client;
let written: readonly Written[];

const side: PushClientSide = {
  prepare: async ({ port }) => {
    client = await open({
      url: `127.0.0.1:${port}`,
      database: databaseName,
      schema: [RecordSchema],
      scopes: ['site/*'],
      storage: sqliteStorage({ path: join(folder, 'phone') }),
    });
    await client.synced();
    client.disconnect();
    const table = client.table(RecordSchema);
    verify(table.count() === rowCount, `the client has ${table.count()} records`);
    written = offlineEdits().map(({ record, edit }) => {
      if (edit === undefined) return table.put(messageInit(record));
      const init = messageInit({ ...record, ...edit });
      const names = Object.keys(edit) as (keyof RecordEdit)[];
      return table.patch(record.id, Object.fromEntries(names.map((name) => [name, init[name]])));
    });
    await Promise.all(written.map(({ stored }) => stored));
  },

  push: async () => {
    const startedMs = performance.now();
    client.connect();
    const outcomes = await Promise.all(written.map(({ outcome }) => outcome));
    const seconds = (performance.now() - startedMs) / 1_000;
    const refused = outcomes.find(({ status }) => status !== 'committed');
    verify(refused === undefined, `an edit was ${refused?.status}`);
    return seconds;
  },
};

serveParent(side);
