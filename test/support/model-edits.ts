/** Arbitrary edits of few rows, so that they meet each other. */
import fc from 'fast-check';
import type { Change } from '../../src/change/transaction.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import {
  itemTable,
  meterTable,
  noteTable,
  patch,
  put,
  remove,
  type Values,
} from './model-schema.ts';

// In counterexamples a table is its name.
for (const table of [itemTable, noteTable, meterTable]) {
  Object.defineProperty(table, fc.toStringMethod, { value: () => table.name });
}

const sites = fc.constantFrom('', 'a', 'b', 'c');
const words = fc.constantFrom('', 'one', 'two', 'three');
const counts = fc.integer({ min: -1, max: 2 });
const tags = fc.subarray(['x', 'y']);

/** At most one member of the oneof. */
const choices: fc.Arbitrary<Values> = fc.oneof(
  fc.constant({ text_choice: null, number_choice: null }),
  words.map((text_choice) => ({ text_choice, number_choice: null })),
  counts.map((number_choice) => ({ text_choice: null, number_choice })),
);

const itemFields = {
  site: sites,
  notes: words,
  count: counts,
  title: words,
  tags,
  due: fc.option(words),
};

const itemRows: fc.Arbitrary<Values> = fc
  .tuple(fc.record(itemFields), choices)
  .map(([fields, choice]) => ({ ...fields, ...choice }));

/** Patches name some fields. Of the oneof they name the member that they set, or any that they clear. */
const itemPatches: fc.Arbitrary<Values> = fc
  .tuple(
    fc.record(itemFields, { requiredKeys: [] }),
    fc.oneof(
      fc.constant({}),
      words.map((text_choice) => ({ text_choice })),
      counts.map((number_choice) => ({ number_choice })),
      fc.constantFrom({ text_choice: null }, { number_choice: null }),
      choices,
    ),
  )
  .map(([fields, choice]) => ({ ...fields, ...choice }));

const noteFields = { text: words, likes: counts };
const meterFields = { site: sites, value: fc.constantFrom(0, 1.5, Number.NaN) };

const itemKeys = fc.constantFrom('i1', 'i2', 'i3', 'i4');
const noteKeys = fc.constantFrom('n1', 'n2');
const meterKeys = fc.constantFrom('-1', '7');

/** An edit in words: what a naive model needs to know of it. */
export interface Edit {
  readonly table: TableDef;
  readonly key: string;
  readonly operation: Change['operation'];
  /** Put: all fields that are set. Patch: the fields that it names. */
  readonly values: Values;
}

function edits(
  table: TableDef,
  keys: fc.Arbitrary<string>,
  rows: fc.Arbitrary<Values>,
  patches: fc.Arbitrary<Values>,
): fc.Arbitrary<Edit> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        table: fc.constant(table),
        key: keys,
        operation: fc.constant('put' as const),
        values: rows,
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        table: fc.constant(table),
        key: keys,
        operation: fc.constant('patch' as const),
        values: patches,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        table: fc.constant(table),
        key: keys,
        operation: fc.constant('delete' as const),
        values: fc.constant({}),
      }),
    },
  );
}

export const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 5, arbitrary: edits(itemTable, itemKeys, itemRows, itemPatches) },
  {
    weight: 1,
    arbitrary: edits(
      noteTable,
      noteKeys,
      fc.record(noteFields),
      fc.record(noteFields, { requiredKeys: [] }),
    ),
  },
  {
    weight: 1,
    arbitrary: edits(
      meterTable,
      meterKeys,
      fc.record(meterFields),
      fc.record(meterFields, { requiredKeys: [] }),
    ),
  },
);

/** The change of an edit. */
export function changeOf(edit: Edit, rest: Partial<Change> = {}): Change {
  const { table, key, operation, values } = edit;
  if (operation === 'put') return put(table, key, values, rest);
  if (operation === 'patch') return patch(table, key, values, rest);
  return remove(table, key, rest);
}
