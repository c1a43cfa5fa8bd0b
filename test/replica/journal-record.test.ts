import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import type { Outcome, Settled } from '../../src/change/commit.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import type { Change, Transaction } from '../../src/change/transaction.ts';
import { packedFormat } from '../../src/codec/packed.ts';
import type { Kept } from '../../src/replica/committed-copy.ts';
import {
  decodeJournalRecord,
  encodeJournalRecord,
  type JournalRecord,
} from '../../src/replica/journal-record.ts';

const texts = fc.string({ unit: 'grapheme', maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => new Uint8Array(value));
const numbers = fc.oneof(fc.constant(0), fc.nat({ max: 300 }), fc.maxSafeNat());
const few = { maxLength: 3 };

const changes: fc.Arbitrary<Change> = fc
  .record({
    operation: fc.constantFrom('put' as const, 'patch' as const, 'delete' as const),
    table: texts,
    key: texts,
    row: bytes,
    fields: fc.array(fc.nat({ max: 500 }), few),
    base: fc.option(numbers, { nil: undefined }),
    baseCounter: numbers,
    ifMatch: texts,
    ifNoneMatch: fc.boolean(),
    baseAbsent: fc.boolean(),
  })
  .map((change) =>
    change.operation === 'delete' ? { ...change, row: new Uint8Array(0) } : change,
  );

const transaction: fc.Arbitrary<Transaction> = fc.record({
  replica: texts,
  counter: numbers,
  previousDigest: bytes,
  stamp: numbers,
  schemaVersion: fc.nat(),
  changes: fc.array(changes, few),
});

const outcome: fc.Arbitrary<Outcome> = fc.record({
  replica: texts,
  counter: numbers,
  status: fc.constantFrom('committed', 'refused', 'held', 'unordered'),
  conflicts: numbers,
  refusal: fc.option(
    fc.record({
      reason: texts,
      message: texts,
      changeIndex: numbers,
      currentEtag: texts,
      violations: fc.array(fc.record({ field: texts, description: texts }), few),
    }),
    { nil: undefined },
  ),
});

/** As packed rows are decoded: what a kind has not is empty. */
const delta: fc.Arbitrary<RowDelta> = fc
  .record({
    kind: fc.constantFrom(
      'full' as const,
      'patch' as const,
      'deleted' as const,
      'evicted' as const,
    ),
    table: texts,
    number: numbers,
    key: fc.constant(''),
    version: numbers,
    stamp: numbers,
    writer: texts,
    fields: fc
      .uniqueArray(fc.integer({ min: 1, max: 500 }), few)
      .map((all) => all.sort((a, b) => a - b)),
    scopes: fc.array(texts, few),
    row: bytes,
  })
  .map((row) => {
    const isFilled = row.kind === 'full' || row.kind === 'patch';
    return {
      ...row,
      fields: row.kind === 'patch' ? row.fields : [],
      scopes: isFilled ? row.scopes : [],
      row: isFilled ? row.row : new Uint8Array(0),
      stamp: row.kind === 'evicted' ? 0 : row.stamp,
      writer: row.kind === 'evicted' ? '' : row.writer,
    };
  });

const deltas = fc.array(delta, few);
const kept: fc.Arbitrary<Kept> = fc.record({
  scopes: fc.array(texts, few),
  tables: fc.array(texts, few),
});
const keep = fc.option(kept, { nil: undefined });
const settled: fc.Arbitrary<Settled> = fc.record({ counter: numbers, digest: bytes });
const positions = fc.array(fc.tuple(texts, settled), few).map((all) => new Map(all));

const counters = fc
  .array(fc.tuple(texts, numbers), { minLength: 1, maxLength: 4 })
  .map((all) => new Map(all));
const check = fc.nat(0xffff_ffff);
const countersIfAny = fc.option(counters, { nil: undefined });

const arbitraries: {
  [K in JournalRecord['kind']]: fc.Arbitrary<Extract<JournalRecord, { kind: K }>>;
} = {
  opened: kindOf('opened', {
    opened: fc.record({
      database: texts,
      schemaVersion: numbers,
      schemaFingerprint: texts,
      replica: texts,
      relay: fc.boolean(),
      wish: kept,
    }),
  }),
  write: kindOf('write', { stamp: numbers, transaction }),
  amend: kindOf('amend', { stamp: numbers, transaction }),
  local: kindOf('local', { deltas }),
  localRows: kindOf('localRows', { deltas }),
  discarded: kindOf('discarded', { replica: texts, counter: numbers }),
  receive: kindOf('receive', { transaction }),
  seal: fc.constant({ kind: 'seal' as const }),
  stage: kindOf('stage', { cursor: bytes, keep, deltas }),
  checkpoint: kindOf('checkpoint', {
    proven: fc.boolean(),
    checkpoint: fc.record({
      seq: numbers,
      rowCount: numbers,
      digest: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      settled: positions,
      chain: fc.option(fc.array(check, { minLength: 1, maxLength: 4 }), { nil: undefined }),
    }),
  }),
  chain: kindOf('chain', { first: numbers, checks: fc.array(check, few) }),
  leftChain: kindOf('leftChain', { first: numbers, checks: fc.array(check, few) }),
  restart: fc.constant({ kind: 'restart' as const }),
  identity: kindOf('identity', {
    replica: texts,
    entropy: bytes,
    outcomes: fc.array(outcome, few),
  }),
  drop: kindOf('drop', { replicas: fc.array(texts, few) }),
  copy: kindOf('copy', {
    position: fc.record({
      cursor: bytes,
      head: numbers,
      complete: fc.boolean(),
      proven: fc.boolean(),
      building: fc.boolean(),
    }),
  }),
  rows: kindOf('rows', { shown: fc.boolean(), deltas }),
  staged: kindOf('staged', { keep, deltas }),
  writer: kindOf('writer', {
    writer: fc.record({
      id: texts,
      counter: numbers,
      stamp: numbers,
      settled,
      former: fc.array(texts, few),
      settledBefore: fc.array(fc.tuple(texts, numbers), few).map((all) => new Map(all)),
      told: positions,
      lost: countersIfAny,
    }),
  }),
  queued: kindOf('queued', { orderStamp: numbers, transaction }),
  parked: kindOf('parked', { outcome, transaction }),
  forked: kindOf('forked', { forkedAt: numbers }),
  reopen: kindOf('reopen', { position: settled, first: fc.option(numbers, { nil: undefined }) }),
  reopenFormer: kindOf('reopenFormer', { replica: texts, position: settled, first: numbers }),
  formerAnswer: kindOf('formerAnswer', { final: fc.boolean(), outcome }),
  kept: kindOf('kept', { seq: numbers, transaction }),
  quarantined: kindOf('quarantined', {
    row: fc.record({ table: texts, key: texts, version: numbers, writer: texts, row: bytes }),
  }),
  released: kindOf('released', { table: texts, key: texts, version: numbers }),
  history: kindOf('history', {
    history: fc.record({
      shownCursor: bytes,
      isCopyLost: fc.boolean(),
      forkedAt: fc.option(numbers, { nil: undefined }),
      shownTwice: countersIfAny,
      settledTo: countersIfAny,
    }),
  }),
};

function kindOf<K extends string, T extends object>(
  kind: K,
  fields: { [N in keyof T]: fc.Arbitrary<T[N]> },
) {
  return fc.record(fields as Record<string, fc.Arbitrary<unknown>>).map((rest) => {
    return { kind, ...rest } as { kind: K } & T;
  });
}

const anyRecord: fc.Arbitrary<JournalRecord> = fc.oneof(
  ...(Object.values(arbitraries) as fc.Arbitrary<JournalRecord>[]),
);

const fixture = join(import.meta.dirname, '../fixtures/journal-1.json');

/** JSON has no bytes, maps and large numbers: they are objects with one name. */
function revived(_: string, value: unknown): unknown {
  const { hex, map, bigint, record } = (value ?? {}) as Record<string, unknown>;
  if (record !== undefined) return value;
  if (typeof hex === 'string') return new Uint8Array(Buffer.from(hex, 'hex'));
  if (Array.isArray(map)) return new Map(map);
  return typeof bigint === 'string' ? BigInt(bigint) : value;
}

/** Decodes, or returns undefined where it is refused as it must be. */
function decoded(source: Uint8Array): JournalRecord | undefined {
  try {
    return decodeJournalRecord(source);
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    expect(error).toMatchObject({ code: Code.dataLoss, reason: 'MALFORMED_BYTES' });
    return undefined;
  }
}

/** What version 1 wrote, as it was then. */
describe('a record of version 1', () => {
  const { records } = JSON.parse(readFileSync(fixture, 'utf8'), revived) as {
    records: { hex: string; record: JournalRecord }[];
  };
  test.each(records.map(({ hex, record }) => [record.kind, hex, record] as const))(
    'of kind %s can be read, and is still written so',
    (_, hex, record) => {
      const written = new Uint8Array(Buffer.from(hex, 'hex'));
      expect(decodeJournalRecord(written)).toEqual(record);
      expect(encodeJournalRecord(record)).toEqual(written);
    },
  );

  test('is there of each kind', () => {
    expect(new Set(records.map(({ record }) => record.kind))).toEqual(
      new Set(Object.keys(arbitraries)),
    );
  });
});

describe('a record of a journal', () => {
  test.each(Object.entries(arbitraries))('of kind %s is decoded as it was', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<JournalRecord>, (record) => {
        expect(decodeJournalRecord(encodeJournalRecord(record))).toEqual(record);
      }),
    );
  });

  test('of more rows than a packed batch has is decoded as it was', () => {
    const row = {
      kind: 'deleted',
      table: 't',
      key: '',
      stamp: 1,
      writer: 'w',
      fields: [],
    } as const;
    const rows: RowDelta[] = Array.from({ length: packedFormat.rowsMax + 1 }, (_, number) => {
      return { ...row, number, version: number, scopes: [], row: new Uint8Array(0) };
    });
    const record = { kind: 'staged', keep: undefined, deltas: rows } as const;
    const again = decodeJournalRecord(encodeJournalRecord(record)) as typeof record;
    expect(again.deltas.length).toBe(rows.length);
    // On both sides of where the batches meet.
    expect(again.deltas.slice(-2)).toEqual(rows.slice(-2));
  });

  test('[I9] that is cut short anywhere is refused, or is another whole record', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), (record, cut) => {
        const whole = encodeJournalRecord(record);
        const short = decoded(whole.subarray(0, cut % whole.length));
        // A transaction that is the rest of a record may end between two of its fields.
        if (short !== undefined)
          expect(encodeJournalRecord(short).length).toBeLessThan(whole.length);
      }),
      { numRuns: 500 },
    );
  });

  test('[I9] with any bit flipped is refused, or parses: nothing else is thrown', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), (record, bit) => {
        const flipped = encodeJournalRecord(record);
        flipped[(bit >> 3) % flipped.length]! ^= 1 << (bit & 7);
        decoded(flipped);
      }),
      { numRuns: 1_000 },
    );
  });

  test('[I9] of any bytes behind the magic is refused, or parses', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), fc.uint8Array({ maxLength: 100 }), (kind, body) => {
        decoded(Uint8Array.from([0x53, 0x4a, 0x01, kind, ...body]));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['nothing', []],
    ['another magic', [0x53, 0x43, 0x01, 3]],
    ['a version that is not known', [0x53, 0x4a, 0x02, 3]],
    ['a kind that is not known', [0x53, 0x4a, 0x01, 15]],
    ['bytes behind its end', [0x53, 0x4a, 0x01, 3, 0]],
    ['a flag that is neither', [0x53, 0x4a, 0x01, 10, 2, 0]],
  ])('with %s is refused', (_, source) => {
    expect(decoded(Uint8Array.from(source))).toBeUndefined();
  });

  test('of an outcome whose status is not known is refused', () => {
    const out = new ByteWriter();
    for (const byte of [0x53, 0x4a, 0x01, 14, 0, 0, 4]) out.u8(byte);
    expect(decoded(out.finish())).toBeUndefined();
  });
});
