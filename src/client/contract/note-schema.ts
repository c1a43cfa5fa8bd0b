import {
  create,
  createFileRegistry,
  type DescMessage,
  type MessageShape,
  setExtension,
} from '@bufbuild/protobuf';
import {
  DescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  MessageOptionsSchema,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import {
  ColumnOptionsSchema,
  field,
  file_syncdb_v1_options,
  TableOptionsSchema,
  table,
} from '../../../gen/es/syncdb/v1/options_pb.ts';

/** A row of the contract's table. */
export interface Note {
  readonly id: string;
  readonly text: string;
}

/**
 * The table that a client of the contract has: `message Note { string id = 1; string text = 2; }`. Made here, since an adapter's
 * tests have no generated code of it.
 */
export const noteSchema: DescMessage = noteMessage();

/** What a note says; undefined where there is none. */
export function textOf(row: MessageShape<DescMessage> | undefined): string | undefined {
  return (row as unknown as Note | undefined)?.text;
}

function noteMessage(): DescMessage {
  const tableOptions = create(MessageOptionsSchema);
  setExtension(tableOptions, table, create(TableOptionsSchema));
  const keyOptions = create(FieldOptionsSchema);
  setExtension(keyOptions, field, create(ColumnOptionsSchema, { key: true }));
  const text = (name: string, number: number, options = create(FieldOptionsSchema)) =>
    create(FieldDescriptorProtoSchema, {
      ...{ name, number, options, jsonName: name, type: Type.STRING, label: Label.OPTIONAL },
    });
  const note = create(DescriptorProtoSchema, {
    name: 'Note',
    options: tableOptions,
    field: [text('id', 1, keyOptions), text('text', 2)],
  });
  const file = create(FileDescriptorProtoSchema, {
    name: 'contract/note.proto',
    package: 'storage.contract',
    syntax: 'proto3',
    dependency: [file_syncdb_v1_options.proto.name],
    messageType: [note],
  });
  const registry = createFileRegistry(file, (name) =>
    name === file_syncdb_v1_options.proto.name ? file_syncdb_v1_options : undefined,
  );
  return registry.getMessage('storage.contract.Note')!;
}
