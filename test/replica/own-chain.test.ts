import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { digestOf } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { OwnChain } from '../../src/replica/own-chain.ts';
import { TentativeQueue } from '../../src/replica/tentative-queue.ts';
import { itemTable, modelSchema, put, transaction } from '../support/model-schema.ts';

const none = new Uint8Array(0);

/** A chain of so many transactions in the queue, behind `before` that are settled. */
function chainOf(count: number, before = 0, digest: Uint8Array = none) {
  const queue = new TentativeQueue(99);
  const chain = new OwnChain('ann', queue, { counter: before, stamp: 0, digest, own: [] });
  for (let counter = before + 1; counter <= before + count; counter++) {
    const next = transaction('ann', counter, [put(itemTable, `i${counter}`, {})]);
    queue.add(prepareTransaction(modelSchema, defaultLimits, next, 't'));
    chain.wrote(counter, counter);
  }
  return { queue, chain };
}

test('sealing gives each transaction the digest of the one before, once', () => {
  const { queue, chain } = chainOf(3, 4, Uint8Array.of(4));
  expect([chain.counter, chain.stamp, chain.sealed]).toEqual([7, 7, 4]);
  chain.seal();
  const sealed = queue.of('ann').map(({ transaction: one }) => one);
  expect(sealed.map(({ previousDigest }) => previousDigest)).toEqual([
    Uint8Array.of(4),
    digestOf(sealed[0]!),
    digestOf(sealed[1]!),
  ]);
  chain.seal();
  expect(queue.of('ann').map(({ transaction: one }) => one)).toEqual(sealed);
  expect(chain.sealed).toBe(7);
});

test('[I2] it agrees with just the positions that are its own', () => {
  const digest = Uint8Array.of(4);
  const { queue, chain } = chainOf(2, 4, digest);
  const at = (counter: number) => digestOf(queue.of('ann')[counter - 5]!.transaction);
  expect(chain.agrees({ counter: 5, digest: at(5) })).toBe(false);
  chain.seal();
  expect(chain.agrees({ counter: 5, digest: at(5) })).toBe(true);
  expect(chain.agrees({ counter: 6, digest: at(5) })).toBe(false);
  expect(chain.agrees({ counter: 7, digest: at(6) })).toBe(false);
  expect(chain.agrees({ counter: 4, digest })).toBe(true);
  expect(chain.agrees({ counter: 4, digest: none })).toBe(false);
  // A server that is behind: that part was compared when it was settled.
  expect(chain.agrees({ counter: 3, digest: none })).toBe(true);
});

test('[I2] what is settled stays comparable when it has left the queue, and never goes back', () => {
  const { queue, chain } = chainOf(2);
  chain.seal();
  const digest = digestOf(queue.of('ann')[1]!.transaction);
  chain.settle({ counter: 2, digest });
  chain.settle({ counter: 1, digest: none });
  queue.settle('ann', 2);
  expect(chain.agrees({ counter: 2, digest })).toBe(true);
  expect(chain.agrees({ counter: 2, digest: none })).toBe(false);
});

test('before the first transaction it agrees with nothing settled, and with nothing else', () => {
  const chain = new OwnChain('ann', new TentativeQueue(1));
  expect(chain.agrees({ counter: 0, digest: none })).toBe(true);
  expect(chain.agrees({ counter: 1, digest: Uint8Array.of(1) })).toBe(false);
});
