import {
  create,
  createRegistry,
  type DescFile,
  type DescMessage,
  hasOption,
  type Registry,
} from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import {
  CompilationError,
  createValidator,
  type Validator,
  type Violation,
} from '@bufbuild/protovalidate';
import {
  field as fieldRules,
  message as messageRules,
  oneof as oneofRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { Code, SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { type SchemaInput, tableMessages } from './descriptors.ts';
import { createMessageCodec, type MessageCodec } from './message-codec.ts';
import { SchemaProblems } from './problems.ts';
import type { Cell, Schema, TableDef } from './table-def.ts';

/** Checks rows against the `buf.validate` rules of their messages. */
export interface RowValidator {
  /** False for tables whose messages have no rules at any depth: there is nothing to call `validate` for. */
  hasRules(def: TableDef): boolean;

  /**
   * undefined for a row that keeps the rules, else INVALID_ARGUMENT ROW_INVALID with a violation for each field,
   * named by its path (`tags[2]`, `place.name`, `row` for the whole).
   */
  validate(def: TableDef, cells: readonly Cell[]): SyncError | undefined;
}

/**
 * The validator of a schema that was made of the same input. Compiles all rules at once: those that do not compile
 * raise INVALID_ARGUMENT BAD_RULES that names the messages.
 */
export function createRowValidator(
  input: SchemaInput,
  schema: Schema,
  limits: Limits = defaultLimits,
): RowValidator {
  const problems = new SchemaProblems();
  const messages = tableMessages(input, problems).filter((message) => carriesRules(message));
  const validator = createValidator({ registry: registryOf(messages) });
  for (const message of messages) {
    const { error } = validator.validate(message, create(message));
    if (error instanceof CompilationError) problems.add(message, 'BAD_RULES', error.message);
  }
  problems.throwIfAny();
  return new ProtoRowValidator(validator, messages, schema, limits);
}

class ProtoRowValidator implements RowValidator {
  private readonly validator: Validator;
  private readonly codecs: ReadonlyMap<string, MessageCodec>;

  constructor(
    validator: Validator,
    messages: readonly DescMessage[],
    schema: Schema,
    limits: Limits,
  ) {
    this.validator = validator;
    this.codecs = new Map(
      messages.flatMap((message) => {
        const def = schema.tableByName.get(message.typeName);
        return def === undefined ? [] : [[def.name, createMessageCodec(def, message, limits)]];
      }),
    );
  }

  hasRules(def: TableDef): boolean {
    return this.codecs.has(def.name);
  }

  validate(def: TableDef, cells: readonly Cell[]): SyncError | undefined {
    const codec = this.codecs.get(def.name);
    if (codec === undefined) return undefined;
    const result = this.validator.validate(codec.desc, codec.messageOfCells(cells));
    switch (result.kind) {
      case 'valid':
        return undefined;
      case 'invalid':
        return rowInvalid(def, result.violations.map(fieldViolation));
      case 'error':
        // A rule that fails on this row, such as a division by zero, cannot say that the row is good.
        return rowInvalid(def, [{ field: 'row', description: result.error.message }]);
    }
  }
}

function fieldViolation(violation: Violation): { field: string; description: string } {
  const path = pathToString(violation.field);
  return { field: path === '' ? 'row' : path, description: violation.message };
}

function rowInvalid(def: TableDef, fields: { field: string; description: string }[]): SyncError {
  const list = fields.map(({ field, description }) => `${field}: ${description}`).join('; ');
  const message = `a row of ${def.name} breaks its rules: ${list}`;
  return new SyncError(Code.invalidArgument, 'ROW_INVALID', message, { fields });
}

/** True where a message or one within it has rules. */
function carriesRules(message: DescMessage, seen = new Set<DescMessage>()): boolean {
  if (seen.has(message)) return false;
  seen.add(message);
  return (
    hasOption(message, messageRules) ||
    message.oneofs.some((oneof) => hasOption(oneof, oneofRules)) ||
    message.fields.some(
      (field) =>
        hasOption(field, fieldRules) ||
        (field.message !== undefined && carriesRules(field.message, seen)),
    )
  );
}

/** All types of the messages' files and of what these import, where a team's own predefined rules stand. */
function registryOf(messages: readonly DescMessage[]): Registry {
  const files = new Set<DescFile>();
  const collect = (file: DescFile): void => {
    if (files.has(file)) return;
    files.add(file);
    file.dependencies.forEach(collect);
  };
  for (const message of messages) collect(message.file);
  return createRegistry(...files);
}
