import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface LinkOptions {
  /** What it adds to a round trip, half of it each way. */
  readonly roundTripMs: number;
  /** What it carries each way. */
  readonly bytesPerSecond: number;
  /** What it carries to the server, where that is something else. */
  readonly bytesPerSecondUp?: number;
  /** What waits in it each way at the most, about; then it takes no more from the sender. By default half a second's worth. */
  readonly bufferBytes?: number;
  /** So often all connections through it are cut, with what is on its way. */
  readonly cutEveryMs?: number;
}

/** A TCP proxy that is as slow as a real link. */
export interface SlowLink {
  readonly port: number;
  readonly address: string;
  /** Bytes that came out of it at the client. */
  readonly toClient: number;
  /** Bytes that came out of it at the server. */
  readonly toServer: number;
  /** Connections that were cut. */
  readonly cutCount: number;
  /** What is connected now carries nothing more, without a word. */
  silence(): void;
  close(): Promise<void>;
}

/** What one packet has, about. */
const packetBytes = 1_400;

/**
 * Starts one in front of a server's port. What is delayed is each byte, by the bytes before it and by the way: timers that
 * come late make no link slower. The kernel buffers some hundred kilobytes before it, as that of a phone does behind it.
 */
export function startSlowLink(port: number, options: LinkOptions): Promise<SlowLink> {
  const open = new Set<Socket>();
  const lanes = new Set<Lane>();
  const counts = { toClient: 0, toServer: 0, cut: 0 };
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    const { bytesPerSecond, bytesPerSecondUp = bytesPerSecond } = options;
    const upwards = { ...options, bytesPerSecond: bytesPerSecondUp };
    const up = new Lane(upwards, (bytes) => (counts.toServer += bytes));
    const down = new Lane(options, (bytes) => (counts.toClient += bytes));
    const buffer = Buffer.alloc(packetBytes);
    const upstream = connect({
      ...{ port, host: '127.0.0.1', noDelay: true },
      // So no more is read from the kernel than the link takes.
      onread: {
        buffer,
        callback: (count) => down.take(Buffer.from(buffer.subarray(0, count))),
      },
    });
    lanes.add(up).add(down);
    client.on('close', () => lanes.delete(up) && lanes.delete(down));
    up.join(client, upstream);
    down.join(upstream, client);
    client.on('data', (bytes) => up.take(bytes) || client.pause());
    client.resume();
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => open.delete(socket));
    }
  });
  const cut = () => {
    counts.cut += open.size / 2;
    for (const socket of open) socket.resetAndDestroy();
  };
  const { cutEveryMs } = options;
  const timer = cutEveryMs === undefined ? undefined : setInterval(cut, cutEveryMs);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const own = (server.address() as AddressInfo).port;
      resolve({
        port: own,
        address: `127.0.0.1:${own}`,
        get toClient() {
          return counts.toClient;
        },
        get toServer() {
          return counts.toServer;
        },
        get cutCount() {
          return counts.cut;
        },
        silence: () => {
          for (const lane of lanes) lane.silence();
        },
        close: () => {
          clearInterval(timer);
          for (const socket of open) socket.destroy();
          return new Promise((done) => server.close(() => done()));
        },
      });
    });
  });
}

interface Packet {
  readonly bytes: Buffer;
  /** When it comes out. */
  readonly dueMs: number;
}

/** One way of one connection. */
class Lane {
  private readonly delayMs: number;
  private readonly bytesPerMs: number;
  private readonly bufferMs: number;
  private readonly onDelivered: (bytes: number) => void;
  private readonly packets: Packet[] = [];
  private from: Socket | undefined;
  private to: Socket | undefined;
  /** When the last byte that was taken has left. */
  private freeMs = 0;
  private isEnded = false;
  private isSilent = false;
  private timer: NodeJS.Timeout | undefined;
  private resumeTimer: NodeJS.Timeout | undefined;

  constructor(options: LinkOptions, onDelivered: (bytes: number) => void) {
    const { roundTripMs, bytesPerSecond, bufferBytes = bytesPerSecond / 2 } = options;
    this.delayMs = roundTripMs / 2;
    this.bytesPerMs = bytesPerSecond / 1_000;
    this.bufferMs = bufferBytes / this.bytesPerMs;
    this.onDelivered = onDelivered;
  }

  join(from: Socket, to: Socket): void {
    this.from = from;
    this.to = to;
    from.on('end', () => {
      this.isEnded = true;
      this.deliver();
    });
    from.on('close', () => {
      if (this.isEnded && !from.errored) return;
      this.stop();
      to.destroy();
    });
    to.on('close', () => this.stop());
    to.on('drain', () => this.deliver());
  }

  silence(): void {
    this.isSilent = true;
    this.stop();
  }

  /** False where it takes no more for now; it resumes its source by itself. */
  take(bytes: Buffer): boolean {
    if (this.isSilent) return true;
    const nowMs = performance.now();
    for (let start = 0; start < bytes.length; start += packetBytes) {
      const packet = bytes.subarray(start, start + packetBytes);
      this.freeMs = Math.max(this.freeMs, nowMs) + packet.length / this.bytesPerMs;
      this.packets.push({ bytes: packet, dueMs: this.freeMs + this.delayMs });
    }
    this.timer ??= setTimeout(() => this.deliver(), this.packets[0]!.dueMs - nowMs);
    const aheadMs = this.freeMs - nowMs;
    if (aheadMs < this.bufferMs) return true;
    this.resumeTimer ??= setTimeout(
      () => {
        this.resumeTimer = undefined;
        this.from?.resume();
      },
      aheadMs - this.bufferMs / 2,
    );
    return false;
  }

  private deliver(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { packets, to } = this;
    const nowMs = performance.now();
    while (packets.length > 0 && packets[0]!.dueMs <= nowMs) {
      // Who does not read is not read to: the rest stays here.
      if (to?.writableNeedDrain === true) return;
      const { bytes } = packets.shift()!;
      to?.write(bytes);
      this.onDelivered(bytes.length);
    }
    if (packets.length > 0) {
      this.timer = setTimeout(() => this.deliver(), packets[0]!.dueMs - nowMs);
    } else if (this.isEnded) to?.end();
  }

  private stop(): void {
    this.packets.length = 0;
    clearTimeout(this.timer);
    clearTimeout(this.resumeTimer);
  }
}
