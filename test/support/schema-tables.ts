import { file_test_v1_editions } from '../../gen/es/test/v1/editions_pb.ts';
import { file_test_v1_shapes } from '../../gen/es/test/v1/shapes_pb.ts';
import { file_test_v1_validated } from '../../gen/es/test/v1/validated_pb.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { ColumnDef, TableDef } from '../../src/schema/table-def.ts';
import { type MessageSpec, schemaSet } from './schema-builder.ts';

/** The schema of all test protos. */
export const testSchema = createSchema([
  file_test_v1_shapes,
  file_test_v1_editions,
  file_test_v1_validated,
]);

/** A table of the test protos by its name in the package `test.v1`. */
export function testTable(name: string): TableDef {
  const def = testSchema.tableByName.get(`test.v1.${name}`);
  if (def === undefined) throw new Error(`no table ${name}`);
  return def;
}

/** A column of the table with every shape. */
export function shapesColumn(name: string): ColumnDef {
  const column = testTable('Shapes').columnByName.get(name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return column;
}

/** A table made of its fields by number, `id: string`; the first is the key. */
export function tableOf(
  fields: MessageSpec['fields'],
  table: NonNullable<MessageSpec['table']> = {},
): TableDef {
  return createSchema(schemaSet({ T: { table, fields } })).tableByName.get('t.T')!;
}

/** A table whose key `id` has this type. */
export function keyedBy(type: string): TableDef {
  return tableOf({ 1: { name: 'id', type } });
}
