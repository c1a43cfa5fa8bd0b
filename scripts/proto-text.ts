/**
 * Prints a proto2 file descriptor as `.proto` text. Needed because npm carries `buf/validate/validate.proto` only as
 * the descriptor inside @bufbuild/protovalidate, while buf and every other compiler want the text. A descriptor holds
 * no comments, so the text has none; all else is there, which the test proves by compiling the text again.
 */
import {
  type DescExtension,
  type DescField,
  type DescFile,
  getExtension,
  hasExtension,
  type Message,
} from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { reflect } from '@bufbuild/protobuf/reflect';
import {
  type DescriptorProto,
  Edition,
  type EnumDescriptorProto,
  EnumOptionsSchema,
  EnumValueOptionsSchema,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
  FileOptionsSchema,
  MessageOptionsSchema,
} from '@bufbuild/protobuf/wkt';

/** Highest field number plus one; a range that ends there is written `to max`. */
const FIELD_NUMBER_END = 536_870_912;

/** Returns the text of `file`. Throws on what the printer has no words for, so that nothing is dropped in silence. */
export function protoText(file: DescFile, heading: string): string {
  const { proto } = file;
  if (file.edition !== Edition.EDITION_PROTO2 || proto.service.length > 0) {
    throw new Error(`${proto.name}: only proto2 files without services can be printed`);
  }
  const printer = new Printer(file.extensions, proto.package);
  return [
    ...heading.split('\n').map((line) => `// ${line}`.trimEnd()),
    'syntax = "proto2";',
    `package ${proto.package};`,
    ...proto.dependency.map((name) => `import ${quote(name)};`),
    ...printer.options(FileOptionsSchema, proto.options).map((option) => `option ${option};`),
    ...proto.extension.map(
      (field) => `extend ${field.extendee} {\n${indent(printer.field(field))}\n}`,
    ),
    ...proto.messageType.map((message) => printer.message(message)),
    ...proto.enumType.map((type) => printer.enum(type)),
    '',
  ].join('\n');
}

class Printer {
  readonly #extensions: readonly DescExtension[];
  readonly #package: string;

  constructor(extensions: readonly DescExtension[], packageName: string) {
    this.#extensions = extensions;
    this.#package = packageName;
  }

  message(message: DescriptorProto): string {
    const lines = [
      ...this.options(MessageOptionsSchema, message.options).map((option) => `option ${option};`),
      ...message.field.flatMap((field, index) => {
        if (!isInOneof(field)) return this.field(field);
        // A oneof stands where its first field stands, and holds the others too: the order is part of a descriptor.
        const fields = message.field.filter((other) => isSameOneof(field, other));
        return fields[0] === message.field[index] ? this.oneof(message, fields) : [];
      }),
      ...message.nestedType.map((nested) => this.message(nested)),
      ...message.enumType.map((nested) => this.enum(nested)),
      ...message.extension.map(
        (field) => `extend ${field.extendee} {\n${indent(this.field(field))}\n}`,
      ),
      ...message.reservedRange.map((range) => `reserved ${span(range.start, range.end)};`),
      ...message.reservedName.map((name) => `reserved ${quote(name)};`),
      ...message.extensionRange.map((range) => {
        if (range.options !== undefined)
          throw new Error(`${message.name}: an extension range has options`);
        return `extensions ${span(range.start, range.end)};`;
      }),
    ];
    return `message ${message.name} {\n${indent(lines.join('\n'))}\n}`;
  }

  oneof(message: DescriptorProto, fields: readonly FieldDescriptorProto[]): string {
    const name = message.oneofDecl[fields[0]?.oneofIndex ?? -1]?.name;
    return `oneof ${name} {\n${indent(fields.map((field) => this.field(field)).join('\n'))}\n}`;
  }

  enum(type: EnumDescriptorProto): string {
    const values = type.value.map((value) => {
      const options = this.options(EnumValueOptionsSchema, value.options);
      return `${value.name} = ${value.number}${inBrackets(options)};`;
    });
    const lines = [
      ...this.options(EnumOptionsSchema, type.options).map((option) => `option ${option};`),
      ...values,
      // Unlike the ranges of messages, those of enums include their end.
      ...type.reservedRange.map((range) => `reserved ${span(range.start, range.end + 1)};`),
      ...type.reservedName.map((name) => `reserved ${quote(name)};`),
    ];
    return `enum ${type.name} {\n${indent(lines.join('\n'))}\n}`;
  }

  field(field: FieldDescriptorProto): string {
    const options = this.options(FieldOptionsSchema, field.options);
    if (Object.hasOwn(field, 'defaultValue')) options.unshift(`default = ${defaultValue(field)}`);
    const label = Object.hasOwn(field, 'oneofIndex')
      ? ''
      : `${labels.get(field.label) ?? fail(field)} `;
    return `${label}${typeName(field)} ${field.name} = ${field.number}${inBrackets(options)};`;
  }

  /** The set options of one element, each as `name = value`: the standard ones, and this file's own extensions. */
  options<Options extends Message>(
    schema: GenMessage<Options>,
    options: Options | undefined,
  ): string[] {
    if (options === undefined) return [];
    const standard = reflect(schema, options);
    const lines = standard.sortedFields
      .filter((field) => standard.isSet(field))
      .map((field) => `${field.name} = ${literal(field, standard.get(field))}`);
    const own = this.#extensions.filter(
      (extension) => extension.extendee.typeName === schema.typeName,
    );
    for (const extension of own) {
      if (!hasExtension(options, extension)) continue;
      const value = getExtension(options, extension) as Message;
      if (extension.message === undefined)
        throw new Error(`${extension.typeName}: not a message option`);
      const text = messageLiteral(reflect(extension.message, value));
      lines.push(`(${this.#package}.${extension.name}) = ${text}`);
    }
    const known = new Set(own.map((extension) => extension.number));
    if (options.$unknown?.some((unknown) => !known.has(unknown.no))) {
      throw new Error(`${schema.typeName}: an option of another file cannot be printed`);
    }
    return lines;
  }
}

const labels = new Map([
  [FieldDescriptorProto_Label.OPTIONAL, 'optional'],
  [FieldDescriptorProto_Label.REQUIRED, 'required'],
  [FieldDescriptorProto_Label.REPEATED, 'repeated'],
]);

function isInOneof(field: FieldDescriptorProto): boolean {
  return Object.hasOwn(field, 'oneofIndex');
}

function isSameOneof(a: FieldDescriptorProto, b: FieldDescriptorProto): boolean {
  return isInOneof(b) && a.oneofIndex === b.oneofIndex;
}

function typeName(field: FieldDescriptorProto): string {
  if (field.typeName !== '') return field.typeName;
  return FieldDescriptorProto_Type[field.type].toLowerCase();
}

function defaultValue(field: FieldDescriptorProto): string {
  if (field.type === FieldDescriptorProto_Type.BYTES) return fail(field);
  return field.type === FieldDescriptorProto_Type.STRING
    ? quote(field.defaultValue)
    : field.defaultValue;
}

/** A value in the text format, as options take it. */
function literal(field: DescField, value: unknown): string {
  if (field.fieldKind === 'list') {
    const items = [...(value as Iterable<unknown>)].map((item) =>
      field.listKind === 'message' ? messageLiteral(item as Reflected) : scalarLiteral(field, item),
    );
    return `[${items.join(', ')}]`;
  }
  if (field.fieldKind === 'map') throw new Error(`${field.name}: a map option cannot be printed`);
  return field.fieldKind === 'message'
    ? messageLiteral(value as Reflected)
    : scalarLiteral(field, value);
}

type Reflected = ReturnType<typeof reflect>;

function messageLiteral(message: Reflected): string {
  const fields = message.sortedFields
    .filter((field) => message.isSet(field))
    .map((field) => `${field.name}: ${literal(field, message.get(field))}`);
  return `{ ${fields.join(', ')} }`;
}

function scalarLiteral(field: DescField, value: unknown): string {
  if (field.enum !== undefined) {
    return field.enum.value[value as number]?.name ?? String(value);
  }
  if (value instanceof Uint8Array)
    throw new Error(`${field.name}: a bytes option cannot be printed`);
  return typeof value === 'string' ? quote(value) : String(value);
}

function span(start: number, end: number): string {
  if (end === FIELD_NUMBER_END) return `${start} to max`;
  return end === start + 1 ? `${start}` : `${start} to ${end - 1}`;
}

function inBrackets(options: readonly string[]): string {
  return options.length === 0 ? '' : ` [${options.join(', ')}]`;
}

/** JSON's escapes are a subset of those of a proto string. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function fail(field: FieldDescriptorProto): never {
  throw new Error(`field ${field.name} cannot be printed`);
}
