import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
} from '@grpc/grpc-js';
import { Code, SyncError } from '../base/errors.ts';
import type { Identity } from '../session/source.ts';
import type { Authoriser } from './authoriser.ts';
import { type AnyCall, statusOf } from './call.ts';

export interface AdmissionOptions {
  readonly authorise: Authoriser;
  /** Full names of the services whose callers are asked who they are. The others, such as health checks, are for everyone. */
  readonly services: readonly string[];
  readonly requestMsMax: number;
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
}

/**
 * What is done of a call before a byte of its request is read: who calls is found out by its metadata alone, so a stranger
 * has nothing gathered for him. And a request that does not become whole in time is given up.
 */
export class Admission {
  private readonly options: AdmissionOptions;
  /** A call and its interceptor have nothing in common but this. */
  private readonly admitted = new WeakMap<Metadata, Admitted>();

  constructor(options: AdmissionOptions) {
    this.options = options;
  }

  /** Who calls, as the authoriser said when the call began. */
  identityOf(call: AnyCall): Identity {
    return this.of(call).identity;
  }

  gateOf(call: AnyCall): ReadGate {
    return this.of(call).gate;
  }

  readonly interceptor: ServerInterceptor = ({ path, requestStream }, next) => {
    const call = new GatedCall(next, {
      start: (begin) => {
        const timer = setTimeout(
          () => call.sendStatus(this.status(requestTooSlow())),
          this.options.requestMsMax,
        );
        timer.unref();
        const isHere = () => clearTimeout(timer);
        begin(
          new ServerListenerBuilder()
            .withOnReceiveMetadata((metadata, onward) => {
              this.admit(path, metadata, call).then(
                () => onward(metadata),
                (error: unknown) => {
                  isHere();
                  call.sendStatus(this.status(error));
                },
              );
            })
            .withOnReceiveMessage((message, onward) => {
              if (requestStream) isHere();
              onward(message);
            })
            .withOnReceiveHalfClose((onward) => {
              isHere();
              onward();
            })
            .withOnCancel(isHere)
            .build(),
        );
      },
    });
    return call;
  };

  private async admit(path: string, metadata: Metadata, call: GatedCall): Promise<void> {
    const { services, authorise } = this.options;
    if (!services.some((service) => path.startsWith(`/${service}/`))) return;
    const identity = await authorise({
      metadata: (key) => metadata.get(key),
      peer: call.getPeer(),
      method: path,
    });
    this.admitted.set(metadata, { identity, gate: call });
  }

  private status(error: unknown) {
    return statusOf(error, this.options.onInternalError);
  }

  private of(call: AnyCall): Admitted {
    const { metadata } = call as { metadata: Metadata };
    return this.admitted.get(metadata)!;
  }
}

/** A call that begins to read when its gate is open. */
class GatedCall extends ServerInterceptingCall implements ReadGate {
  private isOpen = true;
  private isWanted = false;

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
}

/** DEADLINE_EXCEEDED REQUEST_TOO_SLOW. */
function requestTooSlow(): SyncError {
  const message = 'the request took too long to come: send less at once';
  return new SyncError(Code.deadlineExceeded, 'REQUEST_TOO_SLOW', message);
}
