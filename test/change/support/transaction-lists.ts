/** Lists of transactions as devices write them, and as nobody should. */
import fc from 'fast-check';
import { EditionRowSchema } from '../../../gen/es/test/v1/editions_pb.ts';
import { ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../../src/base/bytes.ts';
import { maskOf } from '../../../src/base/mask.ts';
import { type Change, digestOf, type Transaction } from '../../../src/change/transaction.ts';
import { keyOfCells } from '../../../src/schema/key.ts';
import { encodeRow } from '../../../src/schema/row-codec.ts';
import type { Cell, TableDef } from '../../../src/schema/table-def.ts';
import { testTable } from '../../support/schema-tables.ts';
import { rows, texts } from '../../support/schema-values.ts';

type RowChange = Pick<Change, 'operation' | 'table' | 'key' | 'row' | 'fields'>;

const safeNumbers = fc.oneof(
  fc.nat(200),
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const blobs = fc.uint8Array({ maxLength: 20 }).map((bytes) => new Uint8Array(bytes));
const noRow = new Uint8Array(0);

function bytesOf(def: TableDef, cells: readonly Cell[], columns?: readonly number[]): Uint8Array {
  const out = new ByteWriter();
  encodeRow(def, cells, columns && maskOf(def.columns.length, columns), out);
  return out.finish();
}

function keyOf(def: TableDef, cells: readonly Cell[]): string {
  try {
    return keyOfCells(def, cells);
  } catch {
    return 'k';
  }
}

/** A whole row, under its key or another one. */
function puts(def: TableDef, cells: fc.Arbitrary<Cell[]>): fc.Arbitrary<RowChange> {
  return fc.tuple(cells, fc.boolean(), texts).map(([row, isOwn, other]) => ({
    ...{ operation: 'put' as const, table: def.name },
    key: isOwn ? keyOf(def, row) : other,
    ...{ row: bytesOf(def, row), fields: [] },
  }));
}

/** Some fields of a row, in any order, as they were named or not. */
function patches(def: TableDef, cells: fc.Arbitrary<Cell[]>): fc.Arbitrary<RowChange> {
  const columns = fc.uniqueArray(fc.nat(def.columns.length - 1), { maxLength: 4 });
  return fc.tuple(cells, columns, fc.boolean(), texts).map(([row, indexes, isNamed, key]) => ({
    ...{ operation: 'patch' as const, table: def.name, key },
    row: bytesOf(def, row, indexes),
    fields: isNamed ? indexes.map((index) => def.columns[index]!.number) : [],
  }));
}

/** Whatever bytes, fields and tables. */
const odd: fc.Arbitrary<RowChange> = fc.record({
  operation: fc.constantFrom('put', 'patch'),
  table: fc.constantFrom('test.v1.Shapes', 'a.v1.Unknown', ''),
  key: texts,
  row: blobs,
  fields: fc.array(fc.oneof(fc.nat(20), fc.nat(0x1fffffff)), { maxLength: 4 }),
});

const deletes: fc.Arbitrary<RowChange> = fc.record({
  operation: fc.constant('delete'),
  table: fc.constantFrom('test.v1.Shapes', 'test.v1.EditionRow'),
  key: texts,
  row: fc.constant(noRow),
  fields: fc.constantFrom([], [3]),
});

const shapes = testTable('Shapes');
const editions = testTable('EditionRow');
const shapeRows = rows(shapes, ShapesSchema);
const editionRows = rows(editions, EditionRowSchema);

const rowChanges: fc.Arbitrary<RowChange> = fc.oneof(
  puts(shapes, shapeRows),
  patches(shapes, shapeRows),
  puts(editions, editionRows),
  patches(editions, editionRows),
  odd,
  deletes,
);

/** Of a transaction with this counter. */
function changes(counter: number): fc.Arbitrary<Change> {
  const rest = fc.record({
    base: fc.option(safeNumbers, { nil: undefined }),
    baseCounter: fc.oneof(fc.constant(0), fc.constant(Math.max(0, counter - 1)), safeNumbers),
    ifMatch: fc.oneof(fc.constant(''), texts),
    ifNoneMatch: fc.boolean(),
    baseAbsent: fc.boolean(),
  });
  return fc.tuple(rowChanges, rest).map(([change, others]) => ({ ...change, ...others }));
}

type Chaining = 'chained' | 'empty' | 'other';

const links = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).chain((any) =>
  fc.record({
    replica: fc.constantFrom('p', 'q', '0198f0a1-1111-7aaa-8aaa-aaaaaaaaaaaa'),
    counter: fc.oneof(fc.constant(undefined), fc.constant(any)),
    chaining: fc.constantFrom<Chaining>('chained', 'chained', 'chained', 'empty', 'other'),
    other: blobs,
    stamp: safeNumbers,
    schemaVersion: fc.oneof(fc.constant(0), fc.nat(0xffff_ffff)),
    changes: fc.array(changes(any), { maxLength: 3 }),
  }),
);

/** Transactions of some writers, most of them chained and with consecutive counters. */
export const transactionLists: fc.Arbitrary<Transaction[]> = fc
  .array(links, { minLength: 1, maxLength: 8 })
  .map((list) => {
    const last = new Map<string, Transaction>();
    return list.map(({ replica, counter, chaining, other, ...rest }) => {
      const before = last.get(replica);
      const chained = before === undefined ? other : digestOf(before);
      const previousDigest = { chained, empty: noRow, other }[chaining];
      const next = (before?.counter ?? 0) + 1;
      const ownCounter = counter ?? (Number.isSafeInteger(next) ? next : 1);
      const transaction = { replica, counter: ownCounter, previousDigest, ...rest };
      last.set(replica, transaction);
      return transaction;
    });
  });
