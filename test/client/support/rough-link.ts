import { connect, createServer, type Socket } from 'node:net';

/** What becomes of bytes on the way: they go through, wait without end, or every connection is refused. */
export type LinkState = 'up' | 'silent' | 'down';

export interface RoughLink {
  readonly address: string;
  /** `down` and `up` also cut what is open. */
  set(state: LinkState): void;
  /** Cuts what is open, and nothing else changes. */
  cut(): void;
  close(): Promise<void>;
}

/** A proxy before a server's port, for links that go away in all the ways in which they do. */
export function startRoughLink(port: number): Promise<RoughLink> {
  const open = new Set<Socket>();
  let state: LinkState = 'up';
  const cut = () => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  const server = createServer((client) => {
    if (state === 'down') {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on('data', (bytes) => {
        // Nobody is told of a silent link: its bytes are lost.
        if (state !== 'silent') to.write(bytes);
      });
      from.on('error', () => {});
      from.on('close', () => {
        open.delete(from);
        if (state !== 'silent') to.destroy();
      });
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port: own } = server.address() as { port: number };
      resolve({
        address: `127.0.0.1:${own}`,
        cut,
        set: (next) => {
          const before = state;
          state = next;
          // What a silent link has lost is never made up for.
          if (next === 'down' || before === 'silent') cut();
        },
        close: () => {
          cut();
          return new Promise((closed) => void server.close(() => closed()));
        },
      });
    });
  });
}
