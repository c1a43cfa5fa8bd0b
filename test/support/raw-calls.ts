import { type ClientReadableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { AdminServiceClient } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { DataServiceClient } from '../../gen/ts/syncdb/v1/data_service.ts';
import { type Handshake, SyncServiceClient } from '../../gen/ts/syncdb/v1/sync.ts';
import type { SyncError } from '../../src/base/errors.ts';
import { fromStatus } from '../../src/wire/status.ts';
import type { TestServer } from './test-server.ts';

/** Plain stubs of all services, as a program without our SDK has them. */
export interface Stubs {
  readonly sync: SyncServiceClient;
  readonly data: DataServiceClient;
  readonly admin: AdminServiceClient;
  close(): void;
}

export function stubsOf(server: TestServer): Stubs {
  const channel = credentials.createInsecure();
  const sync = new SyncServiceClient(server.address, channel);
  const data = new DataServiceClient(server.address, channel);
  const admin = new AdminServiceClient(server.address, channel);
  return {
    sync,
    data,
    admin,
    close: () => {
      for (const client of [sync, data, admin]) client.close();
    },
  };
}

/** A handshake that the server takes. */
export function handshakeOf(server: TestServer, replicaId: string): Handshake {
  const { version, fingerprint } = server.database.schema;
  return {
    protocolMin: 1,
    protocolMax: 1,
    database: 'field',
    schema: { version, fingerprint },
    replicaId,
    formerReplicaIds: [],
  };
}

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

/** One unary call; rejects with the SyncError that the status carries. */
export function call<Response>(start: (done: Callback<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    start((error, response) => {
      if (error === null) resolve(response);
      else reject(errorOf(error));
    });
  });
}

/** All messages of a stream; rejects with the SyncError that the status carries. */
export async function collect<Response>(
  stream: ClientReadableStream<Response>,
): Promise<Response[]> {
  const messages: Response[] = [];
  try {
    for await (const message of stream) messages.push(message as Response);
  } catch (error) {
    throw errorOf(error as ServiceError);
  }
  return messages;
}

/** The SyncError behind a status, as any client can read it from the trailers. */
export function errorOf(error: ServiceError): SyncError {
  const metadata = error.metadata ?? new Metadata();
  const [details] = metadata.get('grpc-status-details-bin');
  return fromStatus(error.code, error.details, details instanceof Uint8Array ? details : undefined);
}
