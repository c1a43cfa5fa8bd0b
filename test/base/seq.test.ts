import fc from 'fast-check';
import { expect, test } from 'vitest';
import { epochMax, epochOf, positionOf, seqOf } from '../../src/base/seq.ts';

test('a seq tells its epoch and its position in the log', () => {
  const epochs = fc.nat(epochMax);
  const positions = fc.integer({ min: 0, max: 2 ** 40 - 1 });
  fc.assert(
    fc.property(epochs, positions, (epoch, position) => {
      const seq = seqOf(epoch, position);
      expect([epochOf(seq), positionOf(seq)]).toEqual([epoch, position]);
      expect(Number.isSafeInteger(seq)).toBe(true);
    }),
  );
});

test('all seqs of an epoch are behind those of the one before', () => {
  expect(seqOf(1, 0)).toBe(seqOf(0, 2 ** 40 - 1) + 1);
  expect(seqOf(epochMax, 2 ** 40 - 1)).toBe(Number.MAX_SAFE_INTEGER);
});
