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
import type { Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import { type PreparedTransaction, preparationSteps } from '../merge/prepared.ts';
import { preparedOrUnfit } from '../merge/unfit.ts';
import { PushLines } from '../replica/push-lines.ts';
import { checkHandshake, checkReplicaGrant } from '../session/handshake.ts';
import type { Handshake, TransactionPart } from '../session/messages.ts';
import { checkPart, checkPartForm, tooLargeInParts } from '../session/part-stage.ts';
import { checkWriter, pusherOf } from '../session/pusher.ts';
import { Redaction } from '../session/redaction.ts';
import { refusedUnseen } from '../session/refused-unseen.ts';
import { ServerSession } from '../session/server-session.ts';
import type { Identity } from '../session/source.ts';
import { WholeTransaction } from '../session/whole-transaction.ts';
import { decodeMessage } from '../wire/decode-message.ts';
import { deltaToWire } from '../wire/delta.ts';
import { DeltaEncoder } from '../wire/delta-encoder.ts';
import type { WireRows } from '../wire/delta-rows.ts';
import { outcomeToWire } from '../wire/outcomes.ts';
import { pushPartFromWire } from '../wire/parts.ts';
import { databaseInPush, lookAtPush } from '../wire/push-look.ts';
import { pullFromWire, pushFromWire } from '../wire/sync-messages.ts';
import { allEnded } from './all-ended.ts';
import {
  type AnyCall,
  abortOnEnd,
  type RawDuplexCall,
  serverStream,
  unary,
  unread,
} from './call.ts';
import type { Database } from './database.ts';
import type { DeviceCall } from './device.ts';
import { enter } from './entrance.ts';
import { inTurns } from './in-turns.ts';
import { readableKeys } from './row-keys.ts';
import { databaseOf, identify, type ServerContext } from './server-context.ts';
import { SyncCall } from './sync-call.ts';
import type { Place } from './waiting-room.ts';

/** `syncdb.v1.SyncService`. */
export function createSyncService(context: ServerContext): UntypedServiceImplementation {
  return {
    sync: (call: RawDuplexCall) => {
      void new SyncCall(context, call).serve();
    },
    pull: serverStream(PullRequest, PullResponse, context, (request, call, closed) =>
      pull(context, request, call, closed),
    ),
    push: unread(PushResponse, context, (bytes, call) => push(context, bytes, call)),
    pushPart: unary(
      PushPartRequest,
      PushPartResponse,
      context,
      (request, call) => pushPart(context, request, call),
      context.limits.partBytesMax + context.limits.talkBytesMax,
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
  const { compressors, teamCodecs, clock } = context;
  const session = new ServerSession({
    source: database.source,
    identity,
    sessionId: context.nextSessionId(),
    compressions: compressors.map((compressor) => compressor.name),
    levelMax: context.levelMax,
    teamCodecs: [...teamCodecs.keys()],
  });
  const greeting = { handshake, identity, relay: false };
  database.devices.greets(greeting, () =>
    session.receive({ type: 'hello', handshake, subscription, relay: false }, clock.nowMs()),
  );
  const { id, replica, unreadable } = session;
  if (unreadable !== undefined) {
    const who = { database: database.name, session: id, replica, identity: identity.name };
    context.sessionLines.unreadable({ ...who, ...unreadable });
  }
  const device = database.devices.called(greeting, () => subscription.cursor);
  context.meter.whenOver(call, ({ bytesIn, bytesOut }) => device?.over(bytesIn, bytesOut));
  const welcome = session.next(clock.nowMs());
  if (welcome?.type !== 'welcome') return;
  const { source } = database;
  const encoder = new DeltaEncoder(welcome, compressors, source, { codecs: teamCodecs });
  let first = {
    fromScratch: welcome.rebuild,
    scopes: [...welcome.scopes],
    settledCounter: BigInt(welcome.settled.counter),
    settledDigest: welcome.settled.digest,
    forkedAtSeq: welcome.forkedAt === undefined ? undefined : BigInt(welcome.forkedAt),
  };
  let isLast = false;
  // What a delta is made of, and it itself, are let go of before it is sent: its reader may never take it.
  let ready: PullResponse | undefined;
  const prepare = (): boolean | Promise<boolean> => {
    const message = session.next(clock.nowMs());
    if (message?.type !== 'delta') return false;
    device?.told(message);
    database.statistics.told(message);
    isLast = message.checkpoint !== undefined;
    const rows = encoder.rows(message);
    const told = { ...message, deltas: [] };
    const beside = first;
    const take = (sealed: WireRows) => {
      ready = { delta: deltaToWire(told, sealed), ...beside };
      return true;
    };
    first = {
      fromScratch: false,
      scopes: [],
      settledCounter: 0n,
      settledDigest: new Uint8Array(0),
      forkedAtSeq: undefined,
    };
    return rows instanceof Promise ? rows.then(take) : take(rows);
  };
  const taken = (): PullResponse => {
    const response = ready!;
    ready = undefined;
    return response;
  };
  while (!isLast) {
    if (!(await context.bulkTurns.turn(() => !closed.aborted && prepare()))) return;
    yield taken();
  }
}

async function push(
  context: ServerContext,
  bytes: Uint8Array,
  call: AnyCall,
): Promise<PushResponse> {
  const identity = await identify(context, call);
  const name = databaseInPush(bytes);
  const database = databaseOf(context, identity, name, 'handshake.database');
  const { schema, limits } = database;
  const { heapBytes } = lookAtPush(schema, limits, bytes);
  const pushed = { bytes: bytes.length, heapBytes };
  const place = await enter(context.admission.receiving, database, pushed, () => abortOnEnd(call));
  try {
    const request = decodeMessage(PushRequest, bytes);
    return await answered({ context, call, database, identity }, request, place);
  } finally {
    place.leave();
  }
}

/** Whose call it is, and what it is about. */
interface Caller {
  readonly context: ServerContext;
  readonly call: AnyCall;
  readonly database: Database;
  readonly identity: Identity;
}

async function answered(
  caller: Caller,
  request: PushRequest,
  { room }: Place,
): Promise<PushResponse> {
  const { database, identity } = caller;
  const { schema, limits } = database;
  const { compressors } = caller.context;
  const keyOf = readableKeys(database.source.state, identity);
  const reading = { schema, limits, compressors, keyOf };
  const { handshake, transactions, refuseUnfit } = pushFromWire(request, reading);
  const device = greeted(caller, handshake);
  const pusher = pusherOf(handshake, identity, identity.relay);
  for (const [index, { replica }] of transactions.entries()) {
    checkWriter(pusher, replica, `transactions[${index}]`);
  }
  const outcomes = await ordered(database, transactions, { identity, refuseUnfit }, room);
  device?.settled(outcomes);
  const reader = { replicas: pusher.replicas, scopes: identity.readScopes };
  const told = new Redaction(schema, reader).ofOutcomes(outcomes);
  return { outcomes: told.map(outcomeToWire), headSeq: BigInt(database.source.state.head) };
}

/** Checks a handshake of a push, and takes note of its device. */
function greeted(
  { context, call, database, identity }: Caller,
  handshake: Handshake,
): DeviceCall | undefined {
  const greeting = { handshake, identity, relay: false };
  const { devices, schema, limits } = database;
  devices.greets(greeting, () => {
    checkHandshake(handshake, schema, limits);
    checkReplicaGrant(identity, handshake.replica);
  });
  const device = devices.called(greeting);
  context.meter.whenOver(call, ({ bytesIn, bytesOut }) => device?.over(bytesIn, bytesOut));
  return device;
}

/** Who pushes, and what he wants of what can never be ordered: a refusal, or an error. */
interface Asked {
  readonly identity: Identity;
  readonly refuseUnfit: boolean;
}

async function ordered(
  database: Database,
  transactions: readonly Transaction[],
  { identity, refuseUnfit }: Asked,
  room: Place['room'],
): Promise<Outcome[]> {
  const { schema, limits } = database;
  const prepare = refuseUnfit ? preparedOrUnfit : preparationSteps;
  const prepared: PreparedTransaction[] = [];
  for (const [index, transaction] of transactions.entries()) {
    const steps = prepare(schema, limits, transaction, `transactions[${index}]`);
    prepared.push(await inTurns(steps));
  }
  const lines = new PushLines();
  return allEnded(
    prepared.map((one, index) =>
      database.submit(one, identity, lines, room).catch((error: unknown) => {
        throw withFields(error, (field) => `transactions[${index}].${field}`);
      }),
    ),
  );
}

/** A part of a transaction; with the last one the transaction is pushed. */
async function pushPart(
  context: ServerContext,
  request: PushPartRequest,
  call: AnyCall,
): Promise<PushPartResponse> {
  const identity = await identify(context, call);
  const { handshake, part, refuseUnfit } = pushPartFromWire(request);
  const database = databaseOf(context, identity, handshake.database, 'handshake.database');
  const device = greeted({ context, call, database, identity }, handshake);
  const { schema, limits } = database;
  const pusher = pusherOf(handshake, identity, identity.relay);
  checkWriter(pusher, part.replica, 'part');
  if (refuseUnfit) checkPartForm(part, limits, 'part');
  else checkPart(part, limits, 'part');
  const settled = database.source.settledAs(part);
  const { receivedBytes, outcome } =
    settled === undefined
      ? await taken(context, database, part, { identity, refuseUnfit }, abortOnEnd(call))
      : { receivedBytes: part.totalBytes, outcome: await inTurns(settled) };
  if (outcome === undefined) return { receivedBytes: BigInt(receivedBytes), outcome };
  device?.settled([outcome]);
  const reader = { replicas: pusher.replicas, scopes: identity.readScopes };
  const told = new Redaction(schema, reader).ofOutcomes([outcome]);
  return { receivedBytes: BigInt(receivedBytes), outcome: outcomeToWire(told[0]!) };
}

/** What there is with this part; where that is all, the outcome. */
async function taken(
  { clock }: ServerContext,
  database: Database,
  part: TransactionPart,
  { identity, refuseUnfit }: Asked,
  left: AbortSignal,
): Promise<{ readonly receivedBytes: number; readonly outcome: Outcome | undefined }> {
  const { source, large, limits } = database;
  const tooLarge = tooLargeInParts(part, limits, 'part');
  if (tooLarge !== undefined) {
    const refused = refusedUnseen(part, tooLarge, limits);
    const outcome = await database.submit(refused, identity, new PushLines());
    return { receivedBytes: part.totalBytes, outcome };
  }
  const { receivedBytes, whole } = source.parts.take(part, 'part', clock.nowMs());
  if (whole === undefined) return { receivedBytes, outcome: undefined };
  const transaction = new WholeTransaction(source, part, whole, 'part', { refuseUnfit });
  const outcome = await large.order(transaction, identity, left);
  source.parts.drop(part.replica, part.counter);
  return { receivedBytes, outcome };
}
