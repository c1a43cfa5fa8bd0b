/** Arbitrary keys, filters and orders for properties of tables, and settings that make small tables change form. */
import fc from 'fast-check';
import { defaultLimits } from '../../../src/base/limits.ts';
import { utf8Length } from '../../../src/base/utf8.ts';
import type { Cell, ColumnDef, TableDef } from '../../../src/schema/table-def.ts';
import type { Filter, Operator } from '../../../src/table/filter.ts';
import type { OrderBy } from '../../../src/table/row-order.ts';
import { defaultSettings, type TableSettings } from '../../../src/table/settings.ts';
import { cells, texts } from '../../support/schema-values.ts';

/** Chunks of 64 rows, dictionaries of a dozen entries, index segments of eight keys. */
export const smallSettings: TableSettings = {
  ...defaultSettings,
  chunkBits: 6,
  dictionaryEntriesMin: 4,
  dictionaryEntriesMax: 12,
  dictionaryRowsPerEntry: 3,
  arenaWasteMin: 16,
  segmentKeysMax: 8,
};

/** Keys of a string column: UUIDs alone for the most part, so that chunks stay in that form for a while. */
export const keyLists: fc.Arbitrary<string[]> = fc
  .tuple(
    fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 150, size: 'max' }),
    fc.array(fc.oneof(fc.string({ minLength: 1, maxLength: 8 }), texts), { maxLength: 6 }),
    fc.boolean(),
  )
  .map(([uuids, others, mixed]) => {
    const keys = mixed ? [...uuids, ...others.filter((key) => key !== '')] : uuids;
    const fit = (key: string) => key.isWellFormed() && utf8Length(key) <= defaultLimits.keyBytesMax;
    return [...new Set(keys.filter(fit))];
  });

const orderOperators: readonly Operator[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];

function comparisons(column: ColumnDef, known: readonly Cell[]): fc.Arbitrary<Filter> {
  const absent: Filter = { column: column.index, op: 'absent', cells: [] };
  if (column.kind === 'wire') return fc.constant(absent);
  const present = known.filter((cell) => cell !== null);
  // Operands that occur in the rows find some of them.
  const operand = fc
    .oneof(cells(column), present.length > 0 ? fc.constantFrom(...present) : cells(column))
    .filter((cell) => cell !== null);
  const one = operand.map((cell) => [cell]);
  const choices: fc.Arbitrary<Filter>[] = [
    fc.record({
      column: fc.constant(column.index),
      op: fc.constantFrom(...orderOperators),
      cells: one,
    }),
    fc.record({
      column: fc.constant(column.index),
      op: fc.constant('in' as const),
      cells: fc.array(operand, { maxLength: 12 }),
    }),
    fc.constant(absent),
  ];
  if (column.kind === 'string') {
    const prefixes = fc
      .tuple(operand, fc.nat({ max: 4 }))
      .map(([text, length]) => [[...(text as string)].slice(0, length).join('')]);
    choices.push(
      fc.record({
        column: fc.constant(column.index),
        op: fc.constant('starts-with' as const),
        cells: prefixes,
      }),
    );
  }
  return fc.oneof(...choices);
}

/** Filters over a table, with operands that occur in these rows among others. */
export function filters(def: TableDef, known: readonly (readonly Cell[])[]): fc.Arbitrary<Filter> {
  const leaves = fc.oneof(
    ...def.columns.map((column) =>
      comparisons(
        column,
        known.map((row) => row[column.index]!),
      ),
    ),
  );
  const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaves,
      fc.record({ all: fc.array(tie('tree'), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('tree'), { maxLength: 3 }) }),
      fc.record({ not: tie('tree') }),
    ),
  }));
  return tree;
}

/** Up to two columns to order by. */
export function orders(def: TableDef): fc.Arbitrary<OrderBy[]> {
  const columns = def.columns.filter(({ kind }) => kind !== 'wire').map(({ index }) => index);
  const order = fc.record({ column: fc.constantFrom(...columns), descending: fc.boolean() });
  return fc.array(order, { maxLength: 2 });
}
