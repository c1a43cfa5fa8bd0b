import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Outcome } from '../change/commit.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { CatchUp } from './catch-up.ts';
import { ChainFeed } from './chain-feed.ts';
import { chosenForm, nameOf, type OfferedForms } from './chosen-form.ts';
import { cursorBytesAtMost } from './cursor.ts';
import { relayDenied, subscriptionTooLarge } from './greeting-errors.ts';
import { checkExpiry, checkHandshake, checkReplicaGrant } from './handshake.ts';
import type {
  Ack,
  ClientMessage,
  Delta,
  Hello,
  Probe,
  Push,
  ServerMessage,
  TransactionPart,
} from './messages.ts';
import { positionOf } from './position.ts';
import { outcomeOfUntaken, type Pushed, PushIntake } from './push-intake.ts';
import { pushLimitsOf } from './push-limits.ts';
import { pusherOf } from './pusher.ts';
import { Redaction } from './redaction.ts';
import { SentDeltas } from './sent-deltas.ts';
import type { Identity, SyncSource } from './source.ts';
import { ownScopes, type Served, servedBy, servedSubscription } from './subscription.ts';
import { TentativeFeed } from './tentative-feed.ts';
import { type UnreadableAt, unreadableAt } from './unreadable-at.ts';
import { WholeTransaction } from './whole-transaction.ts';

/**
 * States of the server's side:
 *
 * ```
 * expecting-hello --hello--> catching-up --reached head--> live --commit--> catching-up
 *        any state --close, error--> closed
 * ```
 */
export type ServerState = 'expecting-hello' | 'catching-up' | 'live' | 'closed';

export interface ServerSessionOptions extends OfferedForms {
  readonly source: SyncSource;
  readonly identity: Identity;
  readonly sessionId: string;
}

type Handler<M> = (session: ServerSession, message: M, nowMs: number) => void;
type Transitions = {
  readonly [S in ServerState]: { readonly [M in ClientMessage as M['type']]: Handler<M> };
};

/** What a hello led to: who speaks, what it is served, and from where on. */
interface Conversation {
  readonly replica: string;
  readonly catchUp: CatchUp;
  readonly redaction: Redaction;
  readonly tentative: TentativeFeed;
  readonly intake: PushIntake;
  /** Only a relay is told of the chain. */
  readonly chain: ChainFeed | undefined;
  readonly sent: SentDeltas;
  /** Whether it reads outcomes by runs. */
  readonly inRuns: boolean;
  readonly unreadable: UnreadableAt | undefined;
}

/**
 * The server's side of one conversation, without I/O. Feed it with `receive`; take what is to be sent from
 * `next` only when the peer can take more, so nothing is encoded for a slow reader; hand `submissions` to
 * whoever orders transactions and bring the outcomes back in the same order with `answer`.
 *
 * Answers go first, so that they are not stuck behind blocks. Then what is committed, then what is tentative on
 * top of it: the client sees others' tentative edits over the rows they were made on.
 */
export class ServerSession {
  private readonly options: ServerSessionOptions;
  private current: ServerState = 'expecting-hello';
  private conversation: Conversation | undefined;
  private readonly outbox: ServerMessage[] = [];
  /** For each push that was not answered yet the seq at which it came. */
  private readonly takenAt: number[] = [];
  /** A checkpoint has just gone out: then tentative transactions come before more commits. */
  private tentativeTurn = false;
  /**
   * Something could not be ordered, and the client tries again at a checkpoint: a full queue may have room then. So the
   * next one is sent even where it concerns nothing of the client's.
   */
  private owesCheckpoint = false;
  private acknowledged: Uint8Array = new Uint8Array(0);
  /** The newest probe that waits for a checkpoint; 0 for none. */
  private probed = 0;

  /** One for all sessions, of which there are thousands. */
  private static readonly transitions: Transitions = {
    'expecting-hello': {
      hello: (session, hello) => session.begin(hello),
      push: outOfTurn('push before hello'),
      ack: outOfTurn('ack before hello'),
      probe: outOfTurn('probe before hello'),
      part: outOfTurn('part before hello'),
    },
    'catching-up': {
      hello: outOfTurn('a second hello'),
      push: (session, push) => session.take(push),
      ack: (session, ack) => session.acknowledge(ack),
      probe: (session, probe) => session.probe(probe),
      part: (session, part, nowMs) => session.takePart(part, nowMs),
    },
    live: {
      hello: outOfTurn('a second hello'),
      push: (session, push) => session.take(push),
      ack: (session, ack) => session.acknowledge(ack),
      probe: (session, probe) => session.probe(probe),
      part: (session, part, nowMs) => session.takePart(part, nowMs),
    },
    closed: { hello: () => {}, push: () => {}, ack: () => {}, probe: () => {}, part: () => {} },
  };

  constructor(options: ServerSessionOptions) {
    this.options = options;
  }

  get state(): ServerState {
    return this.current;
  }

  /** Its name in logs. */
  get id(): string {
    return this.options.sessionId;
  }

  get replica(): string {
    return this.conversation?.replica ?? '';
  }

  /** The last cursor that the client said it has stored. */
  get storedCursor(): Uint8Array {
    return this.acknowledged;
  }

  /** What its client could not read on the stream before, where it says so. */
  get unreadable(): UnreadableAt | undefined {
    return this.conversation?.unreadable;
  }

  /** Takes a message of the client. What it throws ends the session: nothing of the message was done. */
  receive(message: ClientMessage, nowMs: number): void {
    this.guarded(() => {
      if (this.current !== 'closed') checkExpiry(this.options.identity, nowMs);
      const { [message.type]: handler } = ServerSession.transitions[this.current];
      (handler as Handler<ClientMessage>)(this, message, nowMs);
    });
  }

  /**
   * What was pushed and waits to be ordered, oldest first; each is handed out once. Large transactions are not prepared, and
   * the outcomes of those of which no bytes are wanted go to `tell`.
   */
  pushes(): Pushed[] {
    const pushed = this.conversation?.intake.take() ?? [];
    this.conversation?.sent.note(pushed);
    return pushed;
  }

  /** The same all prepared and told of, for whoever need not do that in steps. What it throws ends the session. */
  submissions(): PreparedTransaction[][] {
    return this.guarded(() =>
      this.pushes().flatMap((push) => {
        if (push instanceof WholeTransaction) return [[push.take()]];
        if (Array.isArray(push)) return [push];
        this.tell([outcomeOfUntaken(push)]);
        return [];
      }),
    );
  }

  /** The outcomes of one push, which was here for so long. */
  answer(outcomes: readonly Outcome[], orderingMs = 0): void {
    const { conversation } = this;
    for (const { replica, counter, status } of outcomes) {
      // What could not be ordered need not come again to be tried again.
      if (status !== 'unordered') this.options.source.parts.drop(replica, counter);
    }
    if (conversation === undefined) return;
    for (const outcome of outcomes) {
      if (outcome.status === 'held') conversation.tentative.noteHeld(outcome);
    }
    const { inRuns } = conversation;
    const told = conversation.redaction.ofOutcomes(outcomes);
    this.outbox.push({ type: 'push-result', outcomes: told, orderingMs, inRuns });
    const takenAt = this.takenAt.shift();
    if (outcomes.every(({ status }) => status !== 'unordered')) return;
    this.owesCheckpoint = true;
    // There was one meanwhile, before the client knew that it would be of use.
    if (takenAt !== this.options.source.state.head) conversation.catchUp.prove();
  }

  /** Outcomes of what it has not taken: large transactions of which no bytes were taken, pushes without room. */
  tell(outcomes: readonly Outcome[], orderingMs = 0): void {
    if (this.conversation === undefined) return;
    if (outcomes.some(({ status }) => status === 'unordered')) this.owesCheckpoint = true;
    const { redaction, inRuns } = this.conversation;
    const told = redaction.ofOutcomes(outcomes);
    this.outbox.push({ type: 'push-result', outcomes: told, orderingMs, inRuns });
  }

  /** What could not be ordered for a reason that passes can be by now: a checkpoint has the client send it again. */
  offerAgain(): void {
    this.owesCheckpoint = true;
    this.conversation?.catchUp.prove();
  }

  /**
   * The next message to send, or undefined until something happens. What it throws ends the session. The rows of a Delta come
   * to `deltaBytes` at the most, but for the last one of them; 0 for answers alone.
   */
  next(
    nowMs: number,
    deltaBytes = this.options.source.limits.deltaBytesMax,
  ): ServerMessage | undefined {
    const { conversation } = this;
    if (this.current === 'closed' || conversation === undefined) return undefined;
    return this.guarded(() => {
      checkExpiry(this.options.identity, nowMs);
      const answer = this.outbox.shift();
      if (answer !== undefined || deltaBytes === 0) return answer;
      return this.nextOf(conversation, deltaBytes);
    });
  }

  close(): void {
    this.current = 'closed';
    this.outbox.length = 0;
    this.conversation = undefined;
  }

  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private begin(hello: Hello): void {
    const { source, identity, sessionId, ...offered } = this.options;
    const { schema, limits } = source;
    const protocol = checkHandshake(hello.handshake, schema, limits);
    checkReplicaGrant(identity, hello.handshake.replica);
    if (hello.relay && !identity.relay) throw relayDenied();
    const { replica } = hello.handshake;
    const pusher = pusherOf(hello.handshake, identity, hello.relay);
    const { replicas } = pusher;
    const served = this.served(hello, replicas);
    const position = positionOf(source, hello.subscription, served);
    const { groups, progress } = position;
    if (
      cursorBytesAtMost({ logId: source.logId, check: 0, groups, progress }) > limits.cursorBytesMax
    ) {
      throw subscriptionTooLarge(limits.cursorBytesMax);
    }
    const { relay } = hello;
    // A relay orders nothing.
    const refuseUnfit = hello.refuseUnfit === true && source.authoritative;
    const former = replicas.slice(1);
    const tentative = new TentativeFeed(source, replica, served.scopes, { relay, former });
    const settled = source.settledOf(replica);
    source.parts.drop(replica, settled.counter);
    const form = chosenForm(hello.subscription, offered);
    this.conversation = {
      unreadable: unreadableAt(source, hello.subscription, position),
      catchUp: new CatchUp(source, served, position, nameOf(form)),
      redaction: new Redaction(schema, { replicas, scopes: served.scopes }),
      tentative,
      intake: new PushIntake(source, pusher, (pushed) => tentative.known(pushed), refuseUnfit),
      replica,
      sent: new SentDeltas(hello, form, limits),
      chain: relay ? new ChainFeed(source, groups, hello.chainKnown) : undefined,
      inRuns: hello.outcomeRuns === true,
    };
    this.current = 'catching-up';
    this.outbox.push({
      type: 'welcome',
      sessionId,
      protocol,
      schemaVersion: schema.version,
      schemaFingerprint: schema.fingerprint,
      logId: source.logId,
      head: source.state.head,
      ...form,
      settled,
      scopes: served.scopes,
      rebuild: position.rebuild,
      home: source.authoritative,
      forkedAt: position.forkedAt,
      pushLimits: pushLimitsOf(limits),
      pushCompressions: ['none', ...offered.compressions],
      pushRowNumbers: source.authoritative,
    });
  }

  private served({ relay, subscription }: Hello, replicas: readonly string[]): Served {
    const { source, identity } = this.options;
    const { schema, limits, holdings } = source;
    const own = ownScopes(replicas, relay);
    const wanted = servedSubscription(schema, limits, subscription, identity.readScopes, own);
    return holdings === undefined ? wanted : servedBy(schema, wanted, holdings);
  }

  private take(push: Push): void {
    this.conversation!.intake.push(push);
    this.takenAt.push(this.options.source.state.head);
  }

  private takePart(part: TransactionPart, nowMs: number): void {
    const { result, whole } = this.conversation!.intake.part(part, nowMs);
    this.outbox.push(result);
    if (whole) this.takenAt.push(this.options.source.state.head);
  }

  private acknowledge(ack: Ack): void {
    const { cursorBytesMax } = this.options.source.limits;
    if (ack.cursor.length > cursorBytesMax) {
      throw invalidField('ack.cursor', 'BAD_CURSOR', `has more than ${cursorBytesMax} bytes`);
    }
    this.acknowledged = ack.cursor;
  }

  private probe({ number }: Probe): void {
    this.probed = number;
    this.conversation!.catchUp.prove();
  }

  private nextOf(conversation: Conversation, deltaBytes: number): ServerMessage | undefined {
    const { tentative, catchUp } = conversation;
    // Else whoever serves many writers would never come to the end of the commits.
    const early = this.tentativeTurn ? tentative.next() : undefined;
    this.tentativeTurn = false;
    const next = early ?? this.nextDelta(conversation, deltaBytes) ?? tentative.next();
    if (next !== undefined || !tentative.owesDropped) return next;
    catchUp.prove();
    return this.nextDelta(conversation, deltaBytes);
  }

  /** Whether there is nothing that a checkpoint would have to tell: most commits concern few of the sessions. */
  private passes({ catchUp, tentative }: Conversation): boolean {
    if (this.current !== 'live' || this.probed > 0 || this.owesCheckpoint) return false;
    return !tentative.owesPositions && catchUp.pass();
  }

  private nextDelta(conversation: Conversation, deltaBytes: number): Delta | undefined {
    const { catchUp, redaction, tentative, chain, sent, replica } = conversation;
    const { source } = this.options;
    const told = (delta: Delta) => sent.told(delta, () => source.settledOf(replica).counter);
    if (this.passes(conversation)) return undefined;
    const batch = catchUp.next(deltaBytes);
    if (batch === undefined) return undefined;
    const wasLive = this.current === 'live';
    const { boundary, cursor, block } = batch;
    const deltas = redaction.of(batch.deltas, source.state);
    if (boundary === undefined) {
      this.current = 'catching-up';
      const delta = { type: 'delta', deltas, block, cursor, progress: batch.progress } as const;
      return told({ ...delta, checkpoint: undefined, answeredProbe: 0 });
    }
    this.current = 'live';
    this.tentativeTurn = true;
    const settled = tentative.settled();
    const answeredProbe = this.probed;
    const isAwaited = answeredProbe > 0 || this.owesCheckpoint;
    // Rows that came and went again are not worth a message: the next one carries their seq.
    if (wasLive && deltas.length === 0 && settled.size === 0 && !isAwaited) return undefined;
    this.probed = 0;
    this.owesCheckpoint = false;
    const progress = wasLive ? undefined : batch.progress;
    const checkpoint = { ...boundary, settled, chain: chain?.next(boundary.seq) };
    return told({ type: 'delta', deltas, cursor, checkpoint, progress, answeredProbe });
  }
}

function outOfTurn(what: string): () => never {
  return () => {
    throw new SyncError(Code.failedPrecondition, 'OUT_OF_TURN', `unexpected message: ${what}`);
  };
}
