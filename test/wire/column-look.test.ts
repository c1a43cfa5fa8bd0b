import { describe, expect, it } from 'vitest';
import { TransactionColumns } from '../../gen/ts/syncdb/v1/sync.ts';
import { ByteReader } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { ColumnLook, namesInColumns } from '../../src/wire/column-look.ts';
import { simSchema } from '../support/sim-schema.ts';

const limits = { ...defaultLimits, messageBytesMax: 1_000 };
const run = (replicaId: string, firstCounter: bigint, count: number) => ({
  ...{ replicaId, firstCounter, count },
});

/** With its length before it. */
function readerOf(...parts: Parameters<typeof TransactionColumns.fromPartial>[0][]): ByteReader {
  const bytes = parts.flatMap((part) => [
    ...TransactionColumns.encode(TransactionColumns.fromPartial(part)).finish(),
  ]);
  return new ByteReader(Uint8Array.of(bytes.length, ...bytes), 'request');
}

function lookAt(...parts: Parameters<typeof readerOf>): ColumnLook {
  const reader = readerOf(...parts);
  const look = new ColumnLook(limits, 'push.columns');
  look.take(reader, reader.end);
  expect(reader.done).toBe(true);
  return look;
}

const invalid = (reason: string) =>
  expect.objectContaining({
    ...{ code: 3, reason },
    fields: [{ field: 'push.columns', description: expect.any(String) }],
  });

describe('a look at columns', () => {
  it('[I13] counts what they say that they have, and twice what they say twice', () => {
    const said = { runs: [run('p', 1n, 3), run('q', 7n, 2)], changes: 9, canonicalBytes: 100 };
    const look = lookAt(said);
    expect(look.transactions).toBe(5);
    const twice = lookAt(said, said);
    expect(twice.transactions).toBe(10);
    expect(twice.heapBytes(simSchema)).toBe(2 * look.heapBytes(simSchema));
    const more = lookAt({ ...said, changes: 10 });
    expect(more.heapBytes(simSchema) - look.heapBytes(simSchema)).toBeGreaterThan(1_500);
  });

  it('[I13] refuses more bytes than a message may have, and more changes than these can be', () => {
    expect(lookAt({ canonicalBytes: 1_000, changes: 250 }).transactions).toBe(0);
    expect(() => lookAt({ canonicalBytes: 1_001 })).toThrow(invalid('MESSAGE_TOO_LARGE'));
    expect(() => lookAt({ canonicalBytes: 1_000, changes: 251 })).toThrow(
      invalid('MALFORMED_COLUMNS'),
    );
    expect(() => lookAt({ runs: [run('p', 1n, 0)] })).toThrow(invalid('MALFORMED_COLUMNS'));
  });

  it('tells the names of the transactions', () => {
    const reader = readerOf({ runs: [run('p', 2n ** 40n, 2), run('q', 7n, 1)], changes: 3 });
    expect(namesInColumns(reader, reader.end)).toEqual([
      { replica: 'p', counter: 2 ** 40 },
      { replica: 'p', counter: 2 ** 40 + 1 },
      { replica: 'q', counter: 7 },
    ]);
  });
});
