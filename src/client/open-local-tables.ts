import type { DescMessage } from '@bufbuild/protobuf';
import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { LocalTables, noLocalTables } from '../replica/local-tables.ts';
import { createSchema } from '../schema/schema.ts';
import type { Schema } from '../schema/table-def.ts';
import { createRowValidator } from '../schema/validate.ts';

/**
 * The tables that never leave the device, empty. INVALID_ARGUMENT where a message is no table, where its rules do not compile,
 * and TABLE_TWICE where it is one of the tables that are synced.
 */
export function openLocalTables(
  messages: readonly DescMessage[],
  synced: Schema,
  limits: Limits,
): LocalTables {
  if (messages.length === 0) return noLocalTables(limits);
  for (const [index, { typeName }] of messages.entries()) {
    if (!synced.tableByName.has(typeName)) continue;
    const description = `${typeName} is a table of the schema, too`;
    throw invalidField(`localTables[${index}]`, 'TABLE_TWICE', description);
  }
  const schema = createSchema(messages, { limits });
  const rules = createRowValidator(messages, schema, limits);
  return new LocalTables({
    schema,
    limits,
    validate: (table, cells) => (rules.hasRules(table) ? rules.validate(table, cells) : undefined),
  });
}
