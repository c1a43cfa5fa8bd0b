import { readFile } from 'node:fs/promises';
import { openDatabaseFile } from './database-file.ts';
import { endAnyway } from './end-anyway.ts';
import { serveUntil } from './serve-until.ts';
import { stopSignal } from './stop-signal.ts';

/** The options of `syncdb serve`. */
export interface ServeOptions {
  /** File with a FileDescriptorSet. */
  readonly schema: string;
  readonly schemaVersion: number;
  /** Folder of the database's file. */
  readonly data: string;
  readonly database: string;
  readonly listen: string;
  readonly insecure: boolean;
  /** Bytes that the database may take. */
  readonly memory: number;
}

/** `syncdb serve`: serves one database until Ctrl-C or SIGTERM. */
export async function serve(options: ServeOptions): Promise<void> {
  const stop = stopSignal();
  const database = await openDatabaseFile({
    folder: options.data,
    name: options.database,
    schema: await readFile(options.schema),
    schemaVersion: options.schemaVersion,
    memoryBytesMax: options.memory,
    output: process.stdout,
  });
  const { listen, insecure } = options;
  try {
    await serveUntil({
      database,
      listen,
      insecure,
      stop,
      onListening: ({ address }) => {
        const { version, fingerprint } = database.schema;
        console.log(
          `database ${database.name}, schema ${version} (${fingerprint}), listening on ${address}`,
        );
      },
    });
  } finally {
    endAnyway();
  }
}
