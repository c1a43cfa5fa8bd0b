import type * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Transaction } from '../change/transaction.ts';
import type {
  ClientMessage,
  Handshake,
  Hello,
  ServerMessage,
  Subscription,
} from '../session/messages.ts';
import { copyOf } from './byte-views.ts';
import { required } from './checks.ts';
import { deltaToWire, receivedDelta } from './delta.ts';
import type { Reading, WireRows } from './delta-rows.ts';
import { handshakeFromWire, handshakeToWire } from './handshake.ts';
import { partFromWire, partResultFromWire, partResultToWire, partToWire } from './parts.ts';
import { pushResultFromWire, pushResultToWire } from './push-results.ts';
import { subscriptionFromWire, subscriptionToWire } from './subscription.ts';
import { type ColumnReading, columnsFromWire } from './transaction-columns.ts';
import { transactionsFromWire, transactionToWire } from './transactions.ts';
import { welcomeFromWire, welcomeToWire } from './welcome.ts';

export function helloToWire(hello: Hello): pb.Hello {
  return {
    handshake: handshakeToWire(hello.handshake),
    subscription: subscriptionToWire(hello.subscription),
    relay: hello.relay,
    chainKnown: hello.chainKnown ?? false,
    refuseUnfit: hello.refuseUnfit ?? false,
    outcomeRuns: hello.outcomeRuns ?? false,
    ownRows: hello.ownRows ?? false,
  };
}

/** INVALID_ARGUMENT names the field under `path`. */
export function helloFromWire(message: pb.Hello, path: string): Hello {
  return {
    type: 'hello',
    handshake: handshakeFromWire(message.handshake, `${path}.handshake`),
    subscription: subscriptionFromWire(message.subscription, `${path}.subscription`),
    relay: message.relay,
    chainKnown: message.chainKnown,
    refuseUnfit: message.refuseUnfit,
    outcomeRuns: message.outcomeRuns,
    ownRows: message.ownRows,
  };
}

/** A message of the client's side of a Sync stream. */
export function clientMessageToWire(message: ClientMessage): pb.SyncRequest {
  switch (message.type) {
    case 'hello':
      return { body: { $case: 'hello', value: helloToWire(message) } };
    case 'push': {
      const transactions = message.transactions.map(transactionToWire);
      return pushToWire({ transactions, columns: undefined });
    }
    case 'ack':
      return { body: { $case: 'ack', value: { cursor: message.cursor } } };
    case 'probe':
      return { body: { $case: 'probe', value: { number: message.number } } };
    case 'part':
      return { body: { $case: 'part', value: partToWire(message) } };
  }
}

/** A push of transactions by columns. */
export function columnPushToWire(columns: pb.TransactionColumns): pb.SyncRequest {
  return pushToWire({ transactions: [], columns });
}

function pushToWire(value: pb.TransactionBatch): pb.SyncRequest {
  return { body: { $case: 'push', value } };
}

/** The transactions of a push, by columns or not. */
function pushedFromWire(
  { transactions, columns }: Pick<pb.TransactionBatch, 'transactions' | 'columns'>,
  path: string,
  reading: ColumnReading | undefined,
): Transaction[] {
  if (columns === undefined) return transactionsFromWire(transactions, `${path}transactions`);
  if (reading === undefined || transactions.length > 0) {
    const description = 'stand in the place of transactions, in a push';
    throw invalidField(`${path}columns`, 'MALFORMED_COLUMNS', description);
  }
  return columnsFromWire(columns, reading, `${path}columns`);
}

/**
 * What a client said on a Sync stream, its bytes copied. INVALID_ARGUMENT names the field by its path from the
 * request, such as `push.transactions[2].changes[0].operation`; MISSING_FIELD `body` where it says nothing known. Columns are
 * read with `reading`.
 */
export function clientMessageFromWire(
  request: pb.SyncRequest,
  reading?: ColumnReading,
): ClientMessage {
  const body = required(request.body, 'body');
  switch (body.$case) {
    case 'hello':
      return helloFromWire(body.value, 'hello');
    case 'push':
      return { type: 'push', transactions: pushedFromWire(body.value, 'push.', reading) };
    case 'ack':
      return { type: 'ack', cursor: copyOf(body.value.cursor) };
    case 'probe':
      return { type: 'probe', number: body.value.number };
    case 'part':
      return partFromWire(body.value, 'part');
  }
}

/** A message of the server's side of a Sync stream; `rows` are those of a Delta, in the encoding that was agreed on. */
export function serverMessageToWire(message: ServerMessage, rows: WireRows): pb.SyncResponse {
  switch (message.type) {
    case 'welcome':
      return { body: { $case: 'welcome', value: welcomeToWire(message) } };
    case 'delta':
      return { body: { $case: 'delta', value: deltaToWire(message, rows) } };
    case 'push-result':
      return { body: { $case: 'pushResult', value: pushResultToWire(message) } };
    case 'relayed': {
      const transactions = message.transactions.map(transactionToWire);
      return { body: { $case: 'relayed', value: { transactions, columns: undefined } } };
    }
    case 'part-result':
      return { body: { $case: 'partResult', value: partResultToWire(message) } };
  }
}

/**
 * What a server said on a Sync stream; the rows of a delta are views of the message or of one buffer, all other
 * bytes copies. A delta whose rows came packed or by columns and cannot be read says so in `unreadable`. DATA_LOSS names the field by its path from the response: a server that cannot be understood is no
 * fault of the caller's.
 */
export function serverMessageFromWire(response: pb.SyncResponse, reading: Reading): ServerMessage {
  return ofServer(() => {
    const body = required(response.body, 'body');
    switch (body.$case) {
      case 'welcome':
        return welcomeFromWire(body.value, 'welcome');
      case 'delta':
        return receivedDelta(body.value, reading, 'delta', ofServerError);
      case 'pushResult':
        return pushResultFromWire(body.value, reading.limits, 'push_result');
      case 'relayed': {
        const transactions = transactionsFromWire(body.value.transactions, 'relayed.transactions');
        return { type: 'relayed', transactions };
      }
      case 'partResult':
        return partResultFromWire(body.value, 'part_result');
    }
  });
}

function ofServer<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof SyncError ? ofServerError(error) : error;
  }
}

/** INTERNAL where it is no error of this package's: bytes that a reader should have refused. */
function ofServerError(cause: unknown): SyncError {
  if (!(cause instanceof SyncError)) {
    const message = 'rows of the server could not be read';
    return new SyncError(Code.internal, 'INTERNAL', message, { cause });
  }
  if (cause.code !== Code.invalidArgument) return cause;
  const { reason, message, fields } = cause;
  return new SyncError(Code.dataLoss, reason, `the server sent what cannot be: ${message}`, {
    fields,
  });
}

/** What a Pull asks for. INVALID_ARGUMENT names the field. */
export function pullFromWire(request: pb.PullRequest): {
  handshake: Handshake;
  subscription: Subscription;
} {
  return {
    handshake: handshakeFromWire(request.handshake, 'handshake'),
    subscription: subscriptionFromWire(request.subscription, 'subscription'),
  };
}

/** What a Push brings, its bytes copied. INVALID_ARGUMENT names the field. */
export function pushFromWire(
  request: pb.PushRequest,
  reading?: ColumnReading,
): {
  handshake: Handshake;
  transactions: Transaction[];
  refuseUnfit: boolean;
} {
  return {
    handshake: handshakeFromWire(request.handshake, 'handshake'),
    refuseUnfit: request.refuseUnfit,
    transactions: pushedFromWire(request, '', reading),
  };
}
