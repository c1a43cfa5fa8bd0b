import { Server } from '@grpc/grpc-js';
import { AdminServiceService } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { DataServiceService } from '../../gen/ts/syncdb/v1/data_service.ts';
import { SyncServiceService } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Clock } from '../base/clock.ts';
import { Code, SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import { createCompressors } from '../wire/compressor.ts';
import { createAdminService } from './admin-service.ts';
import { Admission } from './admission.ts';
import { type Authoriser, trustEveryone } from './authoriser.ts';
import { BoundedLines } from './bounded-lines.ts';
import { BulkTurns } from './bulk-turns.ts';
import { CallMeter } from './call-meter.ts';
import type { WriteState } from './committer.ts';
import { Connections } from './connections.ts';
import { createDataService } from './data-service.ts';
import type { Database } from './database.ts';
import { ServerHealth } from './health.ts';
import { checkExposure } from './listen-address.ts';
import { listen } from './listener.ts';
import { createLogger } from './logger.ts';
import { processHeapRoom } from './process-heap.ts';
import { rawService } from './raw-service.ts';
import { addReflection } from './reflection.ts';
import { RefusedCalls } from './refused-calls.ts';
import { type DatabaseToOpen, ServedDatabases } from './served-databases.ts';
import { type ServerContext, serverStopping } from './server-context.ts';
import { sayInternalError, sayWriteState, startFacts } from './server-log.ts';
import { SessionLines } from './session-lines.ts';
import { createSyncService } from './sync-service.ts';
import { transportOf } from './transport.ts';

export interface ServerOptions {
  /**
   * The databases that it serves, or how to open them: while one is opened the server listens already, refuses its calls with
   * UNAVAILABLE DATABASE_LOADING, and health checks say that it does not serve. The server closes them with itself.
   */
  readonly databases: readonly (Database | DatabaseToOpen)[];
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
   * of one name, which reflection leaves out. They are logged in any case.
   */
  readonly onInternalError?: (error: unknown) => void;
  /** Told when a database stops taking writes and when it takes them again. It is logged in any case. */
  readonly onWriteState?: (database: string, state: WriteState, cause: unknown) => void;
  /** Told the address as soon as it listens, when databases may still be loading. */
  readonly onListening?: (address: string) => void;
  /**
   * Told what happens; `silent` says nothing. By default warnings and errors go to stderr, as JSON, a line each, or what
   * SYNCDB_LOG_LEVEL says.
   */
  readonly logger?: Logger;
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

/** Lines of a minute: each has a stack. */
const internalErrorLinesMax = 20;

const services = ['syncdb.v1.SyncService', 'syncdb.v1.DataService', 'syncdb.v1.AdminService'];

/**
 * Starts a server; resolves once all databases are open. ADDRESS_IN_USE and NOT_LOOPBACK are one clear sentence. Where one of the
 * databases cannot be opened the start ends with that error.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { address, authorise, insecure = false } = options;
  const databases = new ServedDatabases(options.databases);
  const { limits = defaultLimits, clock = { nowMs: () => Date.now() } } = options;
  checkExposure(address, authorise !== undefined, insecure);
  let sessions = 0;
  const logger = options.logger ?? createLogger('warn');
  const internalErrors = new BoundedLines(clock, internalErrorLinesMax, (count) =>
    logger.error({ count }, 'more internal errors'),
  );
  const onInternalError = (error: unknown) => {
    internalErrors.say(() => sayInternalError(logger, error));
    options.onInternalError?.(error);
  };
  const admission = new Admission({
    authorise: authorise ?? trustEveryone,
    services,
    requestMsMax: limits.requestMsMax,
    messageBytesMax: limits.messageBytesMax,
    sendingBytesMax: Math.min(limits.sendingBytesMax, processHeapRoom.receivingBytesMax),
    receivingBytesMax: Math.min(limits.receivingBytesMax, processHeapRoom.receivingBytesMax),
    onInternalError,
  });
  const refused = new RefusedCalls(logger, clock);
  const sessionLines = new SessionLines(logger, clock);
  const meter = new CallMeter(clock, (call) => refused.note(call));
  const context: ServerContext = {
    databases,
    admission,
    meter,
    clock,
    limits,
    bulkTurns: new BulkTurns({ nowMs: () => performance.now() }),
    sessionLines,
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
  });
  const connections = new Connections({ limits, clock, transport: transportOf(server, limits) });
  admission.follow(connections);
  server.addService(rawService(SyncServiceService), createSyncService(context));
  server.addService(rawService(DataServiceService), createDataService(context));
  server.addService(rawService(AdminServiceService), createAdminService(context));
  const unreflected = addReflection(server, databases.schemas);
  if (unreflected.length > 0) context.onInternalError(ambiguousFiles(unreflected));
  const health = new ServerHealth(services, databases.names, databases.loading);
  health.addTo(server);
  const { promise: failed, resolve: fail } = Promise.withResolvers<unknown>();
  void failed.then(() => health.down());
  const follow = (database: Database) => {
    void database.failed.then(fail);
    database.onInternalError(onInternalError);
    database.onWriteState((state, cause) => {
      health.takesWrites(database.name, isServing(state));
      sayWriteState(logger, database.name, state, cause);
      options.onWriteState?.(database.name, state, cause);
    });
  };
  for (const database of databases.open) follow(database);
  const listener = await listen({
    address,
    onSocket: (socket) => connections.take(socket),
    onError: onInternalError,
  });
  options.onListening?.(listener.address);
  const stop = async (graceMs: number) => {
    health.down();
    listener.stop();
    await withinGrace(connections, graceMs);
    server.forceShutdown();
  };
  if (databases.loading.size > 0) {
    logger.info({ address: listener.address, loading: [...databases.loading] }, 'server listening');
  }
  const open = databases.openAll((database) => {
    follow(database);
    health.opened(database.name);
  });
  await open.catch(async (error: unknown) => {
    await stop(0);
    throw error;
  });
  logger.info(startFacts(listener.address, databases.open), 'server started');
  return {
    failed,
    address: listener.address,
    port: listener.port,
    get connectionCount() {
      return connections.count;
    },
    close: async (graceMs = 5_000) => {
      logger.info({ sessions: context.sessionCount }, 'server stopping');
      await stop(graceMs);
      await Promise.all(databases.open.map((database) => database.close()));
      for (const lines of [refused, sessionLines, internalErrors]) lines.sayUnsaid();
      logger.info({}, 'server stopped');
    },
  };
}

/** Whoever writes to a full disk is told so, and finds out that there is room again: nobody else would. */
function isServing(state: WriteState): boolean {
  return state === 'open' || state === 'full';
}

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
