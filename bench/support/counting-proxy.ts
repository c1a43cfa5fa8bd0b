import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that counts what passes: all that the two sides say to each other, HTTP frames and headers included. */
export interface CountingProxy {
  readonly port: number;
  /** Bytes from the client to the server so far. */
  readonly sent: number;
  /** Bytes from the server to the client so far. */
  readonly received: number;
  /** Waits until nothing has passed for `quietMs`, then returns the bytes both ways since the last call. */
  take(quietMs?: number): Promise<number>;
  close(): void;
}

export async function startCountingProxy(targetPort: number): Promise<CountingProxy> {
  const counts = { sent: 0, received: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    client.on('data', (bytes) => {
      counts.sent += bytes.length;
    });
    target.on('data', (bytes) => {
      counts.received += bytes.length;
    });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    }
    client.pipe(target);
    target.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let taken = 0;
  return {
    port: (server.address() as AddressInfo).port,
    get sent() {
      return counts.sent;
    },
    get received() {
      return counts.received;
    },
    take: async (quietMs = 200) => {
      let total = -1;
      while (total !== counts.sent + counts.received) {
        total = counts.sent + counts.received;
        await new Promise((resolve) => setTimeout(resolve, quietMs));
      }
      const bytes = total - taken;
      taken = total;
      return bytes;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
