import { constants, type ServerHttp2Stream } from 'node:http2';
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status as statusCodes,
} from '@grpc/grpc-js';
import type { RpcStatistics } from '../../gen/ts/syncdb/v1/admin_service.ts';
import type { Clock } from '../base/clock.ts';
import { fromStatus } from '../wire/status.ts';
import type { AnyCall } from './call.ts';
import { Histogram } from './histogram.ts';
import { NamedCounts } from './named-counts.ts';

/** A call that is over. */
export interface MeteredCall {
  /** For example `syncdb.v1.SyncService/Push`. */
  readonly method: string;
  /** A gRPC code by name, such as `OK`. */
  readonly code: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  /** The reason that its status has, looked for when it is asked for; empty where there is none. */
  readonly reason: () => string;
}

/** What became of the calls of one method. */
interface MethodCounts {
  readonly method: string;
  callCount: number;
  inFlightCount: number;
  bytesIn: number;
  bytesOut: number;
  readonly codes: NamedCounts;
  readonly durationMs: Histogram;
}

/** Counts the calls of a server by method: how many, how they ended, how long they took, and their bytes. */
export class CallMeter {
  private readonly clock: Clock;
  private readonly methods = new Map<string, MethodCounts>();
  /** A call and its interceptor have nothing in common but this. */
  private readonly running = new WeakMap<Metadata, CountedCall>();
  private readonly onOver: (call: MeteredCall) => void;

  /** `onOver` is told of each call that is over, but of those that somebody else tells of. */
  constructor(clock: Clock, onOver: (call: MeteredCall) => void = () => {}) {
    this.clock = clock;
    this.onOver = onOver;
  }

  /** It has to be the innermost one, since the others end calls too. */
  readonly interceptor: ServerInterceptor = ({ path }, next) => {
    const counts = this.countsOf(path.slice(1));
    const call: CountedCall = new CountedCall(next, counts, this.clock, (metadata) => {
      this.running.set(metadata, call);
    });
    call.whenOver((over) => {
      if (!call.isTold) this.onOver(over);
    });
    return call;
  };

  /** Calls back when the call is over. */
  whenOver(call: AnyCall, listener: (call: MeteredCall) => void): void {
    this.running.get((call as { metadata: Metadata }).metadata)?.whenOver(listener);
  }

  /** The same; and whoever asks tells of it himself. */
  tellsOf(call: AnyCall, listener: (call: MeteredCall) => void): void {
    const counted = this.running.get((call as { metadata: Metadata }).metadata);
    if (counted !== undefined) counted.isTold = true;
    this.whenOver(call, listener);
  }

  /** By method. */
  toWire(): RpcStatistics[] {
    const all = [...this.methods.values()];
    all.sort((left, right) => (left.method < right.method ? -1 : 1));
    return all.map(
      ({ method, callCount, inFlightCount, bytesIn, bytesOut, codes, durationMs }) => ({
        ...{ method, inFlightCount, callCount: BigInt(callCount), codes: codes.toWire() },
        ...{
          bytesIn: BigInt(bytesIn),
          bytesOut: BigInt(bytesOut),
          durationMs: durationMs.toWire(),
        },
      }),
    );
  }

  /** Methods that are not there have no calls: grpc-js refuses those before. */
  private countsOf(method: string): MethodCounts {
    let counts = this.methods.get(method);
    if (counts === undefined) {
      counts = {
        ...{ method, callCount: 0, inFlightCount: 0, bytesIn: 0, bytesOut: 0 },
        ...{ codes: new NamedCounts(), durationMs: Histogram.ofDurationsMs() },
      };
      this.methods.set(method, counts);
    }
    return counts;
  }
}

class CountedCall extends ServerInterceptingCall {
  /** The stream below, as far as grpc-js has one: other interceptors look for it here. */
  readonly stream: ServerHttp2Stream | undefined;
  private readonly counts: MethodCounts;
  private readonly clock: Clock;
  private readonly beganMs: number;
  private readonly listeners: ((call: MeteredCall) => void)[] = [];
  private bytesIn = 0;
  private bytesOut = 0;
  /** Whoever is gone before he is answered has cancelled. */
  private code: number = statusCodes.CANCELLED;
  private isOver = false;
  private status: Status | undefined;
  /** Somebody else tells that it is over. */
  isTold = false;

  constructor(
    next: ServerInterceptingCallInterface,
    counts: MethodCounts,
    clock: Clock,
    onMetadata: (metadata: Metadata) => void,
  ) {
    super(next, {
      start: (begin) =>
        begin({
          onReceiveMetadata: (metadata, onward) => {
            onMetadata(metadata);
            onward(metadata);
          },
          onReceiveMessage: (message, onward) => {
            this.came(message);
            onward(message);
          },
        }),
    });
    this.counts = counts;
    this.clock = clock;
    this.beganMs = clock.nowMs();
    counts.callCount++;
    counts.inFlightCount++;
    this.stream = (next as { stream?: ServerHttp2Stream }).stream;
    this.hearStatus(next);
    // Interceptors are not always told that a call is over.
    this.stream?.on('close', () => this.over());
  }

  whenOver(listener: (call: MeteredCall) => void): void {
    this.listeners.push(listener);
  }

  override sendMessage(message: unknown, callback: () => void): void {
    const bytes = bytesOf(message);
    this.bytesOut += bytes;
    this.counts.bytesOut += bytes;
    super.sendMessage(message, callback);
  }

  override sendStatus(status: Status): void {
    super.sendStatus(status);
    if (this.stream === undefined) this.over();
  }

  /** grpc-js ends a call by itself, past all interceptors, where it does not take a message. The first status is what counts. */
  private hearStatus(next: ServerInterceptingCallInterface): void {
    const { sendStatus } = next;
    next.sendStatus = (status) => {
      if (this.status === undefined) {
        this.status = status;
        this.code = status.code ?? statusCodes.OK;
      }
      sendStatus.call(next, status);
    };
  }

  private came(message: unknown): void {
    const bytes = bytesOf(message);
    this.bytesIn += bytes;
    this.counts.bytesIn += bytes;
  }

  /** A handler that ended well need not have noticed that nobody heard it any more. */
  private get isLeft(): boolean {
    return this.code === statusCodes.OK && this.stream?.rstCode === constants.NGHTTP2_CANCEL;
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    const { counts, bytesIn, bytesOut } = this;
    const code = statusCodes[this.isLeft ? statusCodes.CANCELLED : this.code] ?? String(this.code);
    const durationMs = Math.max(0, this.clock.nowMs() - this.beganMs);
    counts.inFlightCount--;
    counts.codes.add(code);
    counts.durationMs.add(durationMs);
    const reason = () => reasonOf(this.status);
    const { method } = counts;
    const call: MeteredCall = { method, code, bytesIn, bytesOut, durationMs, reason };
    for (const listener of this.listeners.splice(0)) listener(call);
  }
}

type Status = Parameters<ServerInterceptingCall['sendStatus']>[0];

function reasonOf(status: Status | undefined): string {
  const [bytes] = status?.metadata?.get('grpc-status-details-bin') ?? [];
  return bytes instanceof Uint8Array ? fromStatus(statusCodes.UNKNOWN, '', bytes).reason : '';
}

/** Our own services have bytes in the place of messages; what others have is not looked at. */
function bytesOf(message: unknown): number {
  return message instanceof Uint8Array ? message.length : 0;
}
