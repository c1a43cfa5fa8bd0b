import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { PushResult } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { pushResultFromWire, pushResultToWire } from '../../src/wire/push-results.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { outcomes } from './support/messages.ts';

const limits = { pushTransactionsMax: 1_000 };
const committed = (replica: string, counter: number, conflicts = 0): Outcome => ({
  ...{ replica, counter, status: 'committed', refusal: undefined, conflicts },
});

function trip(list: readonly Outcome[], inRuns: boolean) {
  const message = pushResultToWire({ type: 'push-result', outcomes: list, orderingMs: 7, inRuns });
  const bytes = PushResult.encode(message).finish();
  return { bytes, back: pushResultFromWire(PushResult.decode(bytes), limits, 'push_result') };
}

const plain = fc.record({
  replica: fc.constantFrom('p', 'q'),
  counter: fc.integer({ min: 1, max: 5 }),
});
/** Many of them committed, some side by side. */
const lists = fc.array(
  fc.oneof(
    outcomes.filter(({ counter }) => counter > 0),
    plain.map(({ replica, counter }) => committed(replica, counter)),
    plain.map(({ replica, counter }) => committed(replica, counter, 2)),
  ),
  { maxLength: 12 },
);

describe('outcomes of a push', () => {
  it('come out as they went in, and in their order, in runs or not', () => {
    fc.assert(
      fc.property(lists, fc.boolean(), (list, inRuns) => {
        const { back } = trip(list, inRuns);
        expect(back).toEqual({ type: 'push-result', outcomes: list, orderingMs: 7 });
      }),
      { numRuns: 300 },
    );
  });

  it('take no more bytes for a thousand than for one, where all is well', () => {
    const list = Array.from({ length: 1_000 }, (_, at) => committed('p', at + 1));
    expect(trip(list, true).bytes.length).toBeLessThan(20);
    expect(trip(list, false).bytes.length).toBeGreaterThan(8_000);
  });

  it('are in runs where there is nothing to say but that they are committed', () => {
    const list = [
      committed('p', 4),
      committed('p', 5),
      committed('p', 6, 1),
      committed('p', 7),
      committed('q', 8),
    ];
    const message = pushResultToWire({ type: 'push-result', outcomes: list, inRuns: true });
    expect(message.outcomes.map(({ counter }) => counter)).toEqual([6n]);
    expect(message.committed).toEqual([
      { position: 0, transactions: { replicaId: 'p', firstCounter: 4n, count: 2 } },
      { position: 3, transactions: { replicaId: 'p', firstCounter: 7n, count: 1 } },
      { position: 4, transactions: { replicaId: 'q', firstCounter: 8n, count: 1 } },
    ]);
  });
});

describe('runs of a server that is wrong', () => {
  const run = { replicaId: 'p', firstCounter: 1n, count: 2 };
  const read = (...runs: { position: number; transactions: typeof run | undefined }[]) =>
    pushResultFromWire({ outcomes: [], orderingMs: 0, committed: runs }, limits, 'push_result');

  test('are refused where there is no room for them', () => {
    for (const position of [1, 3]) {
      expect(
        refusalOf(() => read({ position: 0, transactions: run }, { position, transactions: run })),
      ).toEqual({ reason: 'BAD_POSITION', fields: ['push_result.committed[1].position'] });
    }
    expect(refusalOf(() => read({ position: 1, transactions: run })).reason).toBe('BAD_POSITION');
    expect(refusalOf(() => read({ position: 0, transactions: undefined }))).toEqual({
      ...{ reason: 'MISSING_FIELD', fields: ['push_result.committed[0].transactions'] },
    });
  });

  test('[I13] are refused where they are more than a push has, before they are made', () => {
    const most = { position: 0, transactions: { ...run, count: 1_000 } };
    expect(read(most).outcomes).toHaveLength(1_000);
    for (const count of [1_001, 0xffff_ffff]) {
      expect(refusalOf(() => read({ position: 0, transactions: { ...run, count } }))).toEqual({
        ...{ reason: 'TOO_MANY_TRANSACTIONS', fields: ['push_result.committed[0].transactions'] },
      });
    }
    expect(refusalOf(() => read(most, { position: 1_000, transactions: run })).reason).toBe(
      'TOO_MANY_TRANSACTIONS',
    );
  });
});
