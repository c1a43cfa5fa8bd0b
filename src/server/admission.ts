import type { Metadata, Responder, ServerInterceptor, ServerListener } from '@grpc/grpc-js';
import { Code, SyncError } from '../base/errors.ts';
import type { Identity } from '../session/source.ts';
import type { Authoriser } from './authoriser.ts';
import { type AnyCall, statusOf } from './call.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { type CallStream, GatedCall } from './gated-call.ts';
import { Receiving } from './receiving.ts';
import { RequestClock } from './request-clock.ts';
import { Sending } from './sending.ts';
import { Unzip } from './unzip.ts';

export interface AdmissionOptions {
  readonly authorise: Authoriser;
  /** Full names of the services whose callers are asked who they are. The others, such as health checks, are for everyone. */
  readonly services: readonly string[];
  readonly requestMsMax: number;
  readonly messageBytesMax: number;
  readonly receivingBytesMax: number;
  readonly sendingBytesMax: number;
  readonly onInternalError: (error: unknown) => void;
}

const syncPath = '/syncdb.v1.SyncService/';

/** Followers go on from where they were, over any connection. */
const followingPaths = ['/syncdb.v1.DataService/Watch', '/syncdb.v1.DataService/Tail'];

interface Admitted {
  readonly identity: Identity;
  readonly gate: CallStream;
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
  /** What was written and is not taken yet. */
  readonly sending: Sending;

  constructor(options: AdmissionOptions) {
    this.options = options;
    this.receiving = new Receiving(options.receivingBytesMax);
    this.sending = new Sending(options.sendingBytesMax);
  }

  /** From now on calls hear of the end of the connection that they came over. */
  follow(connections: Pick<Connections, 'of'>): void {
    this.connections = connections;
  }

  /** Who calls, as the authoriser said when the call began. */
  identityOf(call: AnyCall): Identity {
    return this.of(call).identity;
  }

  gateOf(call: AnyCall): CallStream {
    return this.of(call).gate;
  }

  /** Aborted when the call's connection is about to end, or the server; the reason is what to tell the caller. */
  leavingOf(call: AnyCall): AbortSignal {
    return this.of(call).leaving;
  }

  readonly interceptor: ServerInterceptor = ({ path, requestStream }, next) => {
    const responder: Responder = {
      start: (begin) => begin(this.listener(path, requestStream, call)),
    };
    const call = new GatedCall(next, responder, this.sending);
    return call;
  };

  private listener(path: string, requestStream: boolean, call: GatedCall): ServerListener {
    const { onInternalError, requestMsMax, messageBytesMax } = this.options;
    const connection = this.connections?.of(call.session);
    connection?.called();
    const giveUp = (error: unknown) => {
      over();
      call.end(statusOf(error, onInternalError));
    };
    const incoming = this.receiving.begin(() => giveUp(receivingFull()));
    const clock = new RequestClock(requestMsMax, () => giveUp(requestTooSlow()));
    const onBytes = (bytes: number) => incoming.came(bytes);
    const unzip = new Unzip({ bytesMax: messageBytesMax, onBytes });
    const over = () => {
      clock.close();
      unzip.close();
      incoming.close();
    };
    const came = (bytes: Uint8Array, isRead: boolean) => {
      incoming.came(bytes.length);
      clock.came(bytes, isRead);
    };
    call.follow({ came, reads: () => clock.reads(), closed: over }, unzip);
    return {
      onReceiveMetadata: (metadata, onward) => {
        this.admit(path, metadata, call, connection).then(() => onward(metadata), giveUp);
      },
      onReceiveMessage: (received, onward) => {
        unzip.read();
        // Behind the one message of a call nothing has to come, but for its end.
        if (requestStream) {
          incoming.whole();
          clock.heard(call.isRead);
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
    connection: Connection | undefined,
  ): Promise<void> {
    const { services, authorise } = this.options;
    if (!services.some((service) => path.startsWith(`/${service}/`))) return;
    const identity = await authorise({
      metadata: (key) => metadata.get(key),
      peer: call.getPeer(),
      method: path,
    });
    const leaving = connection?.leaving ?? new AbortController().signal;
    this.admitted.set(metadata, { identity, gate: call, leaving });
    // A replica goes on from its cursor. A backup, or a query, would begin anew.
    const goesOn = path.startsWith(syncPath) || followingPaths.includes(path);
    if (connection !== undefined && identity.admin && !goesOn) {
      call.onClosed(connection.hold());
    }
  }

  private of(call: AnyCall): Admitted {
    const { metadata } = call as { metadata: Metadata };
    return this.admitted.get(metadata)!;
  }
}

/** DEADLINE_EXCEEDED REQUEST_TOO_SLOW. */
function requestTooSlow(): SyncError {
  const message = 'the message took too long to come: send less at once';
  return new SyncError(Code.deadlineExceeded, 'REQUEST_TOO_SLOW', message);
}

/** RESOURCE_EXHAUSTED RECEIVING_FULL. */
function receivingFull(): SyncError {
  const message =
    'too much of other requests is on its way, and nothing of this one came for a while';
  return new SyncError(Code.resourceExhausted, 'RECEIVING_FULL', message, { retryDelayMs: 1_000 });
}
