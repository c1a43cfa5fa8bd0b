import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { decodeStoragePointer, encodeStoragePointer } from '../../src/client/storage-pointer.ts';

const pointers = fc.record({
  generation: fc.maxSafeNat(),
  logId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => new Uint8Array(id)),
});
const malformed = expect.objectContaining({ code: Code.dataLoss, reason: 'MALFORMED_BYTES' });

test('a pointer is decoded as it was', () => {
  fc.assert(
    fc.property(pointers, (pointer) => {
      expect(decodeStoragePointer(encodeStoragePointer(pointer))).toEqual(pointer);
    }),
  );
});

test('a pointer of version 1 can be read, and is still written so', () => {
  const fixture = join(import.meta.dirname, '../fixtures/journal-1.json');
  const { pointer } = JSON.parse(readFileSync(fixture, 'utf8')) as { pointer: string };
  const written = new Uint8Array(Buffer.from(pointer, 'hex'));
  const said = { generation: 300, logId: new Uint8Array(16).fill(7) };
  expect(decodeStoragePointer(written)).toEqual(said);
  expect(encodeStoragePointer(said)).toEqual(written);
});

test('[I9] a pointer that is cut or has more behind it is refused', () => {
  fc.assert(
    fc.property(pointers, fc.nat(), (pointer, cut) => {
      const whole = encodeStoragePointer(pointer);
      expect(() => decodeStoragePointer(whole.subarray(0, cut % whole.length))).toThrow(malformed);
      expect(() => decodeStoragePointer(Uint8Array.from([...whole, 0]))).toThrow(malformed);
    }),
  );
});

test('[I9] any bytes are a pointer or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (body) => {
      const source = Uint8Array.from([0x53, 0x50, 0x01, ...body]);
      try {
        expect(encodeStoragePointer(decodeStoragePointer(source)).length).toBeLessThanOrEqual(
          source.length,
        );
      } catch (error) {
        expect(error).toEqual(malformed);
      }
    }),
    { numRuns: 1_000 },
  );
});
