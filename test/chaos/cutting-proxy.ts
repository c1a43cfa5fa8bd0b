import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  /** Where to connect. */
  readonly address: string;
  /** Bytes of the first connection that were passed on each way. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Connections that were cut. */
  readonly cutCount: number;
  close(): Promise<void>;
}

export type Direction = 'to server' | 'to client';

export interface Cut {
  readonly direction: Direction;
  /** So many bytes are passed on, and nothing more. */
  readonly afterBytes: number;
  /** How both ends learn of it: a reset, or an end that looks as if it were meant. */
  readonly by: 'RST' | 'FIN';
}

/**
 * A TCP proxy that cuts the first connections through it, one for each of `cuts`, and leaves alone those that follow. One that
 * ends before it comes to its cut, as on a busy machine, leaves that to the next.
 */
export function startCuttingProxy(port: number, ...cuts: Cut[]): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const passed = { 'to server': 0, 'to client': 0 };
  let connections = 0;
  let cutCount = 0;

  const server = createServer((client) => {
    const cut = cuts[cutCount];
    const passedHere = connections++ === 0 ? passed : { 'to server': 0, 'to client': 0 };
    const upstream = connect(port, '127.0.0.1');
    const both = [client, upstream];
    let over = false;
    for (const socket of both) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // The end that was not cut learns of it as the other did: this is no error of the test.
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    const sever = ({ by }: Cut) => {
      over = true;
      cutCount++;
      for (const socket of both) {
        if (by === 'RST') socket.resetAndDestroy();
        else socket.end();
      }
    };
    const pass = (from: Socket, to: Socket, direction: Direction) => {
      from.on('data', (bytes) => {
        if (over) return;
        const mine = cut?.direction === direction ? cut : undefined;
        const room = mine === undefined ? bytes.length : mine.afterBytes - passedHere[direction];
        const kept = bytes.subarray(0, room);
        passedHere[direction] += kept.length;
        // Bytes in front of a reset would be lost with it, so it waits for them.
        if (mine !== undefined && room <= bytes.length) to.write(kept, () => sever(mine));
        else to.write(kept);
        if (mine !== undefined && room <= bytes.length) over = true;
      });
      from.on('end', () => to.end());
    };
    pass(client, upstream, 'to server');
    pass(upstream, client, 'to client');
    if (cut?.afterBytes === 0) sever(cut);
  });

  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port: own } = server.address() as { port: number };
      resolve({
        address: `127.0.0.1:${own}`,
        passed,
        get cutCount() {
          return cutCount;
        },
        close: () => {
          for (const socket of sockets) socket.destroy();
          return new Promise((done) => server.close(() => done()));
        },
      });
    });
  });
}
