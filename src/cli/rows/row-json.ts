import {
  clearField,
  clone,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import { Code, SyncError } from '../../base/errors.ts';
import { badOption } from '../option-error.ts';

/** What a row is besides its bytes: the canonical JSON of Protocol Buffers. */
export class RowJson {
  readonly desc: DescMessage;
  private readonly registry: Registry;

  constructor(desc: DescMessage, registry: Registry) {
    this.desc = desc;
    this.registry = registry;
  }

  /** FAILED_PRECONDITION NO_JSON_FORM where it has none, as a NaN inside of a Struct. */
  of(row: Message, key: string): { [name: string]: JsonValue } {
    try {
      return toJson(this.desc, row, { registry: this.registry }) as { [name: string]: JsonValue };
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      const text = `the row ${JSON.stringify(key)} of ${this.desc.typeName} cannot be written as JSON, only in --format binary: ${problem}`;
      throw new SyncError(Code.failedPrecondition, 'NO_JSON_FORM', text, { cause });
    }
  }

  /** The row that this means; throws an Error that says what is wrong with it. */
  read(json: JsonValue): Message {
    return fromJson(this.desc, json, { registry: this.registry });
  }
}

/** Fields of a message by name, as in the proto file or in JSON. INVALID_ARGUMENT BAD_OPTION names the option. */
export function fieldNamed(desc: DescMessage, name: string, option: string): DescField {
  const field = desc.fields.find((each) => each.name === name || each.jsonName === name);
  if (field !== undefined) return field;
  const known = desc.fields.map((each) => each.name).join(', ');
  throw badOption(option, `${desc.typeName} has no field ${name}; it has ${known}`);
}

/** A row with these fields only. */
export function onlyFields(desc: DescMessage, row: Message, fields: readonly DescField[]): Message {
  const part = clone(desc, row);
  for (const field of desc.fields) if (!fields.includes(field)) clearField(part, field);
  return part;
}
