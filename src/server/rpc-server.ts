import { Server } from '@grpc/grpc-js';
import { AdminServiceService } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { DataServiceService } from '../../gen/ts/syncdb/v1/data_service.ts';
import { SyncServiceService } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Clock } from '../base/clock.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Level } from '../codec/plan.ts';
import { type TeamCodec, teamCodecsOf } from '../table/batch/team-codec.ts';
import { createCompressors } from '../wire/compressor.ts';
import { createAdminService } from './admin-service.ts';
import { Admission } from './admission.ts';
import type { Authoriser } from './authoriser.ts';
import { BulkTurns } from './bulk-turns.ts';
import { CallMeter } from './call-meter.ts';
import { Connections } from './connections.ts';
import { createDataService } from './data-service.ts';
import { ServerHealth } from './health.ts';
import { processHeapRoom } from './process-heap.ts';
import { rawService } from './raw-service.ts';
import { addReflection } from './reflection.ts';
import type { ServedDatabases } from './served-databases.ts';
import { type ServerContext, serverStopping } from './server-context.ts';
import type { ServerLines } from './server-lines.ts';
import { createSyncService } from './sync-service.ts';
import { transportOf } from './transport.ts';

export interface RpcServerOptions {
  readonly databases: ServedDatabases;
  readonly authorise: Authoriser;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly levelMax: Level | undefined;
  readonly lines: ServerLines;
  readonly teamCodecs?: readonly TeamCodec[] | undefined;
  /** Told of errors that are nobody's bad input, and of AMBIGUOUS_FILES. */
  readonly onInternalError: (error: unknown) => void;
}

const services = ['syncdb.v1.SyncService', 'syncdb.v1.DataService', 'syncdb.v1.AdminService'];

/** The services of a server, with health checks and reflection, and the connections over which they are called. */
export class RpcServer {
  readonly connections: Connections;
  readonly health: ServerHealth;
  private readonly context: ServerContext;
  private readonly server: Server;

  constructor(options: RpcServerOptions) {
    const { limits, clock, databases, levelMax, lines, onInternalError } = options;
    const admission = admissionOf(options);
    const meter = new CallMeter(clock, (call) => lines.refused.note(call));
    let sessions = 0;
    this.context = {
      ...{ databases, admission, meter, clock, limits, levelMax, onInternalError },
      bulkTurns: new BulkTurns({ nowMs: () => performance.now() }),
      sessionLines: lines.sessions,
      compressors: createCompressors(),
      teamCodecs: teamCodecsOf(options.teamCodecs),
      nextSessionId: () => `s${++sessions}`,
      sessionCount: 0,
    };
    this.server = new Server({
      'grpc.max_receive_message_length': limits.messageBytesMax,
      'grpc.max_send_message_length': limits.messageBytesMax,
      'grpc.max_concurrent_streams': limits.connectionStreamsMax,
      // From the innermost one on.
      interceptors: [meter.interceptor, admission.interceptor],
    });
    const transport = transportOf(this.server, limits);
    this.connections = new Connections({ limits, clock, transport });
    admission.follow(this.connections);
    this.health = new ServerHealth(services, databases);
    this.addServices(databases);
  }

  /** Open Sync streams. */
  get sessionCount(): number {
    return this.context.sessionCount;
  }

  /** Nothing serves from now on. The calls hear that the server stops; those that do not end in time are cut. */
  async stop(graceMs: number): Promise<void> {
    this.health.down();
    const timer = setTimeout(() => this.connections.cut(), graceMs);
    await this.connections.leave(serverStopping());
    clearTimeout(timer);
    this.server.forceShutdown();
  }

  private addServices({ schemas }: ServedDatabases): void {
    const { server, context } = this;
    server.addService(rawService(SyncServiceService), createSyncService(context));
    server.addService(rawService(DataServiceService), createDataService(context));
    server.addService(rawService(AdminServiceService), createAdminService(context));
    const unreflected = addReflection(server, schemas);
    if (unreflected.length > 0) context.onInternalError(ambiguousFiles(unreflected));
    this.health.addTo(server);
  }
}

function admissionOf({ authorise, limits, onInternalError }: RpcServerOptions): Admission {
  const { receivingBytesMax } = processHeapRoom;
  return new Admission({
    ...{ authorise, services, onInternalError },
    requestMsMax: limits.requestMsMax,
    messageBytesMax: limits.messageBytesMax,
    sendingBytesMax: Math.min(limits.sendingBytesMax, receivingBytesMax),
    receivingBytesMax: Math.min(limits.receivingBytesMax, receivingBytesMax),
  });
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
