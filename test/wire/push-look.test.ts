import { describe, expect, test } from 'vitest';
import { Operation, Transaction } from '../../gen/ts/syncdb/v1/data.ts';
import { TransactRequest } from '../../gen/ts/syncdb/v1/data_service.ts';
import { PushRequest, SyncRequest, TransactionColumns } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { decodeMessage } from '../../src/wire/decode-message.ts';
import {
  checkTalk,
  databaseInPush,
  databaseInTransact,
  lookAtPush,
  lookAtSyncRequest,
  lookAtTransact,
  namesInSyncRequest,
} from '../../src/wire/push-look.ts';
import { simSchema } from '../support/sim-schema.ts';

const limits = { ...defaultLimits, pushTransactionsMax: 3, talkBytesMax: 50 };

function transactionOf(replicaId: string, counter: number, changes = 1): Transaction {
  return Transaction.fromPartial({
    replicaId,
    counter: BigInt(counter),
    changes: Array.from({ length: changes }, (_, index) => ({
      operation: Operation.DELETE,
      table: 't.News',
      key: `n${index}`,
    })),
  });
}

const handshake = {
  protocolMin: 1,
  protocolMax: 1,
  database: 'field',
  schema: { version: 1, fingerprint: 'f' },
  replicaId: 'p',
  formerReplicaIds: [],
};
const streamed = (...transactions: Transaction[]) =>
  SyncRequest.encode({ body: { $case: 'push', value: { transactions } } }).finish();
const called = (...transactions: Transaction[]) =>
  PushRequest.encode({ handshake, transactions, refuseUnfit: false }).finish();
const look = (bytes: Uint8Array) => lookAtSyncRequest(simSchema, limits, bytes);
/** A field of a message: its tag and its bytes. */
const part = (field: number, ...bytes: number[]) => [field * 8 + 2, bytes.length, ...bytes];
const malformed = expect.objectContaining({ code: 3, reason: 'MALFORMED_MESSAGE' });

describe('a message of a stream', () => {
  test('that pushes takes as much as all its changes', () => {
    const [one, two] = [
      look(streamed(transactionOf('p', 1)))!,
      look(streamed(transactionOf('p', 1, 2)))!,
    ];
    const more = two.heapBytes - one.heapBytes;
    expect(more).toBeGreaterThan(1_500);
    expect(look(streamed(transactionOf('p', 1, 3), transactionOf('p', 2)))!.heapBytes).toBe(
      2 * one.heapBytes + 2 * more,
    );
  });

  test('that says something else is no push', () => {
    const ack = { $case: 'ack', value: { cursor: new Uint8Array(9) } } as const;
    expect(look(SyncRequest.encode({ body: ack }).finish())).toBeUndefined();
    expect(look(new Uint8Array(0))).toBeUndefined();
    const subscription = {
      ...{ scopes: [], tables: [], encodings: [], compressions: [] },
      ...{ cursor: new Uint8Array(1), shownCursor: new Uint8Array(0) },
      ...{ shownLost: false, level: 0 as const, shortCursors: false, teamCodecs: [] },
    };
    const hello = {
      $case: 'hello',
      value: {
        handshake,
        subscription,
        relay: true,
        chainKnown: false,
        outcomeRuns: false,
        ownRows: false,
        refuseUnfit: false,
      },
    } as const;
    expect(look(SyncRequest.encode({ body: hello }).finish())).toBeUndefined();
    const bytes = new Uint8Array(100);
    const transactionPart = { replicaId: 'p', counter: 1n, digest: new Uint8Array(16), bytes };
    const value = { ...transactionPart, totalBytes: 100n, offset: 0n };
    expect(look(SyncRequest.encode({ body: { $case: 'part', value } }).finish())).toBeUndefined();
    const long = { $case: 'ack', value: { cursor: bytes } } as const;
    expect(() => look(SyncRequest.encode({ body: long }).finish())).toThrow(
      expect.objectContaining({
        code: 3,
        reason: 'MESSAGE_TOO_LARGE',
        fields: [{ field: 'body', description: expect.any(String) }],
      }),
    );
    expect(() => checkTalk(new Uint8Array(51), 50)).toThrow('has 51 bytes');
    checkTalk(new Uint8Array(50), 50);
  });

  test('[I13] that has more transactions than one may have is refused before they are read', () => {
    const transactions = [1, 2, 3, 4].map((counter) => transactionOf('p', counter));
    expect(() => look(streamed(...transactions))).toThrow(
      expect.objectContaining({ code: 3, reason: 'TOO_MANY_TRANSACTIONS' }),
    );
    expect(() => look(streamed())).toThrow(expect.objectContaining({ reason: 'NO_TRANSACTIONS' }));
    // Of several bodies only the last is one, but all of them are read.
    const [two, three] = [
      streamed(...transactions.slice(0, 2)),
      streamed(...transactions.slice(2)),
    ];
    expect(() => look(Uint8Array.of(...two, ...three))).toThrow(
      expect.objectContaining({ reason: 'TOO_MANY_TRANSACTIONS' }),
    );
  });

  test('names its transactions', () => {
    const bytes = streamed(transactionOf('p', 7), transactionOf('q', 2 ** 40));
    expect(namesInSyncRequest(bytes)).toEqual([
      { replica: 'p', counter: 7 },
      { replica: 'q', counter: 2 ** 40 },
    ]);
    expect(() => namesInSyncRequest(streamed(transactionOf('p', 7), transactionOf('', 1)))).toThrow(
      expect.objectContaining({
        reason: 'BAD_REPLICA_ID',
        fields: [{ field: 'push.transactions[1].replica_id', description: expect.any(String) }],
      }),
    );
    expect(() => namesInSyncRequest(streamed(transactionOf('p', 0)))).toThrow(
      expect.objectContaining({ reason: 'BAD_COUNTER' }),
    );
    expect(namesInSyncRequest(Uint8Array.from(part(3, ...part(1, 1, 2))))).toEqual([]);
  });
});

describe('a call', () => {
  test('names its database, and takes as much as its changes', () => {
    const [first, second] = [transactionOf('p', 1, 2), transactionOf('p', 2)];
    const bytes = called(first, second);
    expect(databaseInPush(bytes)).toBe('field');
    expect(lookAtPush(simSchema, limits, bytes)).toEqual(look(streamed(first, second)));
    expect(() =>
      databaseInPush(
        PushRequest.encode({ handshake: undefined, transactions: [], refuseUnfit: false }).finish(),
      ),
    ).toThrow(expect.objectContaining({ code: 3, reason: 'MISSING_FIELD' }));
    expect(() => lookAtPush(simSchema, limits, called())).toThrow(
      expect.objectContaining({ reason: 'NO_TRANSACTIONS' }),
    );
    const { changes } = first;
    const transact = TransactRequest.encode({
      database: 'field',
      requestId: 'r',
      changes,
    }).finish();
    expect(databaseInTransact(transact)).toBe('field');
    expect(databaseInTransact(new Uint8Array(0))).toBe('');
    const rest = lookAtTransact(simSchema, transact).heapBytes;
    expect(rest).toBeGreaterThan(3_000);
    expect(rest).toBeLessThan(look(streamed(first))!.heapBytes);
  });
});

// A decoder leaves a message where a field has no number, and goes on in the middle of it, one level up.
test('[I13] nothing is hidden from the look that a decoder would find', () => {
  const hidden = part(2, ...part(1, ...part(6, 8, 3)));
  const inBodies = [
    part(1, 0, ...hidden),
    part(1, ...part(1, 0, ...hidden)),
    part(1, ...part(1, ...part(4, 0, ...hidden))),
    part(1, ...part(1, ...part(7, 0, ...hidden))),
    part(1, ...part(1, ...part(7, ...part(4, 0, ...hidden)))),
    part(1, ...part(2, 0, ...hidden)),
    part(3, 0, ...hidden),
    part(4, 0, ...hidden),
    part(5, 0, ...hidden),
  ];
  for (const bytes of inBodies) expect(() => look(Uint8Array.from(bytes))).toThrow(malformed);
  const found = decodeMessage(SyncRequest, Uint8Array.from(inBodies.at(-1)!));
  expect(found.body?.$case).toBe('push');
  const inHandshake = part(1, 0, ...hidden);
  const inSchema = part(1, ...part(4, 0, ...hidden));
  expect(() => databaseInPush(Uint8Array.from(inHandshake))).toThrow(malformed);
  expect(() => databaseInPush(Uint8Array.from(inSchema))).toThrow(malformed);
  const inDevice = [part(7, 0, ...hidden), part(7, ...part(4, 0, ...hidden))];
  for (const device of inDevice) {
    expect(() => databaseInPush(Uint8Array.from(part(1, ...device)))).toThrow(malformed);
  }
  const inTransaction = part(2, ...part(1, 0, 1));
  expect(() => look(Uint8Array.from(inTransaction))).toThrow(malformed);
  for (const bytes of [[0x13], [0x12, 9], [0x12, 0x80]]) {
    expect(() => look(Uint8Array.from(bytes))).toThrow(malformed);
    expect(() => namesInSyncRequest(Uint8Array.from(bytes))).toThrow(malformed);
    expect(() => lookAtTransact(simSchema, Uint8Array.from(bytes))).toThrow(malformed);
  }
});

describe('columns', () => {
  const columnsOf = (count: number, changes = count) =>
    TransactionColumns.fromPartial({
      runs: [{ replicaId: 'p', firstCounter: 7n, count }],
      ...{ changes, canonicalBytes: 100 * changes },
    });
  const pushed = (columns: TransactionColumns, ...transactions: Transaction[]) =>
    SyncRequest.encode({ body: { $case: 'push', value: { transactions, columns } } }).finish();
  const asked = (columns: TransactionColumns) =>
    PushRequest.encode({ handshake, transactions: [], refuseUnfit: false, columns }).finish();

  test('[I13] that are pushed take what they say, and are as many transactions as they say', () => {
    const heapBytes = look(pushed(columnsOf(3)))!.heapBytes;
    expect(heapBytes).toBeGreaterThan(3 * 2_500);
    expect(look(pushed(columnsOf(3, 9)))!.heapBytes).toBeGreaterThan(2 * heapBytes);
    expect(lookAtPush(simSchema, limits, asked(columnsOf(3)))).toEqual({ heapBytes });
    const tooMany = expect.objectContaining({ code: 3, reason: 'TOO_MANY_TRANSACTIONS' });
    expect(() => look(pushed(columnsOf(4)))).toThrow(tooMany);
    expect(() => look(pushed(columnsOf(3), transactionOf('p', 1)))).toThrow(tooMany);
    expect(() => lookAtPush(simSchema, limits, asked(columnsOf(4)))).toThrow(tooMany);
  });

  test('[I13] that say more than can be are refused before they are read', () => {
    const much = { ...columnsOf(1), canonicalBytes: limits.messageBytesMax + 1 };
    const refused = (field: string) =>
      expect.objectContaining({
        reason: 'MESSAGE_TOO_LARGE',
        fields: [{ field, description: expect.any(String) }],
      });
    expect(() => look(pushed(much))).toThrow(refused('push.columns'));
    expect(() => lookAtPush(simSchema, limits, asked(much))).toThrow(refused('columns'));
  });

  test('name their transactions', () => {
    expect(namesInSyncRequest(pushed(columnsOf(2)))).toEqual([
      { replica: 'p', counter: 7 },
      { replica: 'p', counter: 8 },
    ]);
  });
});
