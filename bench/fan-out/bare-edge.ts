/** The least that a server does with grpc-js: what the writer says goes to every open stream, and it is told so. */
// biome-ignore lint/correctness/noUndeclaredDependencies: the one of the package that is measured.
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { serveParent } from '../support/child.ts';
import { settledMemory, touchYoungGeneration } from '../support/memory.ts';
import { ownCpuMs } from '../sync/sides.ts';
import type { EdgeSide } from './edges.ts';

type Stream = ServerDuplexStream<Buffer, Buffer>;

const asIs = (bytes: Buffer) => bytes;

function method(name: string) {
  return {
    path: `/bench.Bare/${name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  } as const;
}

const nothing = Buffer.alloc(0);
const subscribers = new Set<Stream>();

const side: EdgeSide = {
  start: () => {
    touchYoungGeneration();
    const server = new Server();
    server.addService(
      { subscribe: method('Subscribe'), publish: method('Publish') },
      {
        subscribe: (stream: Stream) => {
          subscribers.add(stream);
          stream.on('cancelled', () => subscribers.delete(stream));
          stream.on('data', () => stream.write(nothing));
        },
        publish: (stream: Stream) => {
          stream.on('data', (update: Buffer) => {
            for (const subscriber of subscribers) subscriber.write(update);
            stream.write(nothing);
          });
        },
      },
    );
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  },
  cpuMs: ownCpuMs,
  memory: settledMemory,
};

serveParent(side);
