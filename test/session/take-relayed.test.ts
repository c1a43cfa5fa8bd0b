import { expect, test } from 'vitest';
import { takeRelayed } from '../../src/session/take-relayed.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { testReplica } from './support/hosts.ts';
import { transactionOf } from './support/messages.ts';

const countersOf = (replica: ReturnType<typeof testReplica>, writer: string) =>
  replica.queue.of(writer).map(({ transaction }) => transaction.counter);

test('what follows is taken up, and what does not takes the place of the rest, but at a relay', () => {
  for (const relay of [false, true]) {
    const replica = testReplica('p', { relay });
    for (const counter of [1, 2, 7]) {
      expect(takeRelayed(replica, transactionOf('q', counter))).toBe(true);
    }
    expect(countersOf(replica, 'q')).toEqual(relay ? [1, 2] : [7]);
  }
});

test('what a replica wrote itself under a former id stays until a checkpoint covers it', () => {
  const replica = testReplica('p');
  replica.write([putEdit(newsTable, 'a', {})], 0);
  replica.seal();
  replica.takeIdentity(
    [{ replica: 'p', counter: 1, status: 'committed', refusal: undefined, conflicts: 0 }],
    Uint8Array.of(1, 2, 3, 4),
  );
  expect(takeRelayed(replica, transactionOf('p', 9))).toBe(true);
  replica.dropForeign(() => false);
  expect(countersOf(replica, 'p')).toEqual([1]);
});

test('what finds no room is left to the next time, and what is no transaction is an error', () => {
  const replica = testReplica('p', { limits: { queueTransactionsMax: 1 } });
  expect(takeRelayed(replica, transactionOf('q', 1))).toBe(true);
  expect(takeRelayed(replica, transactionOf('q', 2))).toBe(false);
  expect(() => takeRelayed(replica, { ...transactionOf('q', 2), replica: 'a b' })).toThrow(
    expect.objectContaining({ reason: 'BAD_REPLICA_ID' }),
  );
});
