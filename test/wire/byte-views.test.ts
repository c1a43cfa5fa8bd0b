import { expect, test } from 'vitest';
import { copyOf, plainView } from '../../src/wire/byte-views.ts';

test('a plain view shares the bytes of a Buffer, but copies where it is sliced', () => {
  const buffer = Buffer.from('abcdef').subarray(1, 4);
  const view = plainView(buffer);
  expect(view.constructor).toBe(Uint8Array);
  expect(view.buffer).toBe(buffer.buffer);
  expect([...view]).toEqual([98, 99, 100]);
  expect(view.slice().buffer).not.toBe(buffer.buffer);
});

test('plain bytes are their own view', () => {
  const bytes = Uint8Array.of(1, 2);
  expect(plainView(bytes)).toBe(bytes);
});

test('a copy is plain and keeps its bytes, whatever becomes of the message', () => {
  const buffer = Buffer.from('abc');
  const copy = copyOf(buffer);
  buffer.fill(0);
  expect(copy).toEqual(Uint8Array.of(97, 98, 99));
});
