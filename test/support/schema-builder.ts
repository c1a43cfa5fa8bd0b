/** Proto files made by hand, for schemas that no compiler would let pass or that differ in one detail. */
import { create, type DescFile, type MessageInitShape, setExtension } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  MessageOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import {
  ColumnOptionsSchema,
  field as fieldOption,
  file_syncdb_v1_options,
  TableOptionsSchema,
  table as tableOption,
} from '../../gen/es/syncdb/v1/options_pb.ts';

export interface FieldSpec {
  /** A scalar type such as `string`; or a full name, that of an enum after `enum `. */
  readonly type: string;
  readonly label?: 'repeated' | 'required';
  /** proto3 `optional`. */
  readonly optional?: boolean;
  /** Name of the oneof. */
  readonly oneof?: string;
  readonly options?: MessageInitShape<typeof ColumnOptionsSchema>;
}

export interface MessageSpec {
  /** Present where the message is a table. */
  readonly table?: MessageInitShape<typeof TableOptionsSchema>;
  /** By number: name and type, `id: string`, or name and all there is to say. */
  readonly fields: Readonly<Record<number, string | ({ readonly name: string } & FieldSpec)>>;
  readonly nested?: Readonly<Record<string, MessageSpec>>;
}

/** A table in the package `t` of the file `t.proto`, beside the other messages. */
export function schemaSet(
  messages: Readonly<Record<string, MessageSpec>>,
  file: { name?: string; syntax?: 'proto2' | 'proto3'; package?: string } = {},
): FileDescriptorSet {
  return setOf(protoFile(messages, file));
}

export function protoFile(
  messages: Readonly<Record<string, MessageSpec>>,
  file: { name?: string; syntax?: 'proto2' | 'proto3'; package?: string } = {},
): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, {
    name: file.name ?? 't.proto',
    package: file.package ?? 't',
    syntax: file.syntax ?? 'proto3',
    dependency: importedFiles.map((imported) => imported.proto.name),
    messageType: Object.entries(messages).map(([name, spec]) => messageProto(name, spec)),
    enumType: [{ name: 'E', value: [{ name: 'E_ZERO' }, { name: 'E_ONE', number: 1 }] }],
  });
}

/** The files, after all that they may import. */
export function setOf(...files: FileDescriptorProto[]): FileDescriptorSet {
  const imports = [file_google_protobuf_descriptor, ...importedFiles].map((file) => file.proto);
  return create(FileDescriptorSetSchema, { file: [...imports, ...files] });
}

const importedFiles: readonly DescFile[] = [
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_syncdb_v1_options,
];

function messageProto(name: string, spec: MessageSpec): DescriptorProto {
  const entries = Object.entries(spec.fields).map(([number, field]) => {
    const full = typeof field === 'string' ? shortField(field) : field;
    return { number: Number(number), ...full };
  });
  const real = [...new Set(entries.flatMap((field) => (field.oneof ? [field.oneof] : [])))];
  const synthetic = entries.filter((field) => field.optional).map((field) => `_${field.name}`);
  const oneofs = [...real, ...synthetic];
  return create(DescriptorProtoSchema, {
    name,
    oneofDecl: oneofs.map((oneof) => ({ name: oneof })),
    field: entries.map((field) => {
      const oneof = field.optional ? `_${field.name}` : field.oneof;
      return {
        ...fieldProto(field.name, field.number, field),
        ...(oneof === undefined ? {} : { oneofIndex: oneofs.indexOf(oneof) }),
      };
    }),
    nestedType: Object.entries(spec.nested ?? {}).map(([inner, nested]) =>
      messageProto(inner, nested),
    ),
    ...(spec.table === undefined ? {} : { options: tableOptions(spec.table) }),
  });
}

function shortField(text: string): { name: string } & FieldSpec {
  const [name, type] = text.split(': ') as [string, string];
  return { name, type };
}

function tableOptions(init: MessageInitShape<typeof TableOptionsSchema>) {
  const options = create(MessageOptionsSchema);
  setExtension(options, tableOption, create(TableOptionsSchema, init));
  return options;
}

function fieldProto(name: string, number: number, spec: FieldSpec) {
  const labels = {
    repeated: FieldDescriptorProto_Label.REPEATED,
    required: FieldDescriptorProto_Label.REQUIRED,
    optional: FieldDescriptorProto_Label.OPTIONAL,
  };
  const options = create(FieldOptionsSchema);
  if (spec.options) setExtension(options, fieldOption, create(ColumnOptionsSchema, spec.options));
  return create(FieldDescriptorProtoSchema, {
    name,
    number,
    jsonName: name,
    label: labels[spec.label ?? 'optional'],
    proto3Optional: spec.optional ?? false,
    options,
    ...typeOf(spec.type),
  });
}

function typeOf(type: string): { type: FieldDescriptorProto_Type; typeName?: string } {
  const [word, name] = type.split(' ');
  if (word === 'enum') return { type: FieldDescriptorProto_Type.ENUM, typeName: `.${name}` };
  if (word === 'group') return { type: FieldDescriptorProto_Type.GROUP, typeName: `.${name}` };
  const scalar = FieldDescriptorProto_Type[type.toUpperCase() as 'STRING'];
  if (scalar !== undefined && !type.includes('.')) return { type: scalar };
  return { type: FieldDescriptorProto_Type.MESSAGE, typeName: `.${type}` };
}
