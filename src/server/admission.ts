import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import {
  type Metadata,
  type Responder,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
} from '@grpc/grpc-js';
import { Code, SyncError } from '../base/errors.ts';
import type { Identity } from '../session/source.ts';
import type { Authoriser } from './authoriser.ts';
import { type AnyCall, statusOf } from './call.ts';
import type { Connections } from './connections.ts';
import { Receiving } from './receiving.ts';

export interface AdmissionOptions {
  readonly authorise: Authoriser;
  /** Full names of the services whose callers are asked who they are. The others, such as health checks, are for everyone. */
  readonly services: readonly string[];
  readonly requestMsMax: number;
  readonly receivingBytesMax: number;
  readonly onInternalError: (error: unknown) => void;
}

/** Whether the messages of a stream are read. A stream would read sixteen ahead by itself, however large they are. */
export interface ReadGate {
  open(): void;
  close(): void;
}

interface Admitted {
  readonly identity: Identity;
  readonly gate: ReadGate;
  readonly leaving: AbortSignal;
}

/**
 * What is done of a call before a byte of its request is read: who calls is found out by its metadata alone, so a stranger
 * has nothing gathered for him. And a request that does not become whole in time is given up.
 */
export class Admission {
  private readonly options: AdmissionOptions;
  /** A call and its interceptor have nothing in common but this. */
  private readonly admitted = new WeakMap<Metadata, Admitted>();
  private connections: Pick<Connections, 'of'> | undefined;
  /** What has come of requests and is not read yet. */
  readonly receiving: Receiving;

  constructor(options: AdmissionOptions) {
    this.options = options;
    this.receiving = new Receiving(options.receivingBytesMax);
  }

  /** From now on calls hear of the end of the connection that they came over. */
  follow(connections: Pick<Connections, 'of'>): void {
    this.connections = connections;
  }

  /** Who calls, as the authoriser said when the call began. */
  identityOf(call: AnyCall): Identity {
    return this.of(call).identity;
  }

  gateOf(call: AnyCall): ReadGate {
    return this.of(call).gate;
  }

  /** Aborted when the call's connection is about to end, or the server; the reason is what to tell the caller. */
  leavingOf(call: AnyCall): AbortSignal {
    return this.of(call).leaving;
  }

  readonly interceptor: ServerInterceptor = ({ path, requestStream }, next) => {
    const call = new GatedCall(next, {
      start: (begin) => begin(this.listener(path, requestStream, call)),
    });
    return call;
  };

  private listener(path: string, requestStream: boolean, call: GatedCall): ServerListener {
    const connection = this.connections?.of(call.session);
    connection?.called();
    const giveUp = (error: unknown) => {
      over();
      call.end(statusOf(error, this.options.onInternalError));
    };
    const incoming = this.receiving.begin(() => giveUp(receivingFull()));
    const timer = setTimeout(() => giveUp(requestTooSlow()), this.options.requestMsMax);
    timer.unref();
    const over = () => {
      clearTimeout(timer);
      incoming.close();
    };
    call.onBytes((bytes) => incoming.came(bytes), over);
    return {
      onReceiveMetadata: (metadata, onward) => {
        this.admit(path, metadata, call, connection?.leaving).then(() => onward(metadata), giveUp);
      },
      onReceiveMessage: (received, onward) => {
        // Behind the one message of a call nothing has to come, but for its end.
        if (requestStream) {
          clearTimeout(timer);
          incoming.whole();
        }
        onward(received);
      },
      onReceiveHalfClose: (onward) => {
        over();
        onward();
      },
      onCancel: over,
    };
  }

  private async admit(
    path: string,
    metadata: Metadata,
    call: GatedCall,
    leaving = new AbortController().signal,
  ): Promise<void> {
    const { services, authorise } = this.options;
    if (!services.some((service) => path.startsWith(`/${service}/`))) return;
    const identity = await authorise({
      metadata: (key) => metadata.get(key),
      peer: call.getPeer(),
      method: path,
    });
    this.admitted.set(metadata, { identity, gate: call, leaving });
  }

  private of(call: AnyCall): Admitted {
    const { metadata } = call as { metadata: Metadata };
    return this.admitted.get(metadata)!;
  }
}

/** The stream below a call, as far as grpc-js has one. It is no part of its interface; a test tells when it is gone. */
interface Below {
  readonly stream?: ServerHttp2Stream;
}

/** A call that begins to read when its gate is open. */
class GatedCall extends ServerInterceptingCall implements ReadGate {
  private readonly stream: ServerHttp2Stream | undefined;
  private isOpen = true;
  private isWanted = false;

  constructor(next: ServerInterceptingCallInterface, responder: Responder) {
    super(next, responder);
    this.stream = (next as Below).stream;
  }

  get session(): Http2Session | undefined {
    return this.stream?.session;
  }

  open(): void {
    this.isOpen = true;
    if (!this.isWanted) return;
    this.isWanted = false;
    super.startRead();
  }

  close(): void {
    this.isOpen = false;
  }

  override startRead(): void {
    if (this.isOpen) super.startRead();
    else this.isWanted = true;
  }

  /**
   * `came` is told how many bytes have come. grpc-js tells of whole messages only, and gathers the others. It lets what comes
   * behind the end of a call run out, and not always says that it is over: `closed` is called in any case.
   */
  onBytes(came: (bytes: number) => void, closed: () => void): void {
    this.stream?.on('data', (bytes: Uint8Array) => came(bytes.length));
    this.stream?.on('close', closed);
  }

  /** What has come is let go of too, which is kept until the caller has sent all. */
  end(status: ReturnType<typeof statusOf>): void {
    this.sendStatus(status);
    setImmediate(() => this.stream?.close());
  }
}

/** DEADLINE_EXCEEDED REQUEST_TOO_SLOW. */
function requestTooSlow(): SyncError {
  const message = 'the request took too long to come: send less at once';
  return new SyncError(Code.deadlineExceeded, 'REQUEST_TOO_SLOW', message);
}

/** RESOURCE_EXHAUSTED RECEIVING_FULL. */
function receivingFull(): SyncError {
  const message =
    'too much of other requests is on its way, and nothing of this one came for a while';
  return new SyncError(Code.resourceExhausted, 'RECEIVING_FULL', message, { retryDelayMs: 1_000 });
}
