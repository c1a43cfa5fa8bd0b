import { checkExpiry } from '../session/handshake.ts';
import type { Identity } from '../session/source.ts';
import { Bell } from './bell.ts';
import { type AnyCall, type OwnEnd, statusOf } from './call.ts';
import { onExpiry } from './expiry.ts';
import type { ServerContext } from './server-context.ts';

/** How long who reads has to take what was sent before, and then why it ends. */
const takingMsMax = 2_000;

/** Ends calls with UNAUTHENTICATED IDENTITY_EXPIRED when their time is over, also those that are not read. */
export function endWithIdentity({ admission, clock, onInternalError }: ServerContext): OwnEnd {
  return (call, over) =>
    onExpiry(admission.identityOf(call), clock, (error) => {
      over();
      admission.gateOf(call).end(statusOf(error, onInternalError), takingMsMax);
    });
}

/**
 * A call that follows what happens, for as long as it likes: it sleeps until there is news, and wakes when it is over, and when
 * its connection is about to end.
 */
export class Follower {
  private readonly context: ServerContext;
  private readonly identity: Identity;
  private readonly closed: AbortSignal;
  private readonly leaving: AbortSignal;
  private readonly bell = new Bell();
  private readonly ring = () => this.bell.ring();

  constructor(context: ServerContext, call: AnyCall, identity: Identity, closed: AbortSignal) {
    this.context = context;
    this.identity = identity;
    this.closed = closed;
    this.leaving = context.admission.leavingOf(call);
    for (const signal of [closed, this.leaving]) signal.addEventListener('abort', this.ring);
  }

  /** Whether nobody hears it any more. */
  get isOver(): boolean {
    return this.closed.aborted;
  }

  /** Throws why it cannot go on: UNAVAILABLE as its connection says, UNAUTHENTICATED IDENTITY_EXPIRED. */
  check(): void {
    this.leaving.throwIfAborted();
    checkExpiry(this.identity, this.context.clock.nowMs());
  }

  /** There is news. */
  wake(): void {
    this.bell.ring();
  }

  /** Sleeps until there is, or until it is to look whether it can go on. */
  woken(): Promise<void> {
    return this.bell.rung();
  }

  close(): void {
    for (const signal of [this.closed, this.leaving]) {
      signal.removeEventListener('abort', this.ring);
    }
  }
}
