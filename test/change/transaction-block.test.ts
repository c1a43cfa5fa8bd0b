import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ByteWriter, toHex } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { digestOf, encodeTransaction, type Transaction } from '../../src/change/transaction.ts';
import { writeTransactions } from '../../src/change/transaction-block.ts';
import { blockValuesMax, readTransactions } from '../../src/change/transaction-block-reader.ts';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { type Level, Plan } from '../../src/codec/plan.ts';
import { testSchema } from '../support/schema-tables.ts';
import { newsTable, patchEdit, putEdit, simSchema, taskTable } from '../support/sim-schema.ts';
import { transactionLists } from './support/transaction-lists.ts';

function written(transactions: readonly Transaction[], schema = testSchema, level: Level = 'fast') {
  const out = new BlockWriter();
  const summary = writeTransactions(out, schema, defaultLimits, transactions, new Plan(level));
  return { summary, frames: out.frames().map(({ bytes }) => bytes.slice()) };
}

function trip(transactions: readonly Transaction[], schema = testSchema, level?: Level) {
  const { summary, frames } = written(transactions, schema, level);
  const reader = new BlockReader(frames, blockValuesMax(schema, summary));
  return readTransactions(reader, schema, defaultLimits, summary);
}

const sizeOf = (frames: readonly Uint8Array[]) =>
  frames.reduce((sum, { length }) => sum + length, 0);

/** One that puts or patches one row, behind the one before. */
function chained(count: number, changeOf: (at: number) => Partial<Transaction['changes'][0]>) {
  const rest = { base: 7, baseAbsent: false, baseCounter: 0, fields: [], ifMatch: '' };
  const transactions: Transaction[] = [];
  let previousDigest: Uint8Array = new Uint8Array(0);
  for (let at = 0; at < count; at++) {
    const change = { ...rest, ifNoneMatch: false, ...changeOf(at) } as Transaction['changes'][0];
    const stamp = 1_760_000_000_000 * 1_024 + at * 1_024;
    const head = { replica: 'p', counter: at + 1, previousDigest, schemaVersion: 0 };
    const transaction = { ...head, stamp, changes: [change] };
    transactions.push(transaction);
    previousDigest = digestOf(transaction);
  }
  return transactions;
}

describe('transactions by columns', () => {
  it('[P5][P7] come out as they went in, whatever they are, and so with their digests', () => {
    fc.assert(
      fc.property(transactionLists, fc.constantFrom<Level>('fast', 'small'), (list, level) => {
        const back = trip(list, testSchema, level);
        expect(back).toEqual(list);
        expect(back.map(digestOf)).toEqual(list.map(digestOf));
      }),
      { numRuns: 300 },
    );
  });

  it('are told before the block is opened: who wrote them, and how much there is', () => {
    const list = [
      ...chained(3, (at) => putEdit(newsTable, `n${at}`, { text: 'x' })),
      { ...chained(1, () => putEdit(newsTable, 'q', {}))[0]!, replica: 'q', counter: 9 },
      { ...chained(1, () => putEdit(newsTable, 'p', {}))[0]!, counter: 4 },
      { ...chained(1, () => putEdit(newsTable, 'p', {}))[0]!, counter: 6 },
    ];
    const out = new ByteWriter();
    for (const each of list) encodeTransaction(each, out);
    expect(written(list, simSchema).summary).toEqual({
      runs: [
        { replica: 'p', first: 1, count: 3 },
        { replica: 'q', first: 9, count: 1 },
        { replica: 'p', first: 4, count: 1 },
        { replica: 'p', first: 6, count: 1 },
      ],
      changes: 6,
      bytes: out.length,
      digest: expect.any(Uint8Array),
    });
    expect(trip(list, simSchema)).toEqual(list);
  });

  it('have a digest of their own, which no others have', () => {
    const digests = [1, 2, 3].map((count) =>
      written(
        chained(count, (at) => putEdit(newsTable, `n${at}`, {})),
        simSchema,
      ).summary.digest.join(),
    );
    expect(new Set(digests).size).toBe(3);
  });

  it('take less where rows are alike, since nothing is said twice', () => {
    const puts = chained(200, (at) => putEdit(newsTable, `news-${at}`, { text: `text ${at % 9}` }));
    const { summary, frames } = written(puts, simSchema, 'small');
    expect(trip(puts, simSchema, 'small')).toEqual(puts);
    expect(summary.bytes / sizeOf(frames)).toBeGreaterThan(15);
    const patches = chained(200, (at) => patchEdit(taskTable, `task-${at}`, { state: at % 3 }));
    expect(trip(patches, simSchema, 'small')).toEqual(patches);
    const patched = written(patches, simSchema, 'small');
    expect(patched.summary.bytes / sizeOf(patched.frames)).toBeGreaterThan(15);
  });

  it('[P5] name rows by their numbers where these are known, and are the same transactions', () => {
    const keys = chained(200, (at) => putEdit(newsTable, `n${at}`, {})).map((each) =>
      toHex(digestOf(each)),
    );
    const patches = chained(200, (at) => patchEdit(taskTable, keys[at]!, { state: at % 3 }));
    // Every seventh is not known here.
    const numberOf = (_: string, key: string) => {
      const number = keys.indexOf(key);
      return number % 7 === 0 ? undefined : number;
    };
    const out = new BlockWriter();
    const summary = writeTransactions(
      out,
      simSchema,
      defaultLimits,
      patches,
      new Plan('small'),
      numberOf,
    );
    const frames = out.frames().map(({ bytes }) => bytes.slice());
    expect(sizeOf(frames)).toBeLessThan(sizeOf(written(patches, simSchema, 'small').frames));
    const read = (keyOf?: (table: string, number: number) => string | undefined) => {
      const reader = new BlockReader(frames, blockValuesMax(simSchema, summary));
      return readTransactions(reader, simSchema, defaultLimits, summary, keyOf);
    };
    const asked: string[] = [];
    expect(
      read((table, number) => {
        asked.push(table);
        return keys[number];
      }),
    ).toEqual(patches);
    expect(new Set(asked)).toEqual(new Set([taskTable.name]));
    // Who knows other rows by these numbers, or none, has not these transactions.
    expect(() => read((_, number) => keys[(number + 1) % keys.length])).toThrow(
      'digest is of other transactions',
    );
    expect(() => read(() => undefined)).toThrow('no key that is known here');
    expect(() => read()).toThrow('no key that is known here');
  });

  it('need 16 bytes for a chain that breaks, and none for one that goes on', () => {
    const list = chained(9, (at) => putEdit(newsTable, `n${at}`, {}));
    const broken = list.map((each, at) =>
      at === 8
        ? { ...each, previousDigest: Uint8Array.from({ length: 16 }, (_, i) => i * 7) }
        : each,
    );
    expect(trip(broken, simSchema)).toEqual(broken);
    const more =
      sizeOf(written(broken, simSchema).frames) - sizeOf(written(list, simSchema).frames);
    expect(more).toBeGreaterThan(15);
    expect(more).toBeLessThan(40);
  });

  it('keep rows as they were encoded where their cells would be encoded otherwise', () => {
    const put = putEdit(newsTable, 'n', { text: 'x' });
    // The text comes once more, in place of the first.
    const twice = Uint8Array.of(...put.row, ...put.row);
    const unknown = Uint8Array.of(...put.row, 0xf8, 0x07, 1);
    const list = [put.row, twice, unknown, Uint8Array.of(0xff)].flatMap((row) =>
      chained(1, () => ({ ...put, row })),
    );
    expect(trip(list, simSchema)).toEqual(list);
  });

  test('that have no changes are some all the same', () => {
    const none = chained(2, () => putEdit(newsTable, 'n', {})).map((each) => ({
      ...each,
      changes: [],
    }));
    expect(trip(none)).toEqual(none);
  });
});
