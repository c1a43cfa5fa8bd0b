import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkReplicaId } from '../../src/merge/prepared.ts';
import { nextReplicaId } from '../../src/replica/next-id.ts';

const some = Uint8Array.of(1, 2, 0xab, 0xcd, 0xef);

test('the next id begins like the one before, however often it changes', () => {
  const next = nextReplicaId('phone-7', some);
  expect(next).toBe('phone-7.f0102abcd');
  expect(nextReplicaId(next, Uint8Array.of(0, 0, 0, 1))).toBe('phone-7.f00000001');
});

test('an id that ends in digits of its own keeps them, so that its grant goes on', () => {
  expect(nextReplicaId('phone-1a2b3c4d', some)).toBe('phone-1a2b3c4d.f0102abcd');
});

test('any id is followed by a valid one', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/), (id) => {
      const next = nextReplicaId(id, some);
      expect(() => checkReplicaId(next, 'id')).not.toThrow();
      expect(next.length).toBeLessThanOrEqual(64);
    }),
  );
});
