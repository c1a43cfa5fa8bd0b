import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';

test('a part of unknown length keeps its bytes, wherever the buffer has to grow', () => {
  const sizes = fc.record({ buffer: fc.nat(40), before: fc.nat(40), expected: fc.nat(400) });
  fc.assert(
    fc.property(sizes, fc.uint8Array({ maxLength: 300 }), (size, part) => {
      const out = new ByteWriter(size.buffer);
      const before = new Uint8Array(size.before).fill(7);
      out.bytes(before);
      const mark = out.beginLength(size.expected);
      out.bytes(part);
      out.endLength(mark);
      out.u8(9);
      const reader = new ByteReader(out.finish(), 'test');
      expect(reader.bytes(size.before)).toEqual(before);
      expect([...reader.lengthBytes()]).toEqual([...part]);
      expect(reader.u8()).toBe(9);
      expect(reader.done).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('a text at the end of a full buffer keeps its bytes', () => {
  for (let room = 0; room < 32; room++) {
    const out = new ByteWriter(room);
    out.lengthText('ࠀࠀ');
    expect(new ByteReader(out.finish(), 'test').lengthText()).toBe('ࠀࠀ');
  }
});
