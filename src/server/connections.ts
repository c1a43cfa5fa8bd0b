import type { Http2Session } from 'node:http2';
import { isIPv6, type Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { Connection } from './connection.ts';
import type { Transport } from './transport.ts';

export interface ConnectionsOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly chance?: () => number;
}

/** Of the window of a stream: less would make one round trip of each frame. */
const windowBytesMin = 16 << 10;

/**
 * The connections of a server. What is one too many, over all or from one address, is reset before anything is read of it or
 * made for it.
 */
export class Connections {
  private readonly options: ConnectionsOptions;
  private readonly open = new Set<Socket>();
  private readonly connections = new Map<Http2Session, Connection>();
  private readonly counts = new Map<string, number>();
  private readonly drained = Promise.withResolvers<void>();
  private reason: SyncError | undefined;

  constructor(options: ConnectionsOptions) {
    this.options = options;
  }

  /** How many there are. */
  get count(): number {
    return this.open.size;
  }

  /** The one that a call came over; undefined where it is over. */
  of(session: Http2Session | undefined): Connection | undefined {
    return session === undefined ? undefined : this.connections.get(session);
  }

  /** Serves a new connection, or refuses it. */
  take(socket: Socket): void {
    const { limits, clock, transport, chance = Math.random } = this.options;
    // Nobody else listens before there is a session.
    socket.on('error', () => {});
    const network = networkOf(socket.remoteAddress);
    const count = this.counts.get(network) ?? 0;
    const isFull = this.open.size >= limits.connectionsMax || count >= limits.addressConnectionsMax;
    if (network === '' || isFull || this.reason !== undefined) {
      socket.resetAndDestroy();
      return;
    }
    this.open.add(socket);
    this.counts.set(network, count + 1);
    socket.on('close', () => this.gone(socket, network));
    const session = transport.begin(socket, this.windowBytes());
    this.connections.set(session, new Connection({ socket, session, limits, clock, chance }));
    socket.on('close', () => this.connections.delete(session));
  }

  /** All take no more calls, and each tells its calls why; new ones are refused. Resolves when there are none. */
  leave(reason: SyncError): Promise<void> {
    this.reason = reason;
    for (const connection of this.connections.values()) connection.leave(reason);
    if (this.count === 0) this.drained.resolve();
    return this.drained.promise;
  }

  /** Ends all of them now. */
  cut(): void {
    for (const connection of this.connections.values()) connection.cut();
  }

  /** The more connections there are, the less each stream may send that nobody has asked for. */
  private windowBytes(): number {
    const { windowsBytesMax, streamWindowBytesMax } = this.options.limits;
    const share = Math.floor(windowsBytesMax / this.open.size);
    return Math.min(streamWindowBytesMax, Math.max(windowBytesMin, share));
  }

  private gone(socket: Socket, network: string): void {
    this.open.delete(socket);
    const count = this.counts.get(network)! - 1;
    if (count === 0) this.counts.delete(network);
    else this.counts.set(network, count);
    if (this.reason !== undefined && this.count === 0) this.drained.resolve();
  }
}

/**
 * Whom an address belongs to: one of IPv4, or the 64 bits before the part that everyone chooses by themselves. Empty where the
 * connection is over already.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...new Array<string>(zeros).fill('0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
