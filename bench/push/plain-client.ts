/** The client by hand: it keeps its edits in memory, and pushes batch after batch, each when the one before is answered. */
// biome-ignore lint/correctness/noUndeclaredDependencies: the one of the package that is measured.
import { Client, credentials } from '@grpc/grpc-js';
import { serveParent } from '../support/child.ts';
import { batchEdits, batchOf, pushMethod } from './plain-service.ts';
import { changeOfEdit, offlineEdits, type PushClientSide } from './sides.ts';

let address: string;
const changes = offlineEdits().map(changeOfEdit);

const side: PushClientSide = {
  prepare: async ({ port }) => {
    address = `127.0.0.1:${port}`;
  },

  push: async () => {
    const startedMs = performance.now();
    const client = new Client(address, credentials.createInsecure());
    const { path, requestSerialize, responseDeserialize } = pushMethod;
    for (let start = 0; start < changes.length; start += batchEdits) {
      const batch = batchOf(changes.slice(start, start + batchEdits));
      await new Promise<void>((resolve, reject) => {
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, batch, (error) => {
          if (error === null) resolve();
          else reject(error);
        });
      });
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    client.close();
    return seconds;
  },
};

serveParent(side);
