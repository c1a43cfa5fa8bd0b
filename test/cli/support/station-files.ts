/** A database of stations in files, as a server leaves it. */
import { StationSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import { openDatabaseFile } from '../../../src/cli/database-file.ts';
import { open } from '../../../src/client/client.ts';
import type { Client } from '../../../src/client/client-api.ts';
import type { OpenOptions } from '../../../src/client/open-options.ts';
import type { Database } from '../../../src/server/database.ts';
import { type RunningServer, startServer } from '../../../src/server/server.ts';
import { fieldSchema } from '../../support/test-server.ts';

export interface ServedFiles {
  readonly database: Database;
  readonly running: RunningServer;
  client(options?: Partial<OpenOptions>): Promise<Client>;
  close(): Promise<void>;
}

/** Serves the database `main` of a folder, in this process. */
export async function serveFiles(folder: string): Promise<ServedFiles> {
  const database = await openDatabaseFile({
    folder,
    name: 'main',
    schema: fieldSchema,
    schemaVersion: 1,
    output: { write: () => true },
    // Tests count the records.
    limits: { ...defaultLimits, devicesMax: 0 },
  });
  const running = await startServer({ databases: [database], address: '127.0.0.1:0' });
  const clients: Client[] = [];
  return {
    database,
    running,
    client: async (options = {}) => {
      const client = await open({
        url: running.address,
        database: 'main',
        schema: fieldSchema,
        retry: { delayMsMin: 5, delayMsMax: 50 },
        ...options,
      });
      clients.push(client);
      return client;
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await running.close(500);
    },
  };
}

/** Writes stations with these ids, each a transaction, and waits until they are committed. */
export async function putStations(client: Client, ...ids: readonly string[]): Promise<void> {
  const written = ids.map((id) => client.table(StationSchema).put({ id, name: id }));
  await Promise.all(written.map(({ outcome }) => outcome));
  await client.synced();
}

export function stationsOf(client: Client): string[] {
  return client
    .table(StationSchema)
    .query()
    .rows.map(({ id }) => id)
    .sort();
}
