import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { decodeStoragePointer, encodeStoragePointer } from '../../src/client/storage-pointer.ts';

const pointers = fc.record({
  generation: fc.maxSafeNat(),
  logId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => new Uint8Array(id)),
  head: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
});
const malformed = expect.objectContaining({ code: Code.dataLoss, reason: 'MALFORMED_BYTES' });

test('a pointer is decoded as it was', () => {
  fc.assert(
    fc.property(pointers, (pointer) => {
      expect(decodeStoragePointer(encodeStoragePointer(pointer))).toEqual(pointer);
    }),
  );
});

const logId = new Uint8Array(16).fill(7);

test('a pointer of version 1 can be read: its journal has at least its first record', () => {
  expect(decodeStoragePointer(written('journal-1.json'))).toEqual({
    generation: 300,
    logId,
    head: 1,
  });
});

test('a pointer of version 2 can be read, and is still written so', () => {
  const said = { generation: 300, logId, head: 400 };
  expect(decodeStoragePointer(written('pointer-2.json'))).toEqual(said);
  expect(encodeStoragePointer(said)).toEqual(written('pointer-2.json'));
});

test('[I9] a pointer to an empty journal, or of a newer version, is refused', () => {
  const empty = encodeStoragePointer({ generation: 1, logId, head: 0 });
  expect(() => decodeStoragePointer(empty)).toThrow(malformed);
  for (const version of [0, 3]) {
    expect(() => decodeStoragePointer(written('pointer-2.json').with(2, version))).toThrow(
      malformed,
    );
  }
});

function written(name: string): Uint8Array {
  const fixture = join(import.meta.dirname, '../fixtures', name);
  const { pointer } = JSON.parse(readFileSync(fixture, 'utf8')) as { pointer: string };
  return new Uint8Array(Buffer.from(pointer, 'hex'));
}

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
      const source = Uint8Array.from([0x53, 0x50, 0x02, ...body]);
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
