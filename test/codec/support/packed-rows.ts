import fc from 'fast-check';
import type { PackedRow } from '../../../src/codec/packed.ts';

const noBytes = new Uint8Array(0);

const safeNumbers = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 31, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER),
);
const texts = fc.string({ unit: 'grapheme', maxLength: 6 });
const fieldSets = fc
  .uniqueArray(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 0x1fffffff })), {
    maxLength: 6,
  })
  .map((fields) => fields.sort((a, b) => a - b));

/** Any row that a batch can hold. */
export const packedRow: fc.Arbitrary<PackedRow> = fc
  .record({
    kind: fc.constantFrom('full', 'patch', 'deleted', 'evicted'),
    table: fc.constantFrom('a.v1.Site', 'a.v1.Inspection', ''),
    number: safeNumbers,
    key: texts,
    version: safeNumbers,
    stamp: safeNumbers,
    writer: fc.oneof(fc.constantFrom('phone', 'desk'), texts),
    fields: fieldSets,
    scopes: fc.array(fc.oneof(fc.constantFrom('', 'site/1', 'site/2'), texts), { maxLength: 4 }),
    row: fc.uint8Array({ maxLength: 30 }).map((bytes) => new Uint8Array(bytes)),
  })
  .map((row) => {
    const { kind } = row;
    const filled = kind === 'full' || kind === 'patch';
    return {
      ...row,
      stamp: kind === 'evicted' ? 0 : row.stamp,
      writer: kind === 'evicted' ? '' : row.writer,
      fields: kind === 'patch' ? row.fields : [],
      scopes: filled ? row.scopes : [],
      row: filled ? row.row : noBytes,
    };
  });

/** Batches of rows that have nothing to do with each other, and batches in which rows repeat. */
export const packedRows: fc.Arbitrary<PackedRow[]> = fc.oneof(
  fc.array(packedRow, { maxLength: 30 }),
  fc
    .array(fc.tuple(packedRow, fc.integer({ min: 1, max: 40 })), { maxLength: 6 })
    .map((runs) => runs.flatMap(([row, count]) => Array.from({ length: count }, () => row))),
);

/** Those that version 2 can hold, too: rows as their receiver wrote them. */
export const shortRows: fc.Arbitrary<PackedRow[]> = fc
  .tuple(packedRows, fc.array(fc.tuple(fc.boolean(), safeNumbers, fc.nat(100)), { maxLength: 30 }))
  .map(([rows, owns]) =>
    rows.map((row, at) => {
      const [isOwn, counter, change] = owns[at] ?? [false, 0, 0];
      if (!isOwn || row.kind === 'evicted') return row;
      return { ...row, kind: 'own', fields: [], row: noBytes, own: { counter, change } };
    }),
  );

/** A row as it comes out: keys are not sent. */
export function withoutKey(row: PackedRow): PackedRow {
  return { ...row, key: '' };
}

/**
 * The first rows that a phone is sent: one table in the order of versions, loaded by one writer in transactions of
 * 50 rows a few seconds apart, rows of about 180 bytes in 200 sites.
 */
export function firstSyncRows(count: number): PackedRow[] {
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  return Array.from({ length: count }, (_, index) => {
    const commit = Math.floor(index / 50);
    return {
      kind: 'full',
      table: 'bench.v1.Inspection',
      number: index,
      key: `key-${index}`,
      version: 1_000 + commit,
      stamp: (1_750_000_000_000 + commit * 3_217) * 1024,
      writer: 'service',
      fields: [],
      scopes: [`site/${random(200)}`],
      row: Uint8Array.from({ length: 150 + random(60) }, () => 97 + random(26)),
    };
  });
}
