/** A server that listens while its one database is still opened, over real gRPC. */
import { openDatabase } from '../../../src/server/database.ts';
import { silent } from '../../../src/server/logger.ts';
import { startServer } from '../../../src/server/server.ts';
import { fieldSchema } from '../../support/test-server.ts';

export interface LoadingServer {
  readonly address: string;
  /** Opens the database. */
  readonly finish: () => void;
  readonly close: () => Promise<void>;
}

export async function startLoadingServer(name = 'field'): Promise<LoadingServer> {
  const opened = Promise.withResolvers<void>();
  const listening = Promise.withResolvers<string>();
  const open = async () => {
    await opened.promise;
    return openDatabase({ name, schema: fieldSchema });
  };
  const started = startServer({
    databases: [{ name, schema: fieldSchema, open }],
    address: '127.0.0.1:0',
    onListening: listening.resolve,
    logger: silent,
  });
  return {
    address: await listening.promise,
    finish: opened.resolve,
    close: async () => {
      opened.resolve();
      await (await started).close(0);
    },
  };
}
