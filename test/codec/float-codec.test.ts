import { expect, test } from 'vitest';
import { canonical } from '../../src/codec/float-codec.ts';

test('every NaN becomes the one, and all else stays as it is', () => {
  const odd = new Float64Array(new BigUint64Array([0xfff0_0000_0000_0001n]).buffer)[0]!;
  const bits = new BigUint64Array(new Float64Array([canonical(odd)]).buffer)[0];
  expect(bits).toBe(0x7ff8_0000_0000_0000n);
  for (const value of [0, -0, 1.5, Number.NEGATIVE_INFINITY]) expect(canonical(value)).toBe(value);
});
