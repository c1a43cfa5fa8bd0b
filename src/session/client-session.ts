import { Code, SyncError } from '../base/errors.ts';
import type { Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import type { Replica } from '../replica/replica.ts';
import {
  type ClientMessage,
  type Compression,
  type Delta,
  type Encoding,
  type Progress,
  type PushResult,
  protocolMax,
  protocolMin,
  type Relayed,
  type ServerMessage,
  type Welcome,
} from './messages.ts';

/**
 * States of the client's side:
 *
 * ```
 * disconnected --connect--> greeting --welcome--> catching-up --checkpoint--> live
 *        any state --disconnect--> disconnected
 * ```
 */
export type ClientState = 'disconnected' | 'greeting' | 'catching-up' | 'live';

export interface ClientSessionOptions {
  readonly replica: Replica;
  readonly database: string;
  /** Scopes and patterns to hold; empty for all that may be read. */
  readonly scopes: readonly string[];
  /** Tables to hold; empty for all. */
  readonly tables: readonly string[];
  readonly encodings: readonly Encoding[];
  readonly compressions: readonly Compression[];
}

/** What a message of the server led to. */
export type ClientEvent =
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'checkpoint'; readonly seq: number; readonly settled: readonly Outcome[] }
  | { readonly type: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly type: 'relayed' }
  /** The copy is not what the server says: connect again, which sends everything anew. */
  | { readonly type: 'rebuild'; readonly seq: number };

type Handler<M> = (message: M) => ClientEvent[];
type Transitions = {
  readonly [S in ClientState]: { readonly [M in ServerMessage as M['type']]: Handler<M> };
};

/**
 * The client's side of one conversation, without I/O. `connect`, then send what `next` gives, feed `receive`, and
 * tell `disconnect` when the stream is gone. The replica carries everything that outlives a stream.
 */
export class ClientSession {
  private readonly options: ClientSessionOptions;
  private current: ClientState = 'disconnected';
  private greeted = false;
  private welcome: Welcome | undefined;
  /** By writer: counter of the last transaction sent on this stream. */
  private readonly sent = new Map<string, number>();
  /** Other writers whose transactions this stream's server has sent. */
  private readonly vouched = new Set<string>();
  private ack: Uint8Array | undefined;

  private readonly transitions: Transitions = {
    disconnected: {
      welcome: () => [],
      delta: () => [],
      'push-result': () => [],
      relayed: () => [],
    },
    greeting: {
      welcome: (welcome) => this.onWelcome(welcome),
      delta: () => this.outOfTurn('a delta before the welcome'),
      'push-result': () => this.outOfTurn('a push result before the welcome'),
      relayed: () => this.outOfTurn('transactions before the welcome'),
    },
    'catching-up': {
      welcome: () => this.outOfTurn('a second welcome'),
      delta: (delta) => this.onDelta(delta),
      'push-result': (result) => this.onPushResult(result),
      relayed: (relayed) => this.onRelayed(relayed),
    },
    live: {
      welcome: () => this.outOfTurn('a second welcome'),
      delta: (delta) => this.onDelta(delta),
      'push-result': (result) => this.onPushResult(result),
      relayed: (relayed) => this.onRelayed(relayed),
    },
  };

  constructor(options: ClientSessionOptions) {
    this.options = options;
  }

  get state(): ClientState {
    return this.current;
  }

  /** A stream is open: greets anew, whatever was before. */
  connect(): void {
    this.current = 'greeting';
    this.greeted = false;
    this.welcome = undefined;
    this.sent.clear();
    this.vouched.clear();
    this.ack = undefined;
  }

  disconnect(): void {
    this.current = 'disconnected';
  }

  /** Takes a message of the server. What it throws ends the stream; the replica is unharmed. */
  receive(message: ServerMessage): ClientEvent[] {
    const handler = this.transitions[this.current][message.type] as Handler<ServerMessage>;
    return handler(message);
  }

  /** The next message to send, or undefined until something happens. */
  next(): ClientMessage | undefined {
    if (this.current === 'greeting' && !this.greeted) return this.hello();
    if (this.current !== 'catching-up' && this.current !== 'live') return undefined;
    const push = this.push();
    if (push !== undefined) return push;
    const cursor = this.ack;
    this.ack = undefined;
    return cursor === undefined ? undefined : { type: 'ack', cursor };
  }

  private hello(): ClientMessage {
    const { replica, database, scopes, tables, encodings, compressions } = this.options;
    const { schema, relay } = replica.options;
    this.greeted = true;
    return {
      type: 'hello',
      relay,
      handshake: {
        protocolMin,
        protocolMax,
        database,
        schemaVersion: schema.version,
        schemaFingerprint: schema.fingerprint,
        replica: replica.id,
      },
      subscription: { scopes, tables, cursor: replica.cursor, encodings, compressions },
    };
  }

  private push(): ClientMessage | undefined {
    const { replica } = this.options;
    const { limits } = replica.options;
    const transactions: Transaction[] = [];
    let bytes = 0;
    for (const transaction of replica.outgoing(this.sent)) {
      bytes += transaction.changes.reduce((sum, change) => sum + change.row.length + 128, 128);
      const full =
        transactions.length >= limits.pushTransactionsMax || bytes > limits.transactionBytesMax;
      if (full && transactions.length > 0) break;
      transactions.push(transaction);
      this.sent.set(transaction.replica, transaction.counter);
    }
    return transactions.length === 0 ? undefined : { type: 'push', transactions };
  }

  private onWelcome(welcome: Welcome): ClientEvent[] {
    const { replica } = this.options;
    this.welcome = welcome;
    this.current = 'catching-up';
    // What the server has settled needs no sending; it leaves the queue with the checkpoint that covers it.
    this.sent.set(replica.id, welcome.settledCounter);
    if (welcome.rebuild) replica.restart();
    return [{ type: 'welcome', welcome }];
  }

  private onDelta(delta: Delta): ClientEvent[] {
    const { replica } = this.options;
    replica.stage(delta.deltas, delta.cursor);
    const events: ClientEvent[] = [];
    if (delta.progress !== undefined) events.push({ type: 'progress', progress: delta.progress });
    if (delta.checkpoint === undefined) return events;
    if (this.current === 'catching-up' && this.welcome !== undefined) {
      replica.retain(this.welcome.scopes, this.options.tables);
      replica.dropForeign((writer) => this.vouched.has(writer));
    }
    const { seq } = delta.checkpoint;
    const result = replica.checkpoint(delta.checkpoint);
    if (!result.proven) {
      replica.restart();
      return [...events, { type: 'rebuild', seq }];
    }
    this.current = 'live';
    if (delta.deltas.length > 0) this.ack = delta.cursor;
    return [...events, { type: 'checkpoint', seq, settled: result.settled }];
  }

  private onPushResult(result: PushResult): ClientEvent[] {
    for (const outcome of result.outcomes) {
      if (outcome.status !== 'unordered' || outcome.refusal?.reason !== 'COUNTER_GAP') continue;
      // Something before it got lost on the way through a relay: everything unsettled goes again.
      this.sent.delete(outcome.replica);
    }
    return [{ type: 'outcomes', outcomes: result.outcomes }];
  }

  private onRelayed(relayed: Relayed): ClientEvent[] {
    const { replica } = this.options;
    for (const transaction of relayed.transactions) {
      if (transaction.replica === replica.id) continue;
      this.vouched.add(transaction.replica);
      replica.receive(transaction);
    }
    return [{ type: 'relayed' }];
  }

  private outOfTurn(what: string): never {
    throw new SyncError(Code.internal, 'OUT_OF_TURN', `unexpected message: ${what}`);
  }
}
