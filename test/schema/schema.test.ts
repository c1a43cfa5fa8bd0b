import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { maskIndexes } from '../../src/base/mask.ts';
import { compileRowCodec } from '../../src/schema/row-codec.ts';
import { createSchema, createSystemSchema } from '../../src/schema/schema.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import { type FieldSpec, type MessageSpec, schemaSet } from '../support/schema-builder.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { testImage } from '../support/schema-image.ts';
import { testSchema } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';

const system = [
  'syncdb.v1.Conflict',
  'syncdb.v1.Device',
  'syncdb.v1.Epoch',
  'syncdb.v1.Outcome',
  'syncdb.v1.SafePoint',
  'syncdb.v1.SchemaVersion',
  'syncdb.v1.ServiceRequest',
  'syncdb.v1.Writer',
];

describe('createSchema', () => {
  test('has the team’s tables by name, then the system’s by name', () => {
    const names = testSchema.tables.map((table) => table.name);
    const team = names.slice(0, -system.length);
    expect(names.slice(-system.length)).toEqual(system);
    expect(team).toEqual([...team].sort());
    for (const [index, table] of testSchema.tables.entries()) {
      expect(table.index).toBe(index);
      expect(table.system).toBe(system.includes(table.name));
      expect(testSchema.tableByName.get(table.name)).toBe(table);
    }
  });

  test('numbers itself as it is told, else 1', () => {
    expect(createSchema([RecordSchema]).version).toBe(1);
    expect(createSchema([RecordSchema], { version: 7 }).version).toBe(7);
  });

  test('makes the same tables of what buf writes and of generated code', () => {
    const fromImage = createSchema(testImage());
    expect(fromImage.fingerprint).toBe(testSchema.fingerprint);
    expect(fromImage.tables).toEqual(testSchema.tables);
  });

  test('finds columns by number and by name, and has a mask of all', () => {
    for (const table of testSchema.tables) {
      const indexes = table.columns.map((column) => column.index);
      expect(maskIndexes(table.allColumns)).toEqual(indexes);
      for (const column of table.columns) {
        expect(table.columnByNumber.get(column.number)).toBe(column);
        expect(table.columnByName.get(column.name)).toBe(column);
      }
    }
  });

  test('scopes the system’s own tables by names that no team can use, but for what everyone is to know', () => {
    const scopes = system.map((name) => testSchema.tableByName.get(name)!.scopes[0]?.source);
    expect(scopes).toEqual([
      '$replica/{replica_id}',
      '$devices',
      // The epochs, and what is safe.
      undefined,
      '$replica/{replica_id}',
      undefined,
      '$schema',
      '$requests',
      '$writers',
    ]);
  });
});

describe('what cannot be a schema', () => {
  test('has no tables', () => {
    const set = schemaSet({ Plain: { fields: { 1: 'id: string' } } });
    expect(refusalOf(() => createSchema(set))).toEqual({ reason: 'NO_TABLES', fields: ['schema'] });
  });

  test('has one table more than the limit', () => {
    const tables = (count: number) =>
      schemaSet(
        Object.fromEntries(
          Array.from({ length: count }, (_, index) => [
            `T${index}`,
            { table: {}, fields: { 1: 'id: string' } },
          ]),
        ),
      );
    const limits = { ...defaultLimits, tablesMax: 3 + system.length };
    expect(createSchema(tables(3), { limits }).tables).toHaveLength(3 + system.length);
    expect(refusalOf(() => createSchema(tables(4), { limits })).reason).toBe('TOO_MANY_TABLES');
  });

  test('has one column more than the limit', () => {
    const fields = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          index + 1,
          index === 0 ? 'id: string' : `f${index}: string`,
        ]),
      );
    const limits = { ...defaultLimits, tableColumnsMax: 30 };
    const set = (count: number) => schemaSet({ T: { table: {}, fields: fields(count) } });
    expect(createSchema(set(30), { limits }).tables[0]?.columns).toHaveLength(30);
    expect(refusalOf(() => createSchema(set(31), { limits }))).toEqual({
      reason: 'TOO_MANY_COLUMNS',
      fields: ['t.proto: T'],
    });
  });

  test('has a scope template that is wrong or too long', () => {
    const set = schemaSet({
      T: { table: { scopes: ['a/{nothing}', 'x'.repeat(257), ''] }, fields: { 1: 'id: string' } },
    });
    expect(refusalOf(() => createSchema(set))).toEqual({
      reason: 'BAD_SCOPE_TEMPLATE',
      fields: ['t.proto: T', 't.proto: T', 't.proto: T'],
    });
  });

  test('is told all that is wrong with it at once', () => {
    const set = schemaSet({
      A: { table: { scopes: ['{gone}'] }, fields: { 1: 'name: string' } },
      B: {
        table: {},
        fields: {
          1: { name: 'id', type: 'double' },
          2: { name: 'a', type: 'string', options: { references: 'C' } },
        },
      },
    });
    expect(refusalOf(() => createSchema(set)).fields).toEqual([
      't.proto: A',
      't.proto: B.id',
      't.proto: A',
      't.proto: B.a',
    ]);
  });
});

describe('[P14] any message with the option', () => {
  const types = [
    'double',
    'float',
    'int64',
    'uint64',
    'int32',
    'fixed64',
    'fixed32',
    'bool',
    'string',
    'bytes',
    'uint32',
    'sfixed32',
    'sfixed64',
    'sint32',
    'sint64',
    'enum t.E',
    't.Other',
    'google.protobuf.Timestamp',
    'google.protobuf.Duration',
    'google.protobuf.Struct',
  ];
  const fieldSpecs: fc.Arbitrary<FieldSpec> = fc
    .record({
      type: fc.constantFrom(...types),
      shape: fc.constantFrom<Partial<FieldSpec>>(
        {},
        {},
        { optional: true },
        { label: 'repeated' },
        { oneof: 'o' },
        { oneof: 'p' },
      ),
    })
    .map(({ type, shape }) => ({ type, ...shape }));
  const numbers = fc.uniqueArray(
    fc.oneof(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 2, max: 0x1fffffff })),
    {
      minLength: 1,
      maxLength: 30,
    },
  );
  const tables = fc
    .tuple(fc.constantFrom('string', 'int64', 'bytes', 'bool'), numbers)
    .chain(([keyType, list]) =>
      fc.tuple(fc.constant(keyType), fc.constant(list), fc.tuple(...list.map(() => fieldSpecs))),
    )
    .map(([keyType, list, specs]): MessageSpec['fields'] => ({
      1: { name: 'id', type: keyType },
      ...Object.fromEntries(
        list.map((number, index) => [number, { name: `f${number}`, ...specs[index]! }]),
      ),
    }));

  function defOf(fields: MessageSpec['fields']): TableDef {
    const other: MessageSpec = { fields: { 1: 'text: string', 2: 'again: t.Other' } };
    return createSchema(schemaSet({ T: { table: {}, fields }, Other: other })).tableByName.get(
      't.T',
    )!;
  }

  test('[P14] becomes a table with a column for each field', () => {
    fc.assert(
      fc.property(tables, (fields) => {
        const def = defOf(fields);
        const wanted = Object.keys(fields)
          .map(Number)
          .sort((a, b) => a - b);
        expect(def.columns.map((column) => column.number)).toEqual(wanted);
        for (const column of def.columns) {
          const spec = fields[column.number] as { name: string } & FieldSpec;
          const isMessage = spec.type.includes('.') && !spec.type.startsWith('enum');
          const single = spec.label !== 'repeated';
          expect(column.name).toBe(spec.name);
          expect(column.presence).toBe(
            single && (isMessage || spec.optional === true || spec.oneof !== undefined),
          );
        }
        expect(def.columns[def.key]?.name).toBe('id');
      }),
      { numRuns: 200 },
    );
  });

  test('[P14] its rows survive their encoding', () => {
    const rows = tables.chain((fields) => {
      const def = defOf(fields);
      return fc.tuple(fc.constant(def), fc.tuple(...def.columns.map((column) => cells(column))));
    });
    fc.assert(
      fc.property(rows, ([def, row]) => {
        for (const { index, oneofSiblings } of def.columns) {
          if (oneofSiblings.some((sibling) => sibling < index)) row[index] = null;
        }
        const codec = compileRowCodec(def);
        const out = new ByteWriter();
        codec.encode(row, undefined, out);
        const bytes = out.finish();
        expect(codec.decode(bytes, 0, bytes.length, defaultLimits).cells).toEqual(row);
      }),
      { numRuns: 200 },
    );
  });
});

test('SyncDB’s own tables are the same with and without a team’s', () => {
  const { tables } = createSystemSchema();
  expect(tables.map(({ name }) => name)).toContain('syncdb.v1.Outcome');
  const withTeam = createSchema([RecordSchema]).tables.filter(({ system }) => system);
  expect(tables.map(({ index: _, ...table }) => table)).toEqual(
    withTeam.map(({ index: _, ...table }) => table),
  );
});
