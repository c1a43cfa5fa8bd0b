import { expect, test } from 'vitest';
import { ChainChecks } from '../../src/replica/chain-checks.ts';
import { LeftChains } from '../../src/replica/left-chains.ts';

function chainOf(first: number, ...checks: number[]): ChainChecks {
  const chain = new ChainChecks(1 << 20);
  for (const [index, check] of checks.entries()) chain.note(first + index, check);
  return chain;
}

test('what a copy had from the first other commit on is known as left', () => {
  const left = new LeftChains();
  left.leave(chainOf(1, 11, 12, 13, 14), chainOf(1, 11, 12, 23, 24, 25));
  expect([12, 13, 14, 15].map((check, index) => left.has(index + 2, check))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect([left.has(3, 23), left.has(4, 13), left.has(0, 0)]).toEqual([false, false, false]);
  expect(left.pieces).toEqual([{ first: 3, checks: Uint32Array.of(13, 14) }]);
});

test('nothing is left where the same history went on, or nobody can tell', () => {
  const left = new LeftChains();
  left.leave(chainOf(1, 11, 12), chainOf(1, 11, 12, 13));
  left.leave(chainOf(1, 11, 12), chainOf(3, 23, 24));
  left.leave(chainOf(1), chainOf(1, 11));
  expect(left.pieces).toEqual([]);
});

test('it comes back of what is stored', () => {
  const [left, again] = [new LeftChains(), new LeftChains()];
  left.leave(chainOf(1, 11, 12), chainOf(1, 21));
  left.leave(chainOf(1, 21, 22), chainOf(1, 31));
  for (const piece of left.pieces) again.add(piece);
  expect(again.pieces).toEqual(left.pieces);
  expect([again.has(2, 12), again.has(2, 22), again.has(1, 31)]).toEqual([true, true, false]);
});

test('[I13] the newest of many are known: histories, and commits of each', () => {
  const left = new LeftChains();
  for (let history = 1; history <= 9; history++) {
    left.leave(chainOf(1, history), chainOf(1, history + 1));
  }
  expect([1, 2, 9].map((check) => left.has(1, check))).toEqual([false, true, true]);
  const long = 1 << 14;
  const before = chainOf(1, ...Array.from({ length: long + 1 }, (_, index) => index + 100));
  left.leave(before, chainOf(1, 1));
  expect([left.has(1, 100), left.has(2, 101), left.has(long + 1, long + 100)]).toEqual([
    false,
    true,
    true,
  ]);
});
