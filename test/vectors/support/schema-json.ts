/** What a reader without protobuf descriptors has to know of tables. */
import type {
  ColumnDef,
  NestedField,
  NestedMessage,
  TableDef,
} from '../../../src/schema/table-def.ts';

export interface SchemaField {
  readonly number: number;
  /** The KIND of PROTOCOL.md, or `message`. */
  readonly kind: string;
  /** Its WIRE; not there for messages. */
  readonly wire?: string;
  readonly message?: string;
  readonly repeated?: true;
  /** Fields of tables: an absent value is another than the default. */
  readonly presence?: true;
  /** Members of one oneof of a table have the same: the lowest of their numbers. */
  readonly oneof?: number;
}

/** The fields of messages, by their full names. */
export type SchemaJson = Record<string, SchemaField[]>;

export function schemaJson(defs: readonly TableDef[]): SchemaJson {
  const messages: SchemaJson = {};
  for (const def of defs) {
    messages[def.name] = def.columns.map((column) => {
      const siblings = column.oneofSiblings.map((index) => def.columns[index]!.number);
      const oneof = siblings.length > 0 && { oneof: Math.min(column.number, ...siblings) };
      return { ...columnField(messages, column), ...oneof };
    });
  }
  return messages;
}

function columnField(messages: SchemaJson, column: ColumnDef): SchemaField {
  const { number, kind, wire, nested, presence, typeName } = column;
  const maybe = presence ? { presence: true as const } : {};
  if (nested !== undefined) return { ...nestedField(messages, number, nested), ...maybe };
  if (kind === 'time') return { number, kind, message: typeName, ...maybe };
  return { number, kind, wire, ...maybe };
}

function nestedField(
  messages: SchemaJson,
  number: number,
  { element, repeated }: NestedField,
): SchemaField {
  const many = repeated ? { repeated: true as const } : {};
  if (element.type === 'scalar') {
    const { kind, wire } = element;
    return { number, kind, wire, ...many };
  }
  addMessage(messages, element);
  return { number, kind: 'message', message: element.name, ...many };
}

function addMessage(messages: SchemaJson, { name, fields }: NestedMessage): void {
  if (messages[name] !== undefined) return;
  const own: SchemaField[] = [];
  messages[name] = own;
  for (const [number, field] of fields) own.push(nestedField(messages, number, field));
}
