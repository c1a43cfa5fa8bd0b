import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import { type PreparedTransaction, prepareTransaction } from '../merge/prepared.ts';
import { coveredBy } from '../schema/scope-pattern.ts';
import { CatchUp } from './catch-up.ts';
import { type CursorGroup, decodeCursor } from './cursor.ts';
import { checkExpiry, checkHandshake } from './handshake.ts';
import type {
  Ack,
  ClientMessage,
  Compression,
  Delta,
  Encoding,
  Hello,
  Push,
  ServerMessage,
} from './messages.ts';
import type { Identity, SyncSource } from './source.ts';
import { groupsFor, ownScopes, type Served, servedSubscription } from './subscription.ts';

/**
 * States of the server's side:
 *
 * ```
 * expecting-hello --hello--> catching-up --reached head--> live --commit--> catching-up
 *        any state --close, error--> closed
 * ```
 */
export type ServerState = 'expecting-hello' | 'catching-up' | 'live' | 'closed';

export interface ServerSessionOptions {
  readonly source: SyncSource;
  readonly identity: Identity;
  readonly sessionId: string;
  readonly compressions: readonly Compression[];
}

type Handler<M> = (message: M, nowMs: number) => void;
type Transitions = {
  readonly [S in ServerState]: { readonly [M in ClientMessage as M['type']]: Handler<M> };
};

/**
 * The server's side of one conversation, without I/O. Feed it with `receive`; take what is to be sent from
 * `next` only when the peer can take more, so nothing is encoded for a slow reader; hand `submissions` to
 * whoever orders transactions and bring the outcomes back in the same order with `answer`.
 */
export class ServerSession {
  private readonly options: ServerSessionOptions;
  private current: ServerState = 'expecting-hello';
  private hello: Hello | undefined;
  private served: Served = { scopes: [], tables: [] };
  private catchUp: CatchUp | undefined;
  private readonly outbox: ServerMessage[] = [];
  private readonly submitted: PreparedTransaction[][] = [];
  /** Settled counters that the client was told. */
  private readonly told = new Map<string, number>();
  /** Counters of other writers' tentative transactions that the client was sent. */
  private readonly relayed = new Map<string, number>();
  private acknowledged: Uint8Array = new Uint8Array(0);

  private readonly transitions: Transitions = {
    'expecting-hello': {
      hello: (hello, nowMs) => this.begin(hello, nowMs),
      push: () => this.outOfTurn('push before hello'),
      ack: () => this.outOfTurn('ack before hello'),
    },
    'catching-up': {
      hello: () => this.outOfTurn('a second hello'),
      push: (push) => this.take(push),
      ack: (ack) => this.acknowledge(ack),
    },
    live: {
      hello: () => this.outOfTurn('a second hello'),
      push: (push) => this.take(push),
      ack: (ack) => this.acknowledge(ack),
    },
    closed: { hello: () => {}, push: () => {}, ack: () => {} },
  };

  constructor(options: ServerSessionOptions) {
    this.options = options;
  }

  get state(): ServerState {
    return this.current;
  }

  get replica(): string {
    return this.hello?.handshake.replica ?? '';
  }

  /** The last cursor that the client said it has stored. */
  get storedCursor(): Uint8Array {
    return this.acknowledged;
  }

  /**
   * Takes a message of the client. What it throws ends the session: nothing of the message was done.
   */
  receive(message: ClientMessage, nowMs: number): void {
    if (this.current !== 'closed') checkExpiry(this.options.identity, nowMs);
    const handler = this.transitions[this.current][message.type] as Handler<ClientMessage>;
    handler(message, nowMs);
  }

  /** Pushes that wait to be ordered, oldest first; each is handed out once. */
  submissions(): PreparedTransaction[][] {
    return this.submitted.splice(0);
  }

  /** The outcomes of one push. */
  answer(outcomes: readonly Outcome[]): void {
    if (this.current !== 'closed') this.outbox.push({ type: 'push-result', outcomes });
  }

  /** The next message to send, or undefined until something happens. `nowMs` guards expiry. */
  next(nowMs: number): ServerMessage | undefined {
    if (this.current === 'closed' || this.current === 'expecting-hello') return undefined;
    checkExpiry(this.options.identity, nowMs);
    return this.outbox.shift() ?? this.nextRelayed() ?? this.nextDelta();
  }

  close(): void {
    this.current = 'closed';
    this.outbox.length = 0;
    this.submitted.length = 0;
    this.catchUp = undefined;
  }

  private begin(hello: Hello, nowMs: number): void {
    const { source, identity } = this.options;
    checkExpiry(identity, nowMs);
    const protocol = checkHandshake(hello.handshake, source.schema);
    if (hello.relay && !identity.relay) {
      throw new SyncError(
        Code.permissionDenied,
        'RELAY_DENIED',
        'this identity may not act as a relay',
      );
    }
    const { replica } = hello.handshake;
    const own = ownScopes(replica, hello.relay);
    this.served = servedSubscription(
      source.schema,
      source.limits,
      hello.subscription,
      identity.readScopes,
      own,
    );
    const { groups, rebuild } = this.groups(hello.subscription.cursor);
    this.catchUp = new CatchUp(source, groups);
    this.hello = hello;
    this.current = 'catching-up';
    const settledCounter = source.settledOf(replica);
    this.outbox.push({
      type: 'welcome',
      sessionId: this.options.sessionId,
      protocol,
      schemaVersion: source.schema.version,
      schemaFingerprint: source.schema.fingerprint,
      logId: source.logId,
      head: source.state.head,
      encoding: chosenEncoding(hello.subscription.encodings),
      compression: chosenCompression(hello.subscription.compressions, this.options.compressions),
      settledCounter,
      scopes: this.served.scopes,
      rebuild,
    });
  }

  /** Groups to go on with; anew where the cursor is from before what this source remembers. */
  private groups(bytes: Uint8Array): { groups: CursorGroup[]; rebuild: boolean } {
    const { source } = this.options;
    const { schema, state, limits } = source;
    if (bytes.length === 0) return { groups: groupsFor(schema, this.served, []), rebuild: false };
    const cursor = decodeCursor(bytes, source.logId, state.head, limits);
    const stale = cursor.groups.some((group) => group.upto < state.horizon);
    return { groups: groupsFor(schema, this.served, stale ? [] : cursor.groups), rebuild: stale };
  }

  private take(push: Push): void {
    const { source, identity } = this.options;
    checkPushSize(push, source.limits.pushTransactionsMax);
    const prepared = push.transactions.map((transaction, index) => {
      const path = `push.transactions[${index}]`;
      if (transaction.replica !== this.replica && !(this.hello?.relay && identity.relay)) {
        throw foreignWriter(`${path}.replica_id`);
      }
      return prepareTransaction(source.schema, source.limits, transaction, path);
    });
    this.submitted.push(prepared);
  }

  private acknowledge(ack: Ack): void {
    this.acknowledged = ack.cursor;
  }

  private outOfTurn(what: string): never {
    throw new SyncError(Code.failedPrecondition, 'OUT_OF_TURN', `unexpected message: ${what}`);
  }

  /** Other writers' tentative transactions, of each as far as this client may see all of their rows. */
  private nextRelayed(): ServerMessage | undefined {
    const { source } = this.options;
    const transactions: Transaction[] = [];
    const closed = new Set<string>();
    for (const prepared of source.tentative()) {
      const { replica, counter } = prepared.transaction;
      if (
        replica === this.replica ||
        closed.has(replica) ||
        counter <= (this.relayed.get(replica) ?? 0)
      )
        continue;
      if (transactions.length >= source.limits.pushTransactionsMax) break;
      if (coveredBy(source.scopesOf(prepared), this.served.scopes)) {
        transactions.push(prepared.transaction);
        this.relayed.set(replica, counter);
      } else closed.add(replica);
    }
    return transactions.length === 0 ? undefined : { type: 'relayed', transactions };
  }

  private nextDelta(): Delta | undefined {
    for (;;) {
      const batch = this.catchUp?.next();
      if (batch === undefined) {
        this.current = 'live';
        return undefined;
      }
      const wasLive = this.current === 'live';
      const { boundary, deltas, cursor } = batch;
      if (boundary === undefined) {
        this.current = 'catching-up';
        return { type: 'delta', deltas, cursor, checkpoint: undefined, progress: batch.progress };
      }
      this.current = 'live';
      const settled = this.newlySettled();
      // A commit that concerns nothing of this client's is not worth a message: the next one carries its seq.
      if (wasLive && deltas.length === 0 && settled.size === 0) continue;
      const progress = wasLive ? undefined : batch.progress;
      return { type: 'delta', deltas, cursor, checkpoint: { ...boundary, settled }, progress };
    }
  }

  private newlySettled(): Map<string, number> {
    const { source } = this.options;
    const settled = new Map<string, number>();
    for (const replica of new Set([this.replica, ...this.relayed.keys()])) {
      const counter = source.settledOf(replica);
      if (counter <= (this.told.get(replica) ?? 0)) continue;
      this.told.set(replica, counter);
      settled.set(replica, counter);
    }
    return settled;
  }
}

/** INVALID_ARGUMENT where a push has no transactions or too many. */
export function checkPushSize(
  push: { transactions: readonly unknown[] },
  transactionsMax: number,
): void {
  const count = push.transactions.length;
  if (count === 0) throw invalidField('push.transactions', 'NO_TRANSACTIONS', 'must not be empty');
  if (count <= transactionsMax) return;
  throw invalidField(
    'push.transactions',
    'TOO_MANY_TRANSACTIONS',
    `has ${count}, ${transactionsMax} at most`,
  );
}

/** PERMISSION_DENIED: a replica pushes in another's name. */
export function foreignWriter(field: string): SyncError {
  const description = 'only a relay may push transactions of other replicas';
  return new SyncError(Code.permissionDenied, 'FOREIGN_WRITER', `${field}: ${description}`, {
    fields: [{ field, description }],
  });
}

function chosenEncoding(wished: readonly Encoding[]): Encoding {
  return wished[0] ?? 'rows';
}

function chosenCompression(
  wished: readonly Compression[],
  offered: readonly Compression[],
): Compression {
  return wished.find((compression) => offered.includes(compression)) ?? 'none';
}
