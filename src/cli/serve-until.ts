import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import type { Level } from '../codec/plan.ts';
import type { Database } from '../server/database.ts';
import type { DatabaseToOpen } from '../server/served-databases.ts';
import { type RunningServer, startServer } from '../server/server.ts';
import { aborted } from './stop-signal.ts';

export interface ServeUntilOptions {
  readonly database: Database | DatabaseToOpen;
  /** `host:port`. */
  readonly listen: string;
  readonly insecure: boolean;
  readonly levelMax?: Level;
  readonly limits?: Limits;
  /** Warnings and errors on stderr when left out. */
  readonly logger?: Logger;
  /** Ends it, and its start. */
  readonly stop: AbortSignal;
  /** What to do once it serves; the server stops when this fails. */
  readonly onServing: (server: RunningServer) => Promise<void> | void;
}

/**
 * Serves a database until `stop`, then ends its streams and closes it. Closes it too where the start fails. One that is not open
 * yet is opened once the server listens.
 */
export async function serveUntil(options: ServeUntilOptions): Promise<void> {
  const { database, listen, insecure, levelMax, limits, stop, onServing, logger } = options;
  // What the transport would say about a taken port comes as an error too, in one sentence.
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);
  let server: RunningServer;
  try {
    server = await startServer({
      ...{ databases: [database], address: listen, insecure },
      ...(limits === undefined ? {} : { limits }),
      ...(levelMax && { levelMax }),
      ...(logger && { logger }),
      signal: stop,
    });
  } catch (error) {
    // What its closing says would hide why.
    if ('close' in database) await Promise.allSettled([database.close()]);
    if (stop.aborted && error === stop.reason) return;
    throw error;
  }
  try {
    await onServing(server);
    await Promise.race([aborted(stop), server.failed.then(raise)]);
  } finally {
    await server.close();
  }
}

/** A server that cannot order any more is of no use: whoever supervises the process starts it again. */
function raise(error: unknown): never {
  throw error;
}
