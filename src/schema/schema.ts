import { type DescMessage, getOption } from '@bufbuild/protobuf';
import { table as tableOption } from '../../gen/es/syncdb/v1/options_pb.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { fullMask } from '../base/mask.ts';
import { compareUtf8, utf8Length } from '../base/utf8.ts';
import { columnsOf, type SchemaContext } from './columns.ts';
import { type SchemaInput, systemMessages, tableMessages } from './descriptors.ts';
import { fingerprintOf } from './fingerprint.ts';
import { keyField } from './key-field.ts';
import { NestedFields } from './nested-fields.ts';
import { SchemaProblems } from './problems.ts';
import { parseScopeTemplate } from './scope-template.ts';
import type { Schema, ScopeTemplate, TableDef } from './table-def.ts';

export interface SchemaOptions {
  /** Number of the schema version; 1 unless told otherwise. */
  readonly version?: number;
  readonly limits?: Limits;
}

/**
 * The schema of a database: every message of the input with the option `(syncdb.v1.table)`, and SyncDB's own
 * tables.
 *
 * Raises INVALID_ARGUMENT with all that is wrong at once, each with file, message and field (`SchemaProblems`).
 * Reasons: BAD_DESCRIPTOR_SET, NO_TABLES, NOT_A_TABLE, DUPLICATE_TABLE, RESERVED_NAME, TOO_MANY_TABLES,
 * TOO_MANY_COLUMNS, NO_KEY, SEVERAL_KEYS, BAD_KEY_TYPE, UNSUPPORTED_FIELD, UNKNOWN_REFERENCE, REFERENCE_TYPE,
 * UNKNOWN_MERGE_RULE, BAD_SCOPE_TEMPLATE.
 */
export function createSchema(input: SchemaInput, options: SchemaOptions = {}): Schema {
  const problems = new SchemaProblems();
  const team = tableMessages(input, problems);
  if (team.length === 0) {
    problems.addAt('schema', 'NO_TABLES', 'no message has the option (syncdb.v1.table)');
  }
  return schemaOf(team, options, problems);
}

/** SyncDB's own tables alone, for who reads them without knowing the team's. */
export function createSystemSchema(): Schema {
  return schemaOf([], {}, new SchemaProblems());
}

function schemaOf(
  team: readonly DescMessage[],
  { version = 1, limits = defaultLimits }: SchemaOptions,
  problems: SchemaProblems,
): Schema {
  const system = systemMessages();
  const messages = [...team.toSorted(byName), ...system.sort(byName)];
  if (messages.length > limits.tablesMax) {
    const description = `has ${team.length} tables, and ${system.length} of SyncDB; together ${limits.tablesMax} are allowed`;
    problems.addAt('schema', 'TOO_MANY_TABLES', description);
  }
  const context: SchemaContext = {
    keys: new Map(messages.map((message) => [message.typeName, keyField(message, problems)])),
    nested: new NestedFields(problems),
    problems,
  };
  const tables = messages.map((message, index) =>
    tableDef(message, index, index >= team.length, context, limits),
  );
  problems.throwIfAny();
  return {
    version,
    fingerprint: fingerprintOf(tables),
    tables,
    tableByName: new Map(tables.map((table) => [table.name, table])),
  };
}

function byName(left: DescMessage, right: DescMessage): number {
  return compareUtf8(left.typeName, right.typeName);
}

function tableDef(
  message: DescMessage,
  index: number,
  system: boolean,
  context: SchemaContext,
  limits: Limits,
): TableDef {
  const { problems } = context;
  const columns = columnsOf(message, context);
  if (columns.length > limits.tableColumnsMax) {
    const description = `has ${columns.length} fields; ${limits.tableColumnsMax} are allowed`;
    problems.add(message, 'TOO_MANY_COLUMNS', description);
  }
  const key = context.keys.get(message.typeName);
  const table: Omit<TableDef, 'scopes'> = {
    name: message.typeName,
    index,
    system,
    columns,
    // A table without a fit key is refused; the number is never read.
    key: columns.findIndex((column) => column.number === key?.number),
    allColumns: fullMask(columns.length),
    columnByNumber: new Map(columns.map((column) => [column.number, column])),
    columnByName: new Map(columns.map((column) => [column.name, column])),
  };
  return { ...table, scopes: scopeTemplates(message, table, problems, limits) };
}

function scopeTemplates(
  message: DescMessage,
  table: Omit<TableDef, 'scopes'>,
  problems: SchemaProblems,
  limits: Limits,
): ScopeTemplate[] {
  const refuse = (description: string) => problems.add(message, 'BAD_SCOPE_TEMPLATE', description);
  return getOption(message, tableOption).scopes.flatMap((source) => {
    if (utf8Length(source) > limits.scopeBytesMax) {
      refuse(`a scope template has more than ${limits.scopeBytesMax} bytes`);
      return [];
    }
    return parseScopeTemplate(source, table, refuse) ?? [];
  });
}
