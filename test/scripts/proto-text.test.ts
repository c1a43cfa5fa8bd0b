import { join } from 'node:path';
import { clearField, clone, create, createFileRegistry, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { expect, test } from 'vitest';
import { protoText } from '../../scripts/proto-text.ts';
import { compileProtos } from '../support/compile-protos.ts';

const root = join(import.meta.dirname, '..', '..');

test('the text that is printed compiles to the descriptor that it was printed from', () => {
  const [compiled] = compileProtos(root, ['build/protos/buf']);
  expect(bytesOf(compiled!)).toEqual(bytesOf(file_buf_validate_validate.proto));
});

test('what cannot be printed is refused and not left out', () => {
  const file = create(FileDescriptorProtoSchema, { name: 'a.proto', syntax: 'proto3' });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  expect(() => protoText(registry.getFile('a.proto')!, 'A heading')).toThrow(/only proto2/);
});

/** The descriptor without what is not of its meaning: comments, JSON names, which may be left out, and buf's own notes. */
function bytesOf(file: FileDescriptorProto): Uint8Array {
  const copy = clone(FileDescriptorProtoSchema, file);
  clearField(copy, FileDescriptorProtoSchema.field.sourceCodeInfo);
  clearField(copy, FileDescriptorProtoSchema.field.syntax);
  delete copy.$unknown;
  const strip = ({ field, extension, nestedType }: DescriptorProto) => {
    for (const each of [...field, ...extension]) {
      clearField(each, FieldDescriptorProtoSchema.field.jsonName);
    }
    nestedType.forEach(strip);
  };
  copy.messageType.forEach(strip);
  for (const each of copy.extension) clearField(each, FieldDescriptorProtoSchema.field.jsonName);
  return toBinary(FileDescriptorProtoSchema, copy);
}
