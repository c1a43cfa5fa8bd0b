/** Merging by field in a table with a column of every type, more than one word of a mask holds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShapesSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { maskOf } from '../../src/base/mask.ts';
import { type RowState, rowAfter } from '../../src/change/row-state.ts';
import { evaluate } from '../../src/merge/evaluate.ts';
import type { Evaluation } from '../../src/merge/evaluation.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { cellsEqual } from '../../src/schema/cell.ts';
import { encodeRow } from '../../src/schema/row-codec.ts';
import { sameValue } from '../../src/schema/same-records.ts';
import type { Cell, ColumnDef } from '../../src/schema/table-def.ts';
import { patch, transaction } from '../support/model-schema.ts';
import { testSchema, testTable } from '../support/schema-tables.ts';
import { rows } from '../support/schema-values.ts';

const table = testTable('Shapes');
const limits = { ...defaultLimits, rowScopesMax: 1_000_000, scopeBytesMax: 1_000_000 };
const writers = ['ann', 'bob'];
const [ann, bob] = [0, 1];

/** What is changed as one: a column, or all members of a oneof. */
type Unit = readonly ColumnDef[];

const units: readonly Unit[] = table.columns
  .filter(({ index, oneofSiblings }) => index !== table.key && !(oneofSiblings[0]! < index))
  .map((column) => [column, ...column.oneofSiblings.map((index) => table.columns[index]!)]);

const rowsOfKey = rows(table, ShapesSchema).map((cells) => cells.with(table.key, 'k'));
const someUnits = fc.subarray([...units]);

/** Whether a unit has another value: a map in another order is none. */
const differ = (unit: Unit, left: readonly Cell[], right: readonly Cell[]) =>
  unit.some((column) => !sameValue(column, left[column.index]!, right[column.index]!));

/** Whether a commit has other bytes for a unit, which is what its entry says. */
const rewritten = (unit: Unit, left: readonly Cell[], right: readonly Cell[]) =>
  unit.some(({ kind, index }) => !cellsEqual(kind, left[index]!, right[index]!));

/** The row with these units as another row has them. */
function changed(cells: readonly Cell[], chosen: readonly Unit[], other: readonly Cell[]): Cell[] {
  const result = [...cells];
  for (const { index } of chosen.flat()) result[index] = other[index]!;
  return result;
}

/** Bob made the row, and has changed it since Ann saw it. */
function afterBob(made: readonly Cell[], edited: readonly Cell[], stamp: number): RowState {
  const write = { seq: 1, stamp: 1, writer: bob, cells: made, scopes: [] };
  const first = rowAfter(table, undefined, write);
  return rowAfter(table, first, { ...write, seq: 2, stamp, cells: edited })!;
}

/** Ann's patch names of a oneof the member that it sets, or all where it clears it. */
function annsPatch(row: RowState, chosen: readonly Unit[], wanted: readonly Cell[], stamp: number) {
  const named = chosen.flatMap((unit) => {
    const set = unit.filter(({ index }) => unit.length > 1 && wanted[index] !== null);
    return set.length > 0 ? set : unit;
  });
  const out = new ByteWriter();
  const indexes = named.map(({ index }) => index);
  encodeRow(table, wanted, maskOf(table.columns.length, indexes), out);
  const fields = named.map(({ number }) => number);
  const change = { ...patch(table, 'k', {}, { base: 1 }), row: out.finish(), fields };
  // No fields mean those of the row: the key, so that it names none.
  if (fields.length === 0) change.fields.push(table.columns[table.key]!.number);
  const ordered = transaction('ann', 1, [change], { stamp });
  const prepared = prepareTransaction(testSchema, limits, ordered, 'transaction');
  const view = {
    row: () => row,
    head: 2,
    writerNumber: (name: string) => writers.indexOf(name),
    writerName: (number: number) => writers[number]!,
    wasRefused: () => false,
  };
  const context = {
    seq: 3,
    nowMs: 1_000,
    limits,
    knowsOwnWrites: true,
    mayRead: () => true,
    mayWrite: () => true,
    validate: () => undefined,
  };
  return evaluate(view, context, prepared);
}

const winner = { 'server-wins': () => false, 'client-wins': () => true } as const;

function annWins({ merge }: ColumnDef, annsStamp: number, bobsStamp: number): boolean {
  // Of equal stamps Bob's is the later: b comes after a.
  return merge === 'last-write-wins' ? annsStamp > bobsStamp : winner[merge]();
}

/** The conflict as names of fields and whether Ann won them. */
function conflictOf({ conflicts }: Evaluation): Record<string, boolean> {
  const fields = conflicts.flatMap((conflict) => conflict.fields);
  return Object.fromEntries(fields.map(({ column, localWon }) => [column.name, localWon]));
}

test('[P9][P10][P11] a field of any type stands as the one who changed it left it; where both did, by its rule', () => {
  const stamps = fc.integer({ min: 10, max: 13 });
  fc.assert(
    fc.property(
      fc.tuple(rowsOfKey, rowsOfKey, rowsOfKey),
      fc.tuple(someUnits, someUnits),
      fc.tuple(stamps, stamps),
      ([made, bobs, anns], [bobsUnits, annsUnits], [bobsStamp, annsStamp]) => {
        const edited = changed(made, bobsUnits, bobs);
        const row = afterBob(made, edited, bobsStamp);
        const evaluation = annsPatch(row, annsUnits, anns, annsStamp);
        const hers = annsUnits.filter((unit) => differ(unit, anns, edited));
        const disputed = hers.filter((unit) => rewritten(unit, made, edited));
        const won = hers.filter((unit) => {
          const rule = unit.find(({ index }) => anns[index] !== null) ?? unit[0]!;
          return !disputed.includes(unit) || annWins(rule, annsStamp, bobsStamp);
        });
        const expected = disputed.flatMap((unit) =>
          unit
            .filter((column) => differ([column], anns, edited))
            .map(({ name }) => [name, won.includes(unit)]),
        );
        expect(conflictOf(evaluation)).toEqual(Object.fromEntries(expected));
        const after = evaluation.rows[0]?.after ?? row;
        expect(differ(table.columns, after.cells!, changed(edited, won, anns))).toBe(false);
        expect(evaluation.rows).toHaveLength(won.length > 0 ? 1 : 0);
        expect(after.entries[0]!.writer).toBe(won.length > 0 ? ann : bob);
      },
    ),
    { numRuns: 300 },
  );
});
