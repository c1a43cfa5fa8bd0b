import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from '@grpc/grpc-js';
import {
  type Delta,
  type Subscription,
  SyncRequest,
  SyncResponse,
  SyncServiceService,
} from '../../../gen/ts/syncdb/v1/sync.ts';

export interface DamagingProxy {
  readonly address: string;
  /** What each stream asked for first, in order. */
  readonly subscriptions: readonly Subscription[];
  /** What becomes of each Delta of a stream, by its number; they pass as they are at first. */
  damage: (delta: Delta, stream: number) => Delta;
  close(): void;
}

const asIs = (bytes: Buffer) => bytes;
const { path } = SyncServiceService.sync;

/** A proxy before a server that passes Sync streams on, and damages what comes back. */
export async function startDamagingProxy(upstream: string): Promise<DamagingProxy> {
  const client = new Client(upstream, credentials.createInsecure());
  const server = new Server();
  const subscriptions: Subscription[] = [];
  let streams = 0;
  const sync = (call: ServerDuplexStream<Buffer, Buffer>) => {
    const stream = streams++;
    const above = client.makeBidiStreamRequest(path, asIs, asIs);
    call.on('data', (bytes: Buffer) => {
      const { body } = SyncRequest.decode(bytes);
      if (body?.$case === 'hello') subscriptions[stream] = body.value.subscription!;
      above.write(bytes);
    });
    call.on('end', () => above.end());
    call.on('cancelled', () => above.cancel());
    above.on('data', (bytes: Buffer) => {
      const { body } = SyncResponse.decode(bytes);
      if (body?.$case !== 'delta') call.write(bytes);
      else {
        const value = proxy.damage(body.value, stream);
        const response = { body: { $case: 'delta', value } } as const;
        call.write(Buffer.from(SyncResponse.encode(response).finish()));
      }
    });
    above.on('end', () => call.end());
    above.on('error', () => call.end());
  };
  const raw = {
    ...{ requestSerialize: asIs, requestDeserialize: asIs },
    ...{ responseSerialize: asIs, responseDeserialize: asIs },
  };
  const definition = { path, requestStream: true, responseStream: true, ...raw } as const;
  server.addService({ sync: definition }, { sync } as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const proxy: DamagingProxy = {
    address: `127.0.0.1:${port}`,
    subscriptions,
    damage: (delta) => delta,
    close: () => {
      server.forceShutdown();
      client.close();
    },
  };
  return proxy;
}
