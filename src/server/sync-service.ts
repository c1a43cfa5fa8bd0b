import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import {
  PullRequest,
  PullResponse,
  PushPartRequest,
  PushPartResponse,
  PushRequest,
  PushResponse,
} from '../../gen/ts/syncdb/v1/sync.ts';
import { withFields } from '../base/error-fields.ts';
import { prepareTransaction } from '../merge/prepared.ts';
import { PushLines } from '../replica/push-lines.ts';
import { checkHandshake, checkReplicaGrant } from '../session/handshake.ts';
import { checkPushSize } from '../session/push-intake.ts';
import { checkWriter, pusherOf } from '../session/pusher.ts';
import { Redaction } from '../session/redaction.ts';
import { ServerSession } from '../session/server-session.ts';
import { WholeTransaction } from '../session/whole-transaction.ts';
import { deltaToWire } from '../wire/delta.ts';
import { outcomeToWire } from '../wire/outcomes.ts';
import { pushPartFromWire } from '../wire/parts.ts';
import { pullFromWire, pushFromWire } from '../wire/sync-messages.ts';
import { type AnyCall, type RawDuplexCall, serverStream, unary } from './call.ts';
import { nextTurn } from './in-turns.ts';
import { databaseOf, identify, type ServerContext } from './server-context.ts';
import { SyncCall } from './sync-call.ts';

/** `syncdb.v1.SyncService`. */
export function createSyncService(context: ServerContext): UntypedServiceImplementation {
  return {
    sync: (call: RawDuplexCall) => {
      void new SyncCall(context, call).serve();
    },
    pull: serverStream(
      PullRequest,
      PullResponse,
      context.onInternalError,
      (request, call, closed) => pull(context, request, call, closed),
    ),
    push: unary(PushRequest, PushResponse, context.onInternalError, (request, call) =>
      push(context, request, call),
    ),
    pushPart: unary(PushPartRequest, PushPartResponse, context.onInternalError, (request, call) =>
      pushPart(context, request, call),
    ),
  };
}

/** A pull is a session that hears only a hello and ends at its first checkpoint. */
async function* pull(
  context: ServerContext,
  request: PullRequest,
  call: AnyCall,
  closed: AbortSignal,
): AsyncGenerator<PullResponse> {
  const identity = await identify(context, call);
  const { handshake, subscription } = pullFromWire(request);
  const database = databaseOf(context, identity, handshake.database, 'handshake.database');
  const { compressors, clock } = context;
  const session = new ServerSession({
    source: database.source,
    identity,
    sessionId: context.nextSessionId(),
    compressions: compressors.map((compressor) => compressor.name),
  });
  session.receive({ type: 'hello', handshake, subscription, relay: false }, clock.nowMs());
  const welcome = session.next(clock.nowMs());
  if (welcome?.type !== 'welcome') return;
  const compressor = compressors.find(({ name }) => name === welcome.compression);
  let first = {
    fromScratch: welcome.rebuild,
    scopes: [...welcome.scopes],
    settledCounter: BigInt(welcome.settled.counter),
    settledDigest: welcome.settled.digest,
    forkedAtSeq: welcome.forkedAt === undefined ? undefined : BigInt(welcome.forkedAt),
  };
  while (!closed.aborted) {
    const message = session.next(clock.nowMs());
    if (message?.type !== 'delta') return;
    yield { delta: deltaToWire(message, welcome.encoding, compressor), ...first };
    first = {
      fromScratch: false,
      scopes: [],
      settledCounter: 0n,
      settledDigest: new Uint8Array(0),
      forkedAtSeq: undefined,
    };
    if (message.checkpoint !== undefined) return;
  }
}

async function push(
  context: ServerContext,
  request: PushRequest,
  call: AnyCall,
): Promise<PushResponse> {
  const identity = await identify(context, call);
  const { handshake, transactions } = pushFromWire(request);
  const database = databaseOf(context, identity, handshake.database, 'handshake.database');
  const { schema, limits } = database;
  checkHandshake(handshake, schema, limits);
  checkReplicaGrant(identity, handshake.replica);
  checkPushSize({ transactions }, limits.pushTransactionsMax, 'transactions');
  const pusher = pusherOf(handshake, identity, identity.relay);
  const prepared = transactions.map((transaction, index) => {
    const path = `transactions[${index}]`;
    checkWriter(pusher, transaction.replica, path);
    return prepareTransaction(schema, limits, transaction, path);
  });
  const lines = new PushLines();
  const outcomes = await Promise.all(
    prepared.map((one, index) =>
      database.submit(one, identity, lines).catch((error: unknown) => {
        throw withFields(error, (field) => `transactions[${index}].${field}`);
      }),
    ),
  );
  const reader = { replicas: pusher.replicas, scopes: identity.readScopes };
  const told = new Redaction(schema, reader).ofOutcomes(outcomes);
  return { outcomes: told.map(outcomeToWire), headSeq: BigInt(database.source.state.head) };
}

/** A part of a transaction; with the last one the transaction is pushed. */
async function pushPart(
  context: ServerContext,
  request: PushPartRequest,
  call: AnyCall,
): Promise<PushPartResponse> {
  const identity = await identify(context, call);
  const { handshake, part } = pushPartFromWire(request);
  const database = databaseOf(context, identity, handshake.database, 'handshake.database');
  const { schema, limits, source } = database;
  checkHandshake(handshake, schema, limits);
  checkReplicaGrant(identity, handshake.replica);
  const { replica, counter } = part;
  const pusher = pusherOf(handshake, identity, identity.relay);
  checkWriter(pusher, replica, 'part');
  const { receivedBytes, whole } = source.parts.take(part, 'part');
  if (whole === undefined) return { receivedBytes: BigInt(receivedBytes), outcome: undefined };
  const transaction = new WholeTransaction(source, part, whole, 'part');
  while (!transaction.step()) await nextTurn();
  const outcome = await database.submit(transaction.take(), identity).catch((error: unknown) => {
    throw withFields(error, (field) => `part.bytes.${field}`);
  });
  source.parts.drop(replica, counter);
  const reader = { replicas: pusher.replicas, scopes: identity.readScopes };
  const told = new Redaction(schema, reader).ofOutcomes([outcome]);
  return { receivedBytes: BigInt(receivedBytes), outcome: outcomeToWire(told[0]!) };
}
