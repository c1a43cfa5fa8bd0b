import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ByteReader,
  ByteWriter,
  bytesEqual,
  compareBytes,
  joinedBytes,
  malformed,
  toHex,
  varintBytes,
} from '../../src/base/bytes.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const safe = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom(
    0,
    127,
    128,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    2 ** 35,
    Number.MAX_SAFE_INTEGER,
  ),
);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const bytes = fc.uint8Array({ maxLength: 40 });

/** One thing that a writer writes and a reader reads. */
const parts = fc.oneof(
  fc.record({ type: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({
    type: fc.constant('fixed32' as const),
    value: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  }),
  fc.record({ type: fc.constant('fixed64' as const), value: uint64 }),
  fc.record({ type: fc.constant('float' as const), value: fc.float() }),
  fc.record({ type: fc.constant('double' as const), value: fc.double() }),
  fc.record({ type: fc.constant('varint' as const), value: safe }),
  fc.record({ type: fc.constant('varint64' as const), value: uint64 }),
  fc.record({
    type: fc.constant('zigzag' as const),
    value: fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }),
  }),
  fc.record({ type: fc.constant('lengthBytes' as const), value: bytes }),
  fc.record({
    type: fc.constant('lengthText' as const),
    value: fc.string({ unit: 'binary', maxLength: 200 }),
  }),
);

type Part = typeof parts extends fc.Arbitrary<infer P> ? P : never;

function write(out: ByteWriter, { type, value }: Part): void {
  (out[type] as (value: unknown) => void).call(out, value);
}

function read(reader: ByteReader, { type }: Part): unknown {
  return (reader[type] as () => unknown).call(reader);
}

describe('a reader', () => {
  test('reads what a writer wrote, and nothing is left', () => {
    fc.assert(
      fc.property(fc.array(parts), fc.integer({ min: 1, max: 64 }), (all, initialBytes) => {
        const out = new ByteWriter(initialBytes);
        for (const part of all) write(out, part);
        const reader = new ByteReader(out.finish(), 'test');
        for (const part of all) expect(read(reader, part)).toEqual(part.value);
        expect(reader.done).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('takes any bytes: it reads them or says DATA_LOSS MALFORMED_BYTES', () => {
    fc.assert(
      fc.property(fc.array(parts), fc.uint8Array({ maxLength: 60 }), (all, hostile) => {
        const reader = new ByteReader(hostile, 'test');
        try {
          for (const part of all) read(reader, part);
          expect(reader.position).toBeLessThanOrEqual(hostile.length);
        } catch (error) {
          expect(error).toBeInstanceOf(SyncError);
          expect(error).toMatchObject({ code: Code.dataLoss, reason: 'MALFORMED_BYTES' });
        }
      }),
      { numRuns: 500 },
    );
  });

  test('keeps within the part of the bytes that it was given', () => {
    const reader = new ByteReader(Uint8Array.of(9, 1, 2, 9), 'test', 1, 3);
    expect([reader.u8(), reader.u8()]).toEqual([1, 2]);
    expect(syncErrorOf(() => reader.u8()).message).toBe('test: the bytes end too early at byte 3');
    expect(syncErrorOf(() => reader.fixed32()).reason).toBe('MALFORMED_BYTES');
  });

  test('reads a view of bytes that do not begin their buffer', () => {
    const whole = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 7);
    expect(new ByteReader(whole.subarray(4), 'test').fixed32()).toBe(1);
  });

  test('hands out bytes as views, not copies', () => {
    const source = Uint8Array.of(2, 5, 6);
    const view = new ByteReader(source, 'test').lengthBytes();
    source[1] = 9;
    expect([...view]).toEqual([9, 6]);
  });

  test.each([
    [
      'a varint that is no safe integer',
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20],
      'varint',
    ],
    ['a varint of nine bytes', [...Array(8).fill(0x80), 0x01], 'varint'],
    ['a varint64 of eleven bytes', [...Array(10).fill(0x80), 0x01], 'varint64'],
    ['a length behind the end', [200, 1], 'lengthBytes'],
    ['a string that is not UTF-8', [2, 0xc3, 0x28], 'lengthText'],
    ['a long string that is not UTF-8', [40, ...Array(39).fill(0x61), 0xff], 'lengthText'],
  ] as const)('refuses %s', (_what, source, method) => {
    const reader = new ByteReader(Uint8Array.from(source), 'test');
    expect(syncErrorOf(() => reader[method]()).reason).toBe('MALFORMED_BYTES');
  });

  test('takes the largest safe integer', () => {
    const out = new ByteWriter();
    out.varint(Number.MAX_SAFE_INTEGER);
    expect(out.length).toBe(8);
    expect(new ByteReader(out.finish(), 'test').varint()).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('a writer', () => {
  test('writes varints as Protocol Buffers do', () => {
    const out = new ByteWriter();
    out.varint(300);
    out.varint64(-1n);
    out.zigzag(-1);
    expect(toHex(out.finish())).toBe(`ac02${'ff'.repeat(9)}0101`);
  });

  test('knows how many bytes a varint takes', () => {
    fc.assert(
      fc.property(safe, (value) => {
        const out = new ByteWriter();
        out.varint(value);
        expect(varintBytes(value)).toBe(out.length);
      }),
    );
  });

  test('closes a part whose length was guessed wrong, either way', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(0, 127, 128, 20_000),
        (inner, expected) => {
          const out = new ByteWriter(8);
          out.u8(7);
          const mark = out.beginLength(expected);
          out.bytes(inner);
          out.endLength(mark);
          out.u8(9);
          const reader = new ByteReader(out.finish(), 'test');
          expect([reader.u8(), [...reader.lengthBytes()], reader.u8()]).toEqual([7, [...inner], 9]);
          expect(reader.done).toBe(true);
        },
      ),
    );
  });

  test('nests such parts', () => {
    const out = new ByteWriter(4);
    const outer = out.beginLength();
    const inner = out.beginLength();
    out.bytes(new Uint8Array(130).fill(1));
    out.endLength(inner);
    out.endLength(outer);
    const reader = new ByteReader(out.finish(), 'test');
    const nested = new ByteReader(reader.lengthBytes(), 'test');
    expect(nested.lengthBytes()).toHaveLength(130);
    expect([nested.done, reader.done]).toEqual([true, true]);
  });

  test('begins anew after reset; what finish gave stays', () => {
    const out = new ByteWriter();
    out.u8(1);
    const first = out.finish();
    out.reset();
    out.u8(2);
    expect([[...first], [...out.peek()], out.length]).toEqual([[1], [2], 1]);
  });
});

test('bytes are equal by content', () => {
  expect(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
});

test('bytes are ordered as Buffer.compare orders them', () => {
  fc.assert(
    fc.property(bytes, bytes, (left, right) => {
      expect(Math.sign(compareBytes(left, right))).toBe(Buffer.compare(left, right));
      expect(compareBytes(left, left.slice())).toBe(0);
    }),
  );
});

test('parts are joined in their order, in bytes of their own', () => {
  const part = Uint8Array.of(1, 2);
  const joined = joinedBytes([part, new Uint8Array(0), Uint8Array.of(3)]);
  const alone = joinedBytes([part]);
  part.fill(9);
  expect([[...joined], [...alone], [...joinedBytes([])]]).toEqual([[1, 2, 3], [1, 2], []]);
});

test('hexadecimal has two digits a byte', () => {
  expect(toHex(Uint8Array.of(0, 10, 255))).toBe('000aff');
});

test('malformed bytes are a DATA_LOSS that names the format', () => {
  expect(malformed('cursor', 'is torn')).toMatchObject({
    code: Code.dataLoss,
    reason: 'MALFORMED_BYTES',
    message: 'cursor: is torn',
    metadata: { format: 'cursor' },
  });
});
