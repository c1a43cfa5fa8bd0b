import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import type { Logger } from '../../src/base/logger.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { OpenOptions } from '../../src/client/open-options.ts';
import type { Log } from '../../src/log/log.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import type { Authoriser } from '../../src/server/authoriser.ts';
import { type Database, openDatabase } from '../../src/server/database.ts';
import type { HeapRoom } from '../../src/server/heap-room.ts';
import { silent } from '../../src/server/logger.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/server.ts';

/** The tables of the field service. */
export const fieldSchema = [InspectionSchema, StationSchema] as const;

export interface TestServer {
  readonly address: string;
  readonly database: Database;
  readonly running: RunningServer;
  /** A client of it; closed with the server. */
  client(options?: Partial<OpenOptions>): Promise<Client>;
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly log?: Log;
  readonly reopenLog?: () => Promise<Log>;
  readonly limits?: Partial<Limits>;
  /**
   * Whether it keeps devices, false unless a test says so: what is written of them comes as time passes, between commits that
   * tests count and appends that they let fail.
   */
  readonly keepsDevices?: boolean;
  readonly authorise?: Authoriser;
  readonly logger?: Logger;
  readonly address?: string;
  readonly levelMax?: ServerOptions['levelMax'];
  readonly heap?: HeapRoom;
  readonly onWriteState?: ServerOptions['onWriteState'];
  readonly onInternalError?: ServerOptions['onInternalError'];
}

/** A server over real gRPC on a free port of this machine, with the field service as database `field`. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const given = { ...defaultLimits, ...options.limits };
  const limits = options.keepsDevices === true ? given : { ...given, devicesMax: 0 };
  const database = await openDatabase({
    name: 'field',
    schema: fieldSchema,
    log: options.log ?? createMemoryLog({ id: new Uint8Array(16).fill(7) }),
    ...(options.reopenLog === undefined ? {} : { reopenLog: options.reopenLog }),
    ...(options.heap === undefined ? {} : { heap: options.heap }),
    limits,
    clock: { nowMs: () => Date.now() },
  });
  const running = await startServer({
    databases: [database],
    address: options.address ?? '127.0.0.1:0',
    limits,
    ...(options.levelMax && { levelMax: options.levelMax }),
    ...(options.authorise === undefined ? {} : { authorise: options.authorise }),
    logger: options.logger ?? silent,
    ...(options.onWriteState === undefined ? {} : { onWriteState: options.onWriteState }),
    ...(options.onInternalError === undefined ? {} : { onInternalError: options.onInternalError }),
  });
  const clients: Client[] = [];
  return {
    address: running.address,
    database,
    running,
    client: async (overrides = {}) => {
      const client = await open({
        url: running.address,
        database: 'field',
        schema: fieldSchema,
        retry: { delayMsMin: 5, delayMsMax: 50 },
        ...overrides,
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

/** Waits until the test holds, for at most `timeoutMs`. */
export async function eventually(test: () => boolean, timeoutMs = 5_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!test()) {
    if (Date.now() > endMs) throw new Error(`did not happen within ${timeoutMs} ms: ${test}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
