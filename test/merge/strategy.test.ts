import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Contender, mergeStrategies } from '../../src/merge/strategy.ts';

const contenders: fc.Arbitrary<Contender> = fc.record({
  stamp: fc.nat({ max: 3 }),
  replica: fc.constantFrom('ann', 'bob'),
  counter: fc.nat({ max: 2 }),
});

const at = (stamp: number, replica: string, counter: number) => ({ stamp, replica, counter });

test('server wins, client wins', () => {
  fc.assert(
    fc.property(contenders, contenders, (local, remote) => {
      expect(mergeStrategies['server-wins'](local, remote)).toBe('remote');
      expect(mergeStrategies['client-wins'](local, remote)).toBe('local');
    }),
  );
});

describe('[P11] the last write wins', () => {
  const lastWriteWins = mergeStrategies['last-write-wins'];

  test.each([
    ['the later stamp', at(2, 'ann', 1), at(1, 'bob', 9), 'local'],
    ['of equal stamps the higher replica', at(2, 'ann', 9), at(2, 'bob', 1), 'remote'],
    ['of one replica the higher counter', at(2, 'ann', 3), at(2, 'ann', 0), 'local'],
    ['the later stamp, though it came first', at(1, 'bob', 9), at(2, 'ann', 1), 'remote'],
    [
      'of equal stamps the higher replica, though it came last',
      at(2, 'bob', 1),
      at(2, 'ann', 9),
      'local',
    ],
    [
      'of one replica the higher counter, though it came first',
      at(2, 'ann', 1),
      at(2, 'ann', 2),
      'remote',
    ],
  ] as const)('by %s', (_what, local, remote, winner) => {
    expect(lastWriteWins(local, remote)).toBe(winner);
  });

  test('whichever comes first', () => {
    fc.assert(
      fc.property(contenders, contenders, (one, other) => {
        fc.pre(
          one.stamp !== other.stamp ||
            one.replica !== other.replica ||
            one.counter !== other.counter,
        );
        const forward = lastWriteWins(one, other) === 'local' ? one : other;
        const backward = lastWriteWins(other, one) === 'local' ? other : one;
        expect(forward).toBe(backward);
      }),
    );
  });
});
