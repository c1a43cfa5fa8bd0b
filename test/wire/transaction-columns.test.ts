import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { TransactionColumns } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import { createCompressors } from '../../src/wire/compressor.ts';
import { decodeMessage } from '../../src/wire/decode-message.ts';
import {
  columnsFromWire,
  columnsToWire,
  plainColumnsToWire,
  runFromWire,
  runToWire,
} from '../../src/wire/transaction-columns.ts';
import { transactionOf } from '../session/support/messages.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { newsTable, putEdit, simSchema } from '../support/sim-schema.ts';

const compressors = createCompressors();
const reading = { schema: simSchema, limits: defaultLimits, compressors };
const list: Transaction[] = [];
for (let counter = 1; counter <= 60; counter++) {
  const text = `no. ${counter} of many`;
  const next = transactionOf('p', counter, putEdit(newsTable, `n${counter}`, { text }));
  const last = list.at(-1);
  list.push(last === undefined ? next : { ...next, previousDigest: digestOf(last) });
}

function read(columns: TransactionColumns, given: Partial<typeof reading> = {}): Transaction[] {
  const bytes = TransactionColumns.encode(columns).finish();
  const message = decodeMessage(TransactionColumns, bytes);
  return columnsFromWire(message, { ...reading, ...given }, 'push.columns');
}

describe('transactions by columns', () => {
  it.each(['none', 'zstd', 'deflate'] as const)(
    '[P5] come out as they went in: %s',
    async (name) => {
      const columns = await columnsToWire(list, simSchema, defaultLimits, name);
      expect(read(columns!)).toEqual(list);
      expect(columns).toMatchObject({
        runs: [{ replicaId: 'p', firstCounter: 1n, count: 60 }],
        changes: 60,
      });
      expect(columns!.canonicalBytes / columns!.block.length).toBeGreaterThan(
        name === 'none' ? 3 : 6,
      );
    },
  );

  it('are the same at once, where they are not compressed', async () => {
    const columns = plainColumnsToWire(list, simSchema, defaultLimits);
    expect(columns).toEqual(await columnsToWire(list, simSchema, defaultLimits, 'none'));
  });

  it('are none where rows are smaller', async () => {
    const noise = Uint8Array.from({ length: 40 }, (_, at) => (at * 97) % 251);
    const one = { ...transactionOf('p', 1), previousDigest: noise };
    expect(plainColumnsToWire([one], simSchema, defaultLimits)).toBeUndefined();
    expect(await columnsToWire([one], simSchema, defaultLimits, 'zstd')).toBeUndefined();
  });
});

describe('columns of a client', () => {
  const columns = plainColumnsToWire(list, simSchema, defaultLimits)!;
  const refused = { reason: 'MALFORMED_COLUMNS', fields: ['push.columns'] };

  it('[I13] that are not what they say are the fault of who sent them', async () => {
    expect(refusalOf(() => read({ ...columns, canonicalBytes: 100 }))).toEqual(refused);
    expect(refusalOf(() => read({ ...columns, digest: new Uint8Array(0) }))).toEqual(refused);
    expect(refusalOf(() => read({ ...columns, runs: [] }))).toEqual(refused);
    const zstd = await columnsToWire(list, simSchema, defaultLimits, 'zstd');
    expect(refusalOf(() => read(zstd!, { compressors: [] }))).toEqual(refused);
  });

  it('[I13] that would come to many more bytes than they say are not opened', async () => {
    const text = 'x'.repeat(800_000);
    const large = transactionOf('p', 1, putEdit(newsTable, 'n', { text }));
    const zstd = (await columnsToWire([large], simSchema, defaultLimits, 'zstd'))!;
    expect(zstd.block.length).toBeLessThan(1_000);
    expect(read(zstd)).toEqual([large]);
    expect(refusalOf(() => read({ ...zstd, canonicalBytes: 100_000 }))).toEqual(refused);
  });

  test('[I13] that are damaged are refused, or the same', async () => {
    const zstd = (await columnsToWire(list, simSchema, defaultLimits, 'zstd'))!;
    fc.assert(
      fc.property(fc.constantFrom(columns, zstd), fc.nat(), fc.nat(255), (any, place, byte) => {
        const block = any.block.with(place % any.block.length, byte);
        try {
          expect(read({ ...any, block })).toEqual(list);
        } catch (error) {
          expect(error).toMatchObject({ code: 3, reason: 'MALFORMED_COLUMNS' });
        }
        const cut = any.block.slice(0, place % any.block.length);
        expect(refusalOf(() => read({ ...any, block: cut }))).toEqual(refused);
      }),
      { numRuns: 500 },
    );
  });

  test('have runs of counters that can be', () => {
    const run = { replica: 'p', first: 7, count: 2 };
    expect(runFromWire(runToWire(run), 'runs[0]')).toEqual(run);
    const last = BigInt(Number.MAX_SAFE_INTEGER);
    for (const firstCounter of [0n, last]) {
      expect(refusalOf(() => runFromWire({ ...runToWire(run), firstCounter }, 'runs[0]'))).toEqual({
        reason: 'BAD_COUNTER',
        fields: ['runs[0].first_counter'],
      });
    }
    const most = { ...runToWire(run), firstCounter: last - 2n };
    expect(runFromWire(most, 'runs[0]').first).toBe(Number(last) - 2);
  });
});
