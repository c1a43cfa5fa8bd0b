import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import {
  PullRequest,
  PushRequest,
  SyncRequest,
  SyncResponse,
} from '../../gen/ts/syncdb/v1/sync.ts';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { ServerMessage } from '../../src/session/messages.ts';
import { createCompressors, createZstd } from '../../src/wire/compressor.ts';
import { decodeMessage } from '../../src/wire/decode-message.ts';
import { handshakeToWire } from '../../src/wire/handshake.ts';
import { subscriptionToWire } from '../../src/wire/subscription.ts';
import {
  clientMessageFromWire,
  clientMessageToWire,
  helloFromWire,
  helloToWire,
  pullFromWire,
  pushFromWire,
  serverMessageFromWire,
  serverMessageToWire,
} from '../../src/wire/sync-messages.ts';
import { transactionToWire } from '../../src/wire/transactions.ts';
import { refusalOf, syncErrorOf } from '../support/schema-errors.ts';
import {
  clientMessages,
  handshakes,
  hellos,
  serverMessages,
  subscriptions,
  transactions,
} from './support/messages.ts';
import { readByOther, writtenByOther } from './support/reflection.ts';
import { wireRows } from './support/wire-rows.ts';

const reading = {
  schema: createSchema([RecordSchema], { limits: defaultLimits }),
  compressors: createCompressors(),
  limits: defaultLimits,
};

function readByClient(bytes: Uint8Array): ServerMessage {
  const response = decodeMessage(SyncResponse, bytes);
  return serverMessageFromWire(response, reading);
}

describe('what a client says', () => {
  test('comes out as it went in', () => {
    fc.assert(
      fc.property(clientMessages, (message) => {
        const bytes = SyncRequest.encode(clientMessageToWire(message)).finish();
        // As gRPC hands it over.
        const request = decodeMessage(SyncRequest, Buffer.from(bytes));
        expect(clientMessageFromWire(request)).toEqual(message);
      }),
      { numRuns: 200 },
    );
  });

  test('[P5] is what the committed protocol documents, as another implementation reads it', () => {
    fc.assert(
      fc.property(clientMessages, (message) => {
        const bytes = SyncRequest.encode(clientMessageToWire(message)).finish();
        const cases = { hello: 'hello', push: 'push', ack: 'ack', probe: 'probe', part: 'part' };
        expect(Object.keys(readByOther('SyncRequest', bytes) as object)).toEqual([
          cases[message.type],
        ]);
        const request = decodeMessage(SyncRequest, writtenByOther('SyncRequest', bytes));
        expect(clientMessageFromWire(request)).toEqual(message);
      }),
      { numRuns: 200 },
    );
  });

  test('keeps nothing of the message that it came in', () => {
    const ack = SyncRequest.encode({
      body: { $case: 'ack', value: { cursor: Uint8Array.of(1, 2) } },
    }).finish();
    const message = clientMessageFromWire(decodeMessage(SyncRequest, ack));
    ack.fill(0);
    expect(message).toEqual({ type: 'ack', cursor: Uint8Array.of(1, 2) });
  });

  test.each<[string, SyncRequest, string, string]>([
    ['nothing', { body: undefined }, 'MISSING_FIELD', 'body'],
    [
      'a hello without a handshake',
      {
        body: {
          $case: 'hello',
          value: {
            relay: false,
            chainKnown: false,
            outcomeRuns: false,
            ownRows: false,
            refuseUnfit: false,
          },
        },
      },
      'MISSING_FIELD',
      'hello.handshake',
    ],
    [
      'a push with a bad change',
      SyncRequest.create({
        body: {
          $case: 'push',
          value: { transactions: [{}, {}, { changes: [{ operation: 9 as never }] }] },
        },
      }),
      'UNKNOWN_ENUM_VALUE',
      'push.transactions[2].changes[0].operation',
    ],
  ])('is refused by its path: %s', (_what, request, reason, field) => {
    expect(refusalOf(() => clientMessageFromWire(request))).toEqual({ reason, fields: [field] });
  });
});

describe('what a server says', () => {
  test.each(['rows', 'packed'] as const)('comes out as it went in, with %s', (encoding) => {
    fc.assert(
      fc.property(serverMessages(encoding), (message) => {
        const response = serverMessageToWire(message, wireRows(message, encoding, createZstd()));
        const bytes = SyncResponse.encode(response).finish();
        expect(readByClient(Buffer.from(bytes))).toEqual(message);
      }),
      { numRuns: 200 },
    );
  });

  test('[P5] is what the committed protocol documents, as another implementation reads it', () => {
    fc.assert(
      fc.property(serverMessages('rows'), (message) => {
        const response = serverMessageToWire(message, wireRows(message, 'rows'));
        const bytes = SyncResponse.encode(response).finish();
        expect(readByClient(writtenByOther('SyncResponse', bytes))).toEqual(message);
      }),
      { numRuns: 200 },
    );
  });

  test('is DATA_LOSS with the path where it cannot be: the caller did nothing wrong', () => {
    const bad = SyncResponse.create({
      body: { $case: 'pushResult', value: { outcomes: [{ status: 1 }, { status: 0 }] } },
    });
    const error = syncErrorOf(() => serverMessageFromWire(bad, reading));
    expect(error).toMatchObject({
      code: Code.dataLoss,
      reason: 'UNKNOWN_ENUM_VALUE',
      fields: [{ field: 'push_result.outcomes[1].status' }],
    });
    const empty = () => serverMessageFromWire({ body: undefined }, reading);
    expect(syncErrorOf(empty)).toMatchObject({ code: Code.dataLoss, reason: 'MISSING_FIELD' });
  });

  describe('with rows that cannot be read', () => {
    const cursor = Uint8Array.of(7);
    const readDelta = (value: object) =>
      serverMessageFromWire(
        SyncResponse.create({ body: { $case: 'delta', value: { cursor, ...value } } }),
        reading,
      );

    test.each<[string, object, string]>([
      ['a damaged batch', { packed: Uint8Array.of(1), packedBytes: 1 }, 'MALFORMED_BYTES'],
      ['a damaged block', { columns: Uint8Array.of(1) }, 'MALFORMED_BYTES'],
      ['a batch of another length', { packed: Uint8Array.of(1), packedBytes: 2 }, 'WRONG_LENGTH'],
    ])('as %s says so: they may come otherwise', (_, value, reason) => {
      expect(readDelta(value)).toMatchObject({
        ...{ type: 'delta', deltas: [], cursor },
        unreadable: { code: Code.dataLoss, reason },
      });
    });

    test('says so too where that is a defect of the reader', () => {
      const broken = { ...reading, limits: undefined as never };
      const response = SyncResponse.create({
        body: { $case: 'delta', value: { columns: Uint8Array.of(1) } },
      });
      expect(serverMessageFromWire(response, broken)).toMatchObject({
        unreadable: { code: Code.internal, reason: 'INTERNAL' },
      });
    });

    test('as plain rows is DATA_LOSS: they come in no other form', () => {
      const error = syncErrorOf(() => readDelta({ changes: [{ type: 0 }] }));
      expect(error.code).toBe(Code.dataLoss);
      expect(error.fields[0]!.field).toMatch(/^delta\.changes\[0\]/);
    });
  });
});

describe('[P20] version and fingerprint of the schema', () => {
  const schemaOf = (read: unknown) => (read as { schema: Record<string, unknown> }).schema;

  test('are in any hello, pull and push', () => {
    fc.assert(
      fc.property(hellos, transactions, (hello, transaction) => {
        const handshake = handshakeToWire(hello.handshake);
        const subscription = subscriptionToWire(hello.subscription);
        const pull = PullRequest.encode({ handshake, subscription }).finish();
        const pushed = [transactionToWire(transaction)];
        const push = PushRequest.encode({
          handshake,
          transactions: pushed,
          refuseUnfit: false,
        }).finish();
        const sync = SyncRequest.encode(clientMessageToWire(hello)).finish();
        const all = [
          readByOther('PullRequest', pull),
          readByOther('PushRequest', push),
          (readByOther('SyncRequest', sync) as { hello: unknown }).hello,
        ];
        for (const read of all) {
          const { version, fingerprint } = schemaOf((read as { handshake: unknown }).handshake);
          expect(version ?? 0).toBe(hello.handshake.schemaVersion);
          expect(fingerprint ?? '').toBe(hello.handshake.schemaFingerprint);
        }
      }),
    );
  });

  test('are asked for in each of them', () => {
    const bare = { ...handshakeToWire(fc.sample(handshakes, 1)[0]!), schema: undefined };
    const subscription = subscriptionToWire(fc.sample(subscriptions, 1)[0]!);
    const hello = {
      handshake: bare,
      subscription,
      relay: false,
      chainKnown: false,
      outcomeRuns: false,
      ownRows: false,
      refuseUnfit: false,
    };
    expect(refusalOf(() => helloFromWire(hello, 'hello')).fields).toEqual([
      'hello.handshake.schema',
    ]);
    const pull = { handshake: bare, subscription };
    expect(refusalOf(() => pullFromWire(pull)).fields).toEqual(['handshake.schema']);
    const push = { handshake: bare, transactions: [], refuseUnfit: false };
    expect(refusalOf(() => pushFromWire(push)).fields).toEqual(['handshake.schema']);
  });
});

test('a hello comes out as it went in', () => {
  fc.assert(
    fc.property(hellos, (hello) => {
      expect(helloFromWire(helloToWire(hello), 'hello')).toEqual(hello);
    }),
  );
});

test('a pull and a push come out as they went in', () => {
  fc.assert(
    fc.property(hellos, transactions, fc.boolean(), (hello, transaction, refuseUnfit) => {
      const { handshake, subscription } = hello;
      const shared = { handshake: handshakeToWire(handshake) };
      const pull = { ...shared, subscription: subscriptionToWire(subscription) };
      expect(pullFromWire(pull)).toEqual({ handshake, subscription });
      const push = { ...shared, transactions: [transactionToWire(transaction)], refuseUnfit };
      const expected = { handshake, transactions: [transaction], refuseUnfit };
      expect(pushFromWire(push)).toEqual(expected);
    }),
  );
});

test('a push is refused by the path of the call', () => {
  const shared = { handshake: handshakeToWire(fc.sample(handshakes, 1)[0]!) };
  const push = PushRequest.create({ ...shared, transactions: [{ changes: [{}] }] });
  expect(refusalOf(() => pushFromWire(push)).fields).toEqual([
    'transactions[0].changes[0].operation',
  ]);
});
