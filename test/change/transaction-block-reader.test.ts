import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import { writeTransactions } from '../../src/change/transaction-block.ts';
import { blockValuesMax, readTransactions } from '../../src/change/transaction-block-reader.ts';
import type { BlockSummary } from '../../src/change/transaction-marks.ts';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { Plan } from '../../src/codec/plan.ts';
import { anyDamage, damaged } from '../codec/support/block-trip.ts';
import { testSchema } from '../support/schema-tables.ts';
import { deleteEdit, newsTable, patchEdit, putEdit, simSchema } from '../support/sim-schema.ts';
import { transactionLists } from './support/transaction-lists.ts';

const lost = { code: 15, reason: 'MALFORMED_BYTES' };

interface Written {
  readonly summary: BlockSummary;
  readonly frames: readonly Uint8Array[];
}

function written(transactions: readonly Transaction[], schema = simSchema): Written {
  const out = new BlockWriter();
  const summary = writeTransactions(out, schema, defaultLimits, transactions, new Plan('fast'));
  return { summary, frames: out.frames().map(({ bytes }) => bytes.slice()) };
}

function read({ summary, frames }: Written, schema = simSchema): Transaction[] {
  const reader = new BlockReader(frames, blockValuesMax(schema, summary));
  return readTransactions(reader, schema, defaultLimits, summary);
}

/** What was written says of itself something else. */
function refusalOf(block: Written, claims: Partial<BlockSummary>, schema = simSchema): string {
  try {
    read({ ...block, summary: { ...block.summary, ...claims } }, schema);
  } catch (error) {
    expect(error).toMatchObject(lost);
    return (error as Error).message;
  }
  return 'none';
}

const rest = { base: 7, baseAbsent: false, baseCounter: 0 };
const news = [1, 2, 3].map((at) => putEdit(newsTable, `n${at}`, { text: 'x'.repeat(at) }));
const head = { replica: 'p', previousDigest: new Uint8Array(0), stamp: 5, schemaVersion: 0 };
const first: Transaction = { ...head, counter: 1, changes: news.map((e) => ({ ...e, ...rest })) };
const second: Transaction = {
  ...{ ...head, counter: 2, previousDigest: digestOf(first) },
  changes: [{ ...patchEdit(newsTable, 'n1', { likes: 3 }), ...rest, baseCounter: 1 }],
};
const block = written([first, second]);
const { summary } = block;

describe('a block of transactions', () => {
  it('[P5] is of no more and no less than it was said to be', () => {
    expect(read(block)).toEqual([first, second]);
    const { runs, changes, bytes } = summary;
    expect(refusalOf(block, { changes: changes + 1 })).toContain('not as many changes');
    expect(refusalOf(block, { changes: changes - 1 })).not.toBe('none');
    expect(refusalOf(block, { bytes: bytes - 1 })).toContain('more bytes than was said');
    // That there is less than was said is of no harm.
    expect(refusalOf(block, { bytes: bytes + 1 })).toBe('none');
    for (const count of [1, 3]) {
      expect(refusalOf(block, { runs: [{ ...runs[0]!, count }] })).not.toBe('none');
    }
  });

  it('[P7] is refused where any of it would have another digest than was meant', () => {
    const { runs } = summary;
    const other = 'digest is of other transactions';
    expect(refusalOf(block, { runs: [{ ...runs[0]!, replica: 'q' }] })).toContain(other);
    expect(refusalOf(block, { digest: summary.digest.with(15, 1) })).toContain(other);
    const delayed = written([{ ...first, stamp: 6 }, second]);
    expect(refusalOf({ ...block, frames: delayed.frames }, {})).not.toBe('none');
  });

  it('is refused where a counter has none before it', () => {
    const later = [{ ...runOf('p'), first: 3 }];
    expect(refusalOf(block, { runs: later })).toContain('digest is of other transactions');
    const base = written([{ ...second, counter: 5 }]);
    expect(refusalOf(base, { runs: [{ replica: 'p', first: 1, count: 1 }] })).toContain(
      'base counter is out of range',
    );
    // A chain goes on from a transaction that is there.
    const apart = [
      { replica: 'p', first: 1, count: 1 },
      { replica: 'q', first: 1, count: 1 },
    ];
    expect(refusalOf(block, { runs: apart })).toContain('has none before it');
  });

  it('is refused where it has rows of a table that is not here', () => {
    expect(refusalOf(block, {}, testSchema)).toContain('rows are of no table');
    // Of which nothing has to be known.
    const deletion = written([{ ...first, changes: [{ ...deleteEdit(newsTable, 'n'), ...rest }] }]);
    expect(refusalOf(deletion, {}, testSchema)).toBe('none');
  });

  it('gives bytes of its own, which outlive it', () => {
    const copy = { summary, frames: block.frames.map((frame) => frame.slice()) };
    const transactions = read(copy);
    for (const frame of copy.frames) frame.fill(0xee);
    expect(transactions).toEqual([first, second]);
  });

  test('[I13] that is damaged is refused, or is the same; never more than it was said to be', () => {
    const blocks = [block, written([second, first])];
    fc.assert(
      fc.property(fc.constantFrom(...blocks), anyDamage, (any, damage) => {
        const frames = damaged(any.frames, damage);
        try {
          expect(read({ ...any, frames })).toEqual(read(any));
        } catch (error) {
          expect(error).toMatchObject(lost);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('[I13] of whatever transactions that is damaged is refused, or is the same', () => {
    fc.assert(
      fc.property(
        transactionLists,
        fc.array(anyDamage, { minLength: 1, maxLength: 3 }),
        (list, all) => {
          const any = written(list, testSchema);
          let { frames } = any;
          for (const damage of all) frames = damaged(frames, damage);
          try {
            expect(read({ ...any, frames }, testSchema)).toEqual(list);
          } catch (error) {
            expect(error).toMatchObject(lost);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('[I13] of a few bytes stands for no more values than its transactions can have', () => {
    const [few, many] = [1_000, 2_000].map((changes) =>
      blockValuesMax(simSchema, { ...summary, changes }),
    ) as [number, number];
    expect((many - few) / 1_000).toBeLessThan(100);
    expect(
      blockValuesMax(simSchema, { runs: [], changes: 0, bytes: 0, digest: head.previousDigest }),
    ).toBe(1_000);
    const reader = new BlockReader(block.frames, 10);
    expect(() => readTransactions(reader, simSchema, defaultLimits, summary)).toThrow(
      expect.objectContaining(lost),
    );
  });
});

function runOf(replica: string) {
  return { replica, first: 1, count: 2 };
}
