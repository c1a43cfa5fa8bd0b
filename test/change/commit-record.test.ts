import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { maskOf } from '../../src/base/mask.ts';
import type { Commit, RowEffect } from '../../src/change/commit.ts';
import {
  chainBytes,
  chainStart,
  decodeCommit,
  encodeCommit,
  headOfRecord,
} from '../../src/change/commit-record.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { cellsOf, itemTable, modelSchema, modelTables } from '../support/model-schema.ts';
import { schemaSet } from '../support/schema-builder.ts';
import { syncErrorOf } from '../support/schema-errors.ts';
import { cells as cellValues } from '../support/schema-values.ts';

const columnsOf = (table: TableDef) =>
  fc.uniqueArray(fc.nat({ max: table.columns.length - 1 }), { minLength: 1 });

/** Cells of a table; of a oneof none, since a row has at most one member. */
const rows = (table: TableDef): fc.Arbitrary<Cell[]> =>
  fc
    .tuple(...table.columns.map((column) => cellValues(column)))
    .map((row) =>
      row.map((cell, at) => (table.columns[at]!.oneofSiblings.length > 0 ? null : cell)),
    );

const effects: fc.Arbitrary<RowEffect> = fc.constantFrom(...modelTables).chain((table) =>
  fc
    .record({
      kind: fc.constantFrom('insert' as const, 'update' as const, 'delete' as const),
      number: fc.maxSafeNat(),
      key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
      columns: columnsOf(table),
      cells: rows(table),
    })
    .map(({ kind, number, key, columns, cells }) => {
      const count = table.columns.length;
      if (kind === 'delete')
        return { kind, table, key, number, mask: maskOf(count, []), cells: [] };
      if (kind === 'insert') return { kind, table, key, number, mask: table.allColumns, cells };
      return { kind, table, key, number, mask: maskOf(count, columns), cells };
    }),
);

const commits: fc.Arbitrary<Commit> = fc.record({
  seq: fc.maxSafeNat(),
  atMs: fc.maxSafeNat(),
  stamp: fc.maxSafeNat(),
  replica: fc.string({ unit: 'grapheme', maxLength: 12 }),
  counter: fc.maxSafeNat(),
  effects: fc.array(effects, { maxLength: 6 }),
});

/** Of an update only the cells of its mask are told. */
function told(commit: Commit): Commit {
  const defaults = (table: TableDef) => cellsOf(table, {});
  return {
    ...commit,
    effects: commit.effects.map((effect) => {
      if (effect.kind !== 'update') return effect;
      const cells = defaults(effect.table).map((cell, at) =>
        ((effect.mask[at >>> 5]! >>> (at & 31)) & 1) === 1 ? effect.cells[at]! : cell,
      );
      return { ...effect, cells };
    }),
  };
}

const commit: Commit = {
  seq: 5,
  atMs: 1_000,
  stamp: 1_024_000,
  replica: 'ann',
  counter: 2,
  effects: [
    {
      kind: 'insert',
      table: itemTable,
      key: 'i',
      number: 3,
      mask: itemTable.allColumns,
      cells: cellsOf(itemTable, { id: 'i', notes: 'a' }),
    },
  ],
};

describe('the record of a commit', () => {
  test('comes back as it was, with the chain hash that the next one builds on', () => {
    fc.assert(
      fc.property(commits, fc.uint8Array({ minLength: 16, maxLength: 16 }), (one, previous) => {
        const { bytes, chain } = encodeCommit(one, previous);
        expect(chain).toHaveLength(chainBytes);
        expect(decodeCommit(bytes, previous, modelSchema)).toEqual({ commit: told(one), chain });
      }),
      { numRuns: 200 },
    );
  });

  test('[I9] does not follow any other record than its own predecessor', () => {
    const first = encodeCommit(commit, chainStart);
    const second = encodeCommit({ ...commit, seq: 6 }, first.chain);
    expect(decodeCommit(second.bytes, first.chain, modelSchema).chain).toEqual(second.chain);
    for (const [bytes, chain] of [
      [second.bytes, chainStart],
      [first.bytes, first.chain],
    ] as const) {
      expect(syncErrorOf(() => decodeCommit(bytes, chain, modelSchema))).toMatchObject({
        code: Code.dataLoss,
        reason: 'MALFORMED_BYTES',
        message: 'commit record: the chain hash does not follow from the record before',
      });
    }
  });

  test('[I9] is refused when any byte of it is another, or some are missing or too many', () => {
    fc.assert(
      fc.property(commits, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, flip) => {
        const { bytes } = encodeCommit(one, chainStart);
        const torn = bytes.subarray(0, at % bytes.length);
        const flipped = bytes.slice();
        flipped[at % bytes.length]! ^= flip;
        for (const wrong of [torn, flipped, new Uint8Array([...bytes, 0])]) {
          const error = syncErrorOf(() => decodeCommit(wrong, chainStart, modelSchema));
          expect(error.reason).toBe('MALFORMED_BYTES');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('[I9] is refused with a true chain hash too, where its body does not parse', () => {
    const body = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(body, fc.nat(), fc.nat({ max: 255 }), (noise, at, byte) => {
        const good = encodeCommit(commit, chainStart).bytes.subarray(3 + chainBytes);
        const changed = good.slice();
        changed[at % good.length] = byte;
        for (const wrong of [noise, changed, good.subarray(0, at % good.length)]) {
          const bytes = forged(wrong);
          try {
            decodeCommit(bytes, chainStart, modelSchema);
          } catch (error) {
            expect(error).toBeInstanceOf(SyncError);
            expect((error as SyncError).reason).toBe('MALFORMED_BYTES');
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('[I9] is refused with a true chain hash too, where bytes are left over', () => {
    const good = encodeCommit(commit, chainStart).bytes.subarray(3 + chainBytes);
    const wrong = forged(new Uint8Array([...good, 0]));
    expect(syncErrorOf(() => decodeCommit(wrong, chainStart, modelSchema)).message).toContain(
      'bytes are left over',
    );
  });

  test.each([
    ['a table that the schema lacks', 't.Item', 't.Itex', 'the schema has no table t.Itex'],
    ['a row that does not fit the schema', 'notes', 'notes', 'does not fit the schema'],
  ])('names %s', (_what, from, to, message) => {
    const other = createSchema(
      schemaSet({ Item: { table: {}, fields: { 1: 'id: string', 3: 'notes: int32' } } }),
    );
    const body = encodeCommit(commit, chainStart).bytes.subarray(3 + chainBytes);
    const text = Buffer.from(body).toString('latin1').replace(from, to);
    const bytes = forged(Buffer.from(text, 'latin1'));
    const schema = from === to ? other : modelSchema;
    expect(syncErrorOf(() => decodeCommit(bytes, chainStart, schema)).message).toContain(message);
  });

  test('names a column that the schema lacks', () => {
    const mask = maskOf(itemTable.columns.length, [2]);
    const effect = { ...commit.effects[0]!, kind: 'update' as const, mask };
    const { bytes } = encodeCommit({ ...commit, effects: [effect] }, chainStart);
    const other = createSchema(schemaSet({ Item: { table: {}, fields: { 1: 'id: string' } } }));
    const error = syncErrorOf(() => decodeCommit(bytes, chainStart, other));
    expect(error.message).toContain('unknown column');
  });

  test('reads rows beyond the limits of today: what is decided is not judged again', () => {
    const notes = 'n'.repeat(3 << 20);
    const effect = { ...commit.effects[0]!, cells: cellsOf(itemTable, { id: 'i', notes }) };
    const { bytes } = encodeCommit({ ...commit, effects: [effect] }, chainStart);
    const read = decodeCommit(bytes, chainStart, modelSchema);
    expect(read.commit.effects[0]?.cells[2]).toBe(notes);
  });
});

/** A record whose chain hash is right, whatever its body. */
function forged(body: Uint8Array): Uint8Array {
  const record = encodeCommit(commit, chainStart).bytes.subarray(0, 3);
  const hash = chainHash(body);
  return new Uint8Array([...record, ...hash, ...body]);
}

function chainHash(body: Uint8Array): Uint8Array {
  return createHash('sha256').update(chainStart).update(body).digest().subarray(0, chainBytes);
}

test('who wrote a record can be read without its schema', () => {
  fc.assert(
    fc.property(commits, (commit) => {
      expect(headOfRecord(encodeCommit(commit, chainStart).bytes)).toMatchObject({
        replica: commit.replica,
        seq: commit.seq,
      });
    }),
    { numRuns: 50 },
  );
  expect(syncErrorOf(() => headOfRecord(new Uint8Array([1, 2, 3])))).toMatchObject({
    code: Code.dataLoss,
    reason: 'MALFORMED_BYTES',
  });
});
