import { digest64, digestHex } from '../base/digest.ts';
import { compareUtf8, encodeUtf8 } from '../base/utf8.ts';
import type {
  ColumnDef,
  NestedField,
  NestedMessage,
  ScopeTemplate,
  TableDef,
} from './table-def.ts';

/**
 * The fingerprint of a schema: 16 hexadecimal digits that are equal where two schemas are the same on the wire. It
 * is `digest64` of the UTF-8 of this text, upper half first, in lower-case hexadecimal.
 *
 * The text has a line for each fact, words separated by one space, each line ended by U+000A. Tables come in the
 * order of the UTF-8 bytes of their full names; SyncDB's own are left out. For each table:
 *
 * ```text
 * table NAME                   full name of the message
 * scope TEMPLATE               for each template, sorted by UTF-8 bytes; {7} stands for the field with number 7
 * key NUMBER                   number of the key's field
 * column NUMBER KIND WIRE PRESENCE MERGE ONEOF REFERENCES SHAPE     for each field by number
 * message INDEX                for each message type within the table's wire columns
 * field NUMBER ONEOF SHAPE     for each of its fields by number
 * ```
 *
 * KIND, WIRE and MERGE are the words of `ColumnDef`; PRESENCE is `maybe` or `always`; ONEOF the lowest number among
 * the members of the field's oneof, or `-` where it has no others, as that of an optional field of proto3; REFERENCES
 * the full name of the table, or `-`. SHAPE is `-`, but of a wire column `one` or `list`, then KIND and WIRE of a
 * scalar element or `message INDEX` of a message, where a map is a list of messages with the fields 1 and 2. Message
 * types are numbered from 0 in each table, in the order in which the lines above first name them; map entries are
 * never the same type as one another.
 *
 * Names of fields, enums, enum values and nested messages, codecs of columns, comments, files and validation rules do not count.
 */
export function fingerprintOf(tables: readonly TableDef[]): string {
  return digestHex(digest64(encodeUtf8(fingerprintText(tables))));
}

/** The text whose digest is the fingerprint. */
export function fingerprintText(tables: readonly TableDef[]): string {
  return tables
    .filter((table) => !table.system)
    .sort((a, b) => compareUtf8(a.name, b.name))
    .flatMap(tableLines)
    .map((line) => `${line}\n`)
    .join('');
}

function tableLines(table: TableDef): string[] {
  const shapes = new Shapes();
  const scopes = table.scopes.map((template) => templateText(table, template)).sort(compareUtf8);
  return [
    `table ${table.name}`,
    ...scopes.map((scope) => `scope ${scope}`),
    `key ${table.columns[table.key]!.number}`,
    ...table.columns.map((column) => columnLine(table, column, shapes)),
    ...shapes.lines(),
  ];
}

function templateText(table: TableDef, template: ScopeTemplate): string {
  return template.parts
    .map((part) => ('text' in part ? part.text : `{${table.columns[part.column]!.number}}`))
    .join('');
}

function columnLine(table: TableDef, column: ColumnDef, shapes: Shapes): string {
  const members = column.oneofSiblings.map((index) => table.columns[index]!.number);
  return [
    'column',
    column.number,
    column.kind,
    column.wire,
    column.presence ? 'maybe' : 'always',
    column.merge,
    members.length === 0 ? '-' : Math.min(column.number, ...members),
    column.references ?? '-',
    column.nested === undefined ? '-' : shapes.textOf(column.nested),
  ].join(' ');
}

/** Numbers the message types of one table as they are first named. */
class Shapes {
  private readonly indexes = new Map<NestedMessage, number>();

  textOf(field: NestedField): string {
    const { element } = field;
    const count = field.repeated ? 'list' : 'one';
    if (element.type === 'scalar') return `${count} ${element.kind} ${element.wire}`;
    const index = this.indexes.get(element) ?? this.indexes.size;
    this.indexes.set(element, index);
    return `${count} message ${index}`;
  }

  /** The lines of all messages. Those that a message names first are appended while this goes on. */
  lines(): string[] {
    const lines: string[] = [];
    for (const [message, index] of this.indexes) {
      lines.push(`message ${index}`);
      for (const [number, field] of [...message.fields].sort(([a], [b]) => a - b)) {
        const oneof = message.oneofs.get(number) ?? '-';
        lines.push(`field ${number} ${oneof} ${this.textOf(field)}`);
      }
    }
    return lines;
  }
}
