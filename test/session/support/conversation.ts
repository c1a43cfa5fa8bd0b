/** Two peers and what is on its way between them, without I/O: every message moves when a test says so. */
import { SyncError } from '../../../src/base/errors.ts';
import type { Replica } from '../../../src/replica/replica.ts';
import type { ClientEvent } from '../../../src/session/client-event.ts';
import { ClientSession } from '../../../src/session/client-session.ts';
import type {
  ClientMessage,
  Delta,
  Encoding,
  ServerMessage,
} from '../../../src/session/messages.ts';
import { ServerSession } from '../../../src/session/server-session.ts';
import { ShortCursors } from '../../../src/session/short-cursors.ts';
import type { Identity } from '../../../src/session/source.ts';
import { databaseName, type Host, identity } from './hosts.ts';
import { withSharedRows } from './shared-rows.ts';

/** One thing that can happen in a conversation. */
export type Step = 'client-sends' | 'server-takes' | 'server-sends' | 'client-takes';

export const steps: readonly Step[] = [
  'client-sends',
  'server-takes',
  'server-sends',
  'client-takes',
];

export interface Wish {
  readonly scopes?: readonly string[];
  readonly tables?: readonly string[];
  readonly encodings?: readonly Encoding[];
  readonly storedCounter?: () => number;
  readonly isIdStored?: () => boolean;
  readonly storedCursor?: () => Uint8Array;
}

export function clientSession(replica: Replica, wish: Wish = {}): ClientSession {
  return new ClientSession({
    replica,
    database: databaseName,
    scopes: wish.scopes ?? [],
    tables: wish.tables ?? [],
    encodings: wish.encodings ?? ['packed'],
    compressions: ['zstd'],
    ...(wish.storedCounter && { storedCounter: wish.storedCounter }),
    ...(wish.isIdStored && { isIdStored: wish.isIdStored }),
    ...(wish.storedCursor && { storedCursor: wish.storedCursor }),
  });
}

/** Who wants to see the messages and events. */
export interface Witness {
  message?(from: 'client' | 'server', message: ClientMessage | ServerMessage): void;
  event?(event: ClientEvent): void;
}

export interface ConversationOptions {
  readonly identity?: Partial<Identity>;
  readonly witness?: Witness;
  readonly nowMs?: () => number;
}

let sessions = 0;

export class Conversation {
  readonly client: ClientSession;
  readonly server: ServerSession;
  readonly toServer: ClientMessage[] = [];
  readonly toClient: ServerMessage[] = [];
  readonly events: ClientEvent[] = [];
  private readonly cursors = new ShortCursors();
  /** What ended it. */
  error: unknown;
  private readonly host: Host;
  private readonly options: ConversationOptions;

  constructor(client: ClientSession, host: Host, options: ConversationOptions = {}) {
    this.client = client;
    this.host = host;
    this.options = options;
    this.server = new ServerSession({
      source: host.source,
      identity: identity(options.identity),
      sessionId: `s${++sessions}`,
      compressions: ['zstd', 'deflate'],
    });
    client.connect();
  }

  get over(): boolean {
    return this.client.state === 'disconnected' || this.server.state === 'closed';
  }

  /** Takes the step; false where there was nothing to do. */
  step(step: Step): boolean {
    if (this.over) return false;
    try {
      return this.take(step);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      this.error = error;
      this.cut();
      return true;
    }
  }

  /** Goes on until neither has anything to say. */
  run(): this {
    let left = 100_000;
    while (steps.filter((step) => this.step(step)).length > 0) {
      if (left-- === 0) throw new Error('the conversation does not come to rest');
    }
    return this;
  }

  /** What is on its way is lost. */
  cut(): void {
    this.client.disconnect();
    this.server.close();
    this.toServer.length = 0;
    this.toClient.length = 0;
  }

  private take(step: Step): boolean {
    if (step === 'client-sends') return this.sent('client', this.client.next(), this.toServer);
    if (step === 'server-sends') {
      const message = this.server.next(this.nowMs());
      return this.sent('server', message && withSharedRows(message), this.toClient);
    }
    if (step === 'server-takes') return this.serverTakes(this.toServer.shift());
    return this.clientTakes(this.toClient.shift());
  }

  private sent<M extends ClientMessage | ServerMessage>(
    from: 'client' | 'server',
    message: M | undefined,
    queue: M[],
  ): boolean {
    if (message === undefined) return false;
    this.options.witness?.message?.(from, this.whole(message));
    queue.push(message);
    return true;
  }

  /** As a person reads it: with the whole cursor. */
  private whole<M extends ClientMessage | ServerMessage>(message: M): M | Delta {
    return message.type === 'delta' ? this.cursors.whole(message) : message;
  }

  private serverTakes(message: ClientMessage | undefined): boolean {
    if (message === undefined) return false;
    this.server.receive(message, this.nowMs());
    const pusher = identity(this.options.identity);
    for (const push of this.server.submissions()) this.server.answer(this.host.take(push, pusher));
    return true;
  }

  private clientTakes(message: ServerMessage | undefined): boolean {
    if (message === undefined) return false;
    for (const event of this.client.receive(message)) {
      this.events.push(event);
      this.options.witness?.event?.(event);
    }
    return true;
  }

  private nowMs(): number {
    return this.options.nowMs?.() ?? 0;
  }
}

/** Connects, and goes on until both are quiet. */
export function converse(
  client: ClientSession,
  host: Host,
  options: ConversationOptions = {},
): Conversation {
  return new Conversation(client, host, options).run();
}

/** Connects until nothing is left to say, as a client does: it comes again when it is told to, and takes a new id. */
export function sync(replica: Replica, host: Host, identity = {}): Conversation[] {
  const session = clientSession(replica);
  const lines: Conversation[] = [];
  for (let round = 0; round < 5; round++) {
    const line = converse(session, host, { identity });
    lines.push(line);
    const forked = line.events.find((event) => event.type === 'forked');
    if (forked !== undefined) replica.takeIdentity(forked.outcomes, Uint8Array.of(1, 2, 3, 4));
    else if (line.error === undefined) return lines;
  }
  return lines;
}
