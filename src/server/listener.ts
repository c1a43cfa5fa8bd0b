import { lookup } from 'node:dns/promises';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import { Code, SyncError } from '../base/errors.ts';
import { parseAddress } from './listen-address.ts';

/** What listens for connections. */
export interface Listener {
  /** `host:port`, with the port that was taken. */
  readonly address: string;
  readonly port: number;
  /** Takes no more of them. Those that there are go on. */
  stop(): void;
}

export interface ListenerOptions {
  /** `host:port`; port 0 takes a free one. Of a name with several addresses all are listened on. */
  readonly address: string;
  readonly onSocket: (socket: Socket) => void;
  /** Told where a connection could not be taken. */
  readonly onError: (error: unknown) => void;
}

/** After a restart all clients come at once. */
const backlog = 4_096;

/** UNAVAILABLE ADDRESS_IN_USE or CANNOT_LISTEN, in one sentence. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { address } = options;
  const { host, port } = parseAddress(address);
  const servers: Server[] = [];
  let taken = port;
  let problem: unknown;
  const stop = () => {
    for (const server of servers) server.close();
  };
  try {
    for (const each of await addressesOf(host)) {
      try {
        servers.push(await bound(options, each, taken));
        taken = portOf(servers[0]!);
      } catch (error) {
        // A machine may know an address by name that it does not have, such as that of IPv6.
        if (isTaken(error)) throw error;
        problem = error;
      }
    }
    if (servers.length === 0) throw problem;
  } catch (error) {
    stop();
    throw cannotListen(address, error);
  }
  return { address: `${host.includes(':') ? `[${host}]` : host}:${taken}`, port: taken, stop };
}

async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

function bound({ onSocket, onError }: ListenerOptions, host: string, port: number) {
  return new Promise<Server>((resolve, reject) => {
    const server = createServer({ noDelay: true }, onSocket);
    server.once('error', reject);
    server.listen({ host, port, backlog }, () => {
      server.off('error', reject);
      server.on('error', onError);
      resolve(server);
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function cannotListen(address: string, cause: unknown): SyncError {
  const taken = isTaken(cause);
  const because = cause instanceof Error ? cause.message : String(cause);
  return new SyncError(
    Code.unavailable,
    taken ? 'ADDRESS_IN_USE' : 'CANNOT_LISTEN',
    taken ? `${address} is taken by another program` : `cannot listen on ${address}: ${because}`,
    { cause },
  );
}
