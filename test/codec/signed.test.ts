import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import { readSigned, writeSigned } from '../../src/codec/signed.ts';
import { safeInteger } from './contract/columns.ts';

function bytesOf(value: number): Uint8Array {
  const out = new ByteWriter();
  writeSigned(out, value);
  return out.finish();
}

test('safe integers of either sign come back', () => {
  fc.assert(
    fc.property(safeInteger, (value) => {
      const reader = new ByteReader(bytesOf(value), 'test');
      expect(readSigned(reader)).toBe(value);
      expect(reader.done).toBe(true);
    }),
  );
});

test.each([
  [0, [0]],
  [-1, [1]],
  [1, [2]],
  [-64, [127]],
  [64, [128, 1]],
])('%d is a sint64 of Protocol Buffers', (value, bytes) => {
  expect([...bytesOf(value)]).toEqual(bytes);
});

test.each([2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)])('%d is refused', (value) => {
  const out = new ByteWriter();
  out.varint64((value << 1n) ^ (value >> 63n));
  expect(() => readSigned(new ByteReader(out.finish(), 'test'))).toThrow('out of range');
});
