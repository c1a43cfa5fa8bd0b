/** Any rows of a Delta, of tables of one schema. */
import fc from 'fast-check';
import { ByteWriter } from '../../../src/base/bytes.ts';
import { maskIndexes, maskOf } from '../../../src/base/mask.ts';
import type { RowDelta } from '../../../src/change/row-delta.ts';
import { encodeRow } from '../../../src/schema/row-codec.ts';
import type { Cell, TableDef } from '../../../src/schema/table-def.ts';

const numbers = fc.oneof(fc.nat(200), fc.maxSafeNat());
const names = fc.string({ unit: 'grapheme', maxLength: 10 });

/** Row changes as a receiver gets them back: without their keys. `cellsOf` are any rows of a table. */
export function anyDelta(def: TableDef, cells: fc.Arbitrary<Cell[]>): fc.Arbitrary<RowDelta> {
  const columns = fc.subarray(def.columns.map(({ index }) => index));
  return fc
    .record({
      kind: fc.constantFrom('full', 'patch', 'deleted', 'evicted', 'own'),
      own: fc.record({ counter: numbers, change: fc.nat(1_000) }),
      number: numbers,
      version: numbers,
      stamp: numbers,
      writer: names,
      scopes: fc.array(names, { maxLength: 3 }),
      cells,
      columns,
    })
    .map(({ cells: row, columns: named, own, ...delta }) => {
      const { kind } = delta;
      const base = { ...delta, table: def.name, key: '', fields: [], row: new Uint8Array(0) };
      if (kind === 'evicted') return { ...base, stamp: 0, writer: '', scopes: [] };
      if (kind === 'own') return { ...base, own };
      if (kind === 'deleted') return { ...base, scopes: [] };
      const mask = kind === 'patch' ? maskOf(def.columns.length, named) : undefined;
      const out = new ByteWriter();
      encodeRow(def, row, mask, out);
      const fields = mask === undefined ? [] : numbersOf(def, maskIndexes(mask));
      return { ...base, fields, row: out.finish() };
    });
}

function numbersOf(def: TableDef, indexes: readonly number[]): number[] {
  return indexes.map((index) => def.columns[index]!.number).sort((a, b) => a - b);
}
