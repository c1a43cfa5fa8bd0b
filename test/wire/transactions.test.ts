import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Transaction as TransactionMessage } from '../../gen/ts/syncdb/v1/data.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import {
  decodeTransaction,
  digestOf,
  encodeTransaction,
  type Transaction,
} from '../../src/change/transaction.ts';
import {
  transactionFromWire,
  transactionsFromWire,
  transactionToWire,
} from '../../src/wire/transactions.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { transactions } from './support/messages.ts';
import { writtenByOther } from './support/reflection.ts';

function canonical(transaction: Transaction): Uint8Array {
  const out = new ByteWriter();
  encodeTransaction(transaction, out);
  return out.finish();
}

function onTheWire(transaction: Transaction): Uint8Array {
  return TransactionMessage.encode(transactionToWire(transaction)).finish();
}

test('any transaction comes out as it went in', () => {
  fc.assert(
    fc.property(transactions, (transaction) => {
      const message = TransactionMessage.decode(onTheWire(transaction));
      expect(transactionFromWire(message, 'transaction')).toEqual(transaction);
    }),
  );
});

describe('the canonical encoding, which digests are of', () => {
  test('[P5] is what travels, byte for byte, and what another implementation writes', () => {
    fc.assert(
      fc.property(transactions, (transaction) => {
        const bytes = canonical(transaction);
        expect(onTheWire(transaction)).toEqual(bytes);
        expect(writtenByOther('Transaction', bytes)).toEqual(bytes);
        expect(decodeTransaction(bytes)).toEqual(transaction);
      }),
      { numRuns: 300 },
    );
  });

  test('is the same for a row that came as an Any', () => {
    fc.assert(
      fc.property(transactions, (transaction) => {
        const message = transactionToWire(transaction);
        for (const change of message.changes) {
          if (change.content?.$case !== 'rowBytes') continue;
          const typeUrl = `type.googleapis.com/${change.table}`;
          change.content = { $case: 'row', value: { typeUrl, value: change.content.value } };
        }
        const arrived = transactionFromWire(message, 'transaction');
        expect(digestOf(arrived)).toEqual(digestOf(transaction));
      }),
    );
  });
});

test('all bytes are copies', () => {
  const message = {
    ...TransactionMessage.create(),
    previousDigest: Buffer.from('abcd'),
  };
  const transaction = transactionFromWire(message, 'transaction');
  message.previousDigest.fill(0);
  expect(transaction.previousDigest).toEqual(Uint8Array.of(97, 98, 99, 100));
});

test.each([
  ['counter', { counter: 2n ** 53n }],
  ['stamp', { stamp: 2n ** 64n - 1n }],
])('too large a %s is refused by its path', (field, replaced) => {
  const message = { ...TransactionMessage.create(), ...replaced };
  const list = [TransactionMessage.create(), message];
  expect(refusalOf(() => transactionsFromWire(list, 'push.transactions'))).toEqual({
    reason: 'NUMBER_TOO_LARGE',
    fields: [`push.transactions[1].${field}`],
  });
});

test('a change is refused by its path in the list', () => {
  const message = TransactionMessage.create({ changes: [{ operation: 0 }] });
  expect(refusalOf(() => transactionsFromWire([message], 'transactions')).fields).toEqual([
    'transactions[0].changes[0].operation',
  ]);
});
