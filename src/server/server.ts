import { inspect } from 'node:util';
import { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { AdminServiceService } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { DataServiceService } from '../../gen/ts/syncdb/v1/data_service.ts';
import { SyncServiceService } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Clock } from '../base/clock.ts';
import { Code, SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { createCompressors } from '../wire/compressor.ts';
import { createAdminService } from './admin-service.ts';
import { Admission } from './admission.ts';
import { type Authoriser, trustEveryone } from './authoriser.ts';
import { BulkTurns } from './bulk-turns.ts';
import { CallMeter } from './call-meter.ts';
import type { WriteState } from './committer.ts';
import { Connections } from './connections.ts';
import { createDataService } from './data-service.ts';
import type { Database } from './database.ts';
import { checkExposure } from './listen-address.ts';
import { listen } from './listener.ts';
import { processHeapRoom } from './process-heap.ts';
import { rawService } from './raw-service.ts';
import { addReflection } from './reflection.ts';
import { type ServerContext, serverStopping } from './server-context.ts';
import { createSyncService } from './sync-service.ts';
import { transportOf } from './transport.ts';

export interface ServerOptions {
  /** The databases that it serves. The server closes them with itself. */
  readonly databases: readonly Database[];
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** Who may do what. Without one everyone may do everything, which only a loopback address allows. */
  readonly authorise?: Authoriser;
  /** Lets everyone in from anywhere, unencrypted. */
  readonly insecure?: boolean;
  readonly limits?: Limits;
  readonly clock?: Clock;
  /**
   * Told of errors that are nobody's bad input, and at the start of AMBIGUOUS_FILES where databases have different files
   * of one name, which reflection leaves out. By default they are written to stderr.
   */
  readonly onInternalError?: (error: unknown) => void;
  /** Told when a database stops taking writes and when it takes them again. By default a line on stderr says so. */
  readonly onWriteState?: (database: string, state: WriteState, cause: unknown) => void;
}

export interface RunningServer {
  /** Host and port that it listens on. */
  readonly address: string;
  readonly port: number;
  /** Connections that there are. */
  readonly connectionCount: number;
  /** Resolves with the error when a database stopped ordering because its log failed: time to start again. */
  readonly failed: Promise<unknown>;
  /**
   * Stops gracefully: no new calls, open streams are told to connect again, what is in flight is made durable,
   * the databases are closed. Calls that do not end within `graceMs` are cut.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * What health checks call the taking of writes. The services stay SERVING while a log recovers, since reads and sync go on:
 * who restarted the server for it would only make both wait.
 */
const writesHealth = 'syncdb.v1.Writes';

const services = ['syncdb.v1.SyncService', 'syncdb.v1.DataService', 'syncdb.v1.AdminService'];

/** Starts a server. ADDRESS_IN_USE and NOT_LOOPBACK are one clear sentence. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { databases, address, authorise, insecure = false } = options;
  const { limits = defaultLimits, clock = { nowMs: () => Date.now() } } = options;
  checkExposure(address, authorise !== undefined, insecure);
  let sessions = 0;
  const onInternalError =
    options.onInternalError ?? ((error) => process.stderr.write(`${inspect(error)}\n`));
  const admission = new Admission({
    authorise: authorise ?? trustEveryone,
    services,
    requestMsMax: limits.requestMsMax,
    messageBytesMax: limits.messageBytesMax,
    sendingBytesMax: Math.min(limits.sendingBytesMax, processHeapRoom.receivingBytesMax),
    receivingBytesMax: Math.min(limits.receivingBytesMax, processHeapRoom.receivingBytesMax),
    onInternalError,
  });
  const meter = new CallMeter(clock);
  const context: ServerContext = {
    databases: new Map(databases.map((database) => [database.name, database])),
    admission,
    meter,
    clock,
    limits,
    bulkTurns: new BulkTurns({ nowMs: () => performance.now() }),
    compressors: createCompressors(),
    nextSessionId: () => `s${++sessions}`,
    onInternalError,
    sessionCount: 0,
  };
  const server = new Server({
    'grpc.max_receive_message_length': limits.messageBytesMax,
    'grpc.max_send_message_length': limits.messageBytesMax,
    'grpc.max_concurrent_streams': limits.connectionStreamsMax,
    // From the innermost one on.
    interceptors: [meter.interceptor, admission.interceptor],
    'grpc.keepalive_time_ms': limits.keepaliveMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveAnswerMsMax,
  });
  const connections = new Connections({ limits, clock, transport: transportOf(server, limits) });
  admission.follow(connections);
  server.addService(rawService(SyncServiceService), createSyncService(context));
  server.addService(rawService(DataServiceService), createDataService(context));
  server.addService(rawService(AdminServiceService), createAdminService(context));
  const unreflected = addReflection(
    server,
    databases.map((database) => database.schemaInput),
  );
  if (unreflected.length > 0) context.onInternalError(ambiguousFiles(unreflected));
  const health = new HealthImplementation(
    Object.fromEntries(['', writesHealth, ...services].map((name) => [name, 'SERVING'])),
  );
  health.addToServer(server);
  const setServing = (status: 'SERVING' | 'NOT_SERVING') => {
    for (const name of ['', writesHealth, ...services]) health.setStatus(name, status);
  };
  const failed = Promise.race(databases.map((database) => database.failed));
  void failed.then(() => setServing('NOT_SERVING'));
  const { onWriteState = sayWriteState } = options;
  for (const database of databases) {
    database.onWriteState((state, cause) => {
      const takesWrites = databases.every(({ writeState }) => isServing(writeState));
      health.setStatus(writesHealth, takesWrites ? 'SERVING' : 'NOT_SERVING');
      onWriteState(database.name, state, cause);
    });
  }
  const listener = await listen({
    address,
    onSocket: (socket) => connections.take(socket),
    onError: onInternalError,
  });
  return {
    failed,
    address: listener.address,
    port: listener.port,
    get connectionCount() {
      return connections.count;
    },
    close: async (graceMs = 5_000) => {
      setServing('NOT_SERVING');
      listener.stop();
      await withinGrace(connections, graceMs);
      server.forceShutdown();
      await Promise.all(databases.map((database) => database.close()));
    },
  };
}

/** Whoever writes to a full disk is told so, and finds out that there is room again: nobody else would. */
function isServing(state: WriteState): boolean {
  return state === 'open' || state === 'full';
}

function sayWriteState(database: string, state: WriteState, cause: unknown): void {
  const because = cause instanceof Error ? ` (${cause.message})` : '';
  process.stderr.write(`database ${database}: ${writeStateTexts[state]}${because}\n`);
}

const writeStateTexts: Readonly<Record<WriteState, string>> = {
  open: 'takes writes again',
  full: 'takes no writes until there is room on the disk',
  recovering: 'takes no writes until its log is open again',
  failed: 'takes no writes until it is started again',
};

/** What an operator should know, though nothing is wrong with the databases. */
function ambiguousFiles(names: readonly string[]): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'AMBIGUOUS_FILES',
    `databases have different files of one name, which reflection leaves out: ${names.join(', ')}`,
    { metadata: { files: names.join(',') } },
  );
}

/** The calls hear that the server stops; those that do not end in time are cut. */
async function withinGrace(connections: Connections, graceMs: number): Promise<void> {
  const timer = setTimeout(() => connections.cut(), graceMs);
  await connections.leave(serverStopping());
  clearTimeout(timer);
}
