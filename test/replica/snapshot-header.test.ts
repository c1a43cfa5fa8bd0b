import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import {
  readHeader,
  readTrailer,
  type SnapshotHeader,
  writeHeader,
  writeTrailer,
} from '../../src/replica/snapshot-header.ts';

const header: SnapshotHeader = {
  logId: new Uint8Array(16).fill(9),
  seq: 2 ** 41 + 3,
  chain: new Uint8Array(16).fill(5),
  schema: { version: 3, fingerprint: 'f', facts: 'table' },
  tables: [
    { name: 't.Item', slotEnd: 1_000, fields: [1, 2, 900] },
    { name: 't.Note', slotEnd: 0, fields: [] },
  ],
};

function bytesOf(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  write(out);
  return out.finish();
}

const readerOf = (bytes: Uint8Array) => new ByteReader(bytes, 'header');

describe('the header of a snapshot', () => {
  const bytes = bytesOf((out) => writeHeader(header, out));

  test('is read as it was written', () => {
    expect(readHeader(readerOf(bytes))).toEqual(header);
  });

  test('may have sections that are not known here', () => {
    const more = bytesOf((out) => {
      out.varint(99);
      out.lengthText('of a later version');
      out.bytes(bytes);
    });
    expect(readHeader(readerOf(more))).toEqual(header);
  });

  test.each([
    ['where it stands', 1, 'the header says not where it stands'],
    ['a schema', 2, 'the header has no schema'],
    ['tables', 3, 'the header has no schema'],
  ])('without %s is refused', (_, wanted, problem) => {
    const rest = bytesOf((out) => {
      const reader = readerOf(bytes);
      while (!reader.done) {
        const section = reader.varint();
        const body = reader.lengthBytes();
        if (section === wanted) continue;
        out.varint(section);
        out.lengthBytes(body);
      }
    });
    expect(() => readHeader(readerOf(rest))).toThrow(problem);
  });

  test('of a machine that lays numbers out otherwise is refused', () => {
    const other = bytes.slice();
    other.set(other.slice(2, 6).reverse(), 2);
    expect(() => readHeader(readerOf(other))).toThrow('another byte order');
  });

  test('is refused, or read, with any bytes changed', () => {
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1 });
    fc.assert(
      fc.property(changes, fc.nat(bytes.length), (list, length) => {
        const changed = bytes.slice(0, length);
        for (const [at, byte] of list) if (at < length) changed[at] = byte;
        try {
          readHeader(readerOf(changed));
        } catch (error) {
          expect(error).toMatchObject({ reason: 'MALFORMED_BYTES' });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

test('the trailer of a snapshot is read as it was written', () => {
  const trailer = { endSeq: 2 ** 41, blockCount: 3, rowCount: 1_000_000, moveCount: 2 };
  const bytes = bytesOf((out) => writeTrailer(trailer, out));
  expect(readTrailer(readerOf(bytes))).toEqual(trailer);
});
