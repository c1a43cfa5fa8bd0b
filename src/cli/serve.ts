import { readFile } from 'node:fs/promises';
import { limitsOf } from '../base/limits-of.ts';
import type { Level } from '../codec/plan.ts';
import type { Database } from '../server/database.ts';
import { checkExposure, parseAddress } from '../server/listen-address.ts';
import { createLogger } from '../server/logger.ts';
import { checkDatabaseFile, openDatabaseFile } from './database-file.ts';
import { endAnyway } from './end-anyway.ts';
import { namingFile } from './failure.ts';
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
  /** The most work that goes into few bytes. */
  readonly level: Level;
  /** Bytes that the database may take. */
  readonly memory: number;
}

/** `syncdb serve`: serves one database until Ctrl-C or SIGTERM. What it cannot be asked for makes no files. */
export async function serve(options: ServeOptions): Promise<void> {
  const stop = stopSignal();
  parseAddress(options.listen);
  checkExposure(options.listen, false, options.insecure);
  const limits = { ...limitsOf(process.env), memoryBytesMax: options.memory };
  const logger = createLogger('info');
  const { listen, insecure, level, database: name, schemaVersion } = options;
  const schema = await namingFile(options.schema, () => readFile(options.schema));
  const file = { folder: options.data, name, schema, schemaVersion, limits };
  checkDatabaseFile(file);
  let database: Database | undefined;
  const open = async (signal: AbortSignal) => {
    database = await openDatabaseFile({ ...file, logger, signal, output: process.stdout });
    return database;
  };
  try {
    await serveUntil({
      database: { name, schema, open },
      listen,
      insecure,
      levelMax: level,
      limits,
      stop,
      logger,
      onServing: ({ address }) => {
        const { version, fingerprint } = database!.schema;
        console.log(
          `database ${name}, schema ${version} (${fingerprint}), listening on ${address}`,
        );
      },
    });
  } finally {
    endAnyway();
  }
}
