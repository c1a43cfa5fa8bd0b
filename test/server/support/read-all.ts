/** A thread of readers that fetch all there is over connections of their own, one first sync after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { credentials } from '@grpc/grpc-js';
import {
  type Handshake,
  SyncRequest,
  type SyncResponse,
  SyncServiceClient,
} from '../../../gen/ts/syncdb/v1/sync.ts';

export interface ReadAll {
  readonly address: string;
  readonly handshake: Handshake;
  readonly readers: number;
}

const { address, handshake, readers } = workerData as ReadAll;

function read(index: number, round: number): void {
  const stub = new SyncServiceClient(address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc-node.flow_control_window': 4 << 20,
  });
  const stream = stub.sync();
  stream.on('error', () => {});
  stream.on('data', ({ body }: SyncResponse) => {
    if (body?.$case !== 'delta' || body.value.checkpoint === undefined) return;
    stream.cancel();
    stub.close();
    parentPort!.postMessage('done');
    read(index, round + 1);
  });
  const value = {
    handshake: { ...handshake, replicaId: `${index}-${round}` },
    subscription: {},
  };
  stream.write(SyncRequest.fromPartial({ body: { $case: 'hello', value } } as never));
}

for (let index = 0; index < readers; index++) read(index, 0);
