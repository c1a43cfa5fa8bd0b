import { type CallOptions, credentials, Metadata } from '@grpc/grpc-js';
import { AdminServiceClient } from '../../../gen/ts/syncdb/v1/admin_service.ts';
import { DataServiceClient } from '../../../gen/ts/syncdb/v1/data_service.ts';
import { SyncServiceClient } from '../../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../base/limits.ts';
import { headerParts, type RemoteOptions } from './remote-options.ts';

/** A server as a command talks to it. Whoever has it closes it. */
export interface Remote {
  readonly address: string;
  readonly database: string;
  readonly admin: AdminServiceClient;
  readonly data: DataServiceClient;
  readonly sync: SyncServiceClient;
  /** What goes with each call. */
  readonly metadata: Metadata;
  /** Milliseconds within which a call must be answered. */
  readonly timeoutMs: number;
  /** Of a call that begins now and must have ended in time. */
  deadline(): CallOptions;
  close(): void;
}

/** Prepares calls to a server; it connects with the first of them. */
export function connectRemote(options: RemoteOptions): Remote {
  const settings = {
    'grpc.max_receive_message_length': defaultLimits.messageBytesMax,
    'grpc-node.flow_control_window': 4 << 20,
  };
  const admin = new AdminServiceClient(options.server, credentials.createInsecure(), settings);
  // One connection for all.
  const shared = { channelOverride: admin.getChannel() };
  const metadata = new Metadata();
  for (const header of options.header) metadata.add(...headerParts(header));
  if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
  return {
    address: options.server,
    database: options.database,
    admin,
    data: new DataServiceClient(options.server, credentials.createInsecure(), shared),
    sync: new SyncServiceClient(options.server, credentials.createInsecure(), shared),
    metadata,
    timeoutMs: options.timeout,
    deadline: () => ({ deadline: Date.now() + options.timeout }),
    close: () => admin.close(),
  };
}

/** Does something with a server, and closes the connection whatever comes of it. */
export async function withRemote<T>(
  options: RemoteOptions,
  action: (remote: Remote) => Promise<T>,
): Promise<T> {
  const remote = connectRemote(options);
  try {
    return await action(remote);
  } finally {
    remote.close();
  }
}
