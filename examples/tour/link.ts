import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A link between a device and the server that can be cut. It counts what passes: HTTP/2 frames, headers and all. */
export interface Link {
  /** `host:port`, for the device. */
  readonly address: string;
  /** Bytes both ways since the last call. */
  take(): number;
  /** Resolves when nothing has passed for a tenth of a second. */
  quiet(): Promise<void>;
  /** Ends all connections, and lets none begin. */
  cut(): void;
  mend(): void;
  close(): void;
}

/** A link to a server at `host:port`. */
export async function startLink(server: string): Promise<Link> {
  const [host = '', port = ''] = server.split(':');
  const sockets = new Set<Socket>();
  let bytes = 0;
  let isCut = false;
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const proxy = createServer((device) => {
    if (isCut) {
      device.destroy();
      return;
    }
    const home = connect({ host, port: Number(port), noDelay: true });
    device.setNoDelay(true);
    for (const [from, to] of [
      [device, home],
      [home, device],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => {
        bytes += data.length;
      });
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    take: () => {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    quiet: async () => {
      let before = -1;
      while (before !== bytes) {
        before = bytes;
        await delay(100);
      }
    },
    cut: () => {
      isCut = true;
      drop();
    },
    mend: () => {
      isCut = false;
    },
    close: () => {
      drop();
      proxy.close();
    },
  };
}
