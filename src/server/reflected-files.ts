import { clone, type DescFile, toBinary } from '@bufbuild/protobuf';
import { type DescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { bytesEqual } from '../base/bytes.ts';

/** What a server can show of the files of its databases. */
export interface ReflectedFiles {
  /** By name, with all that they import. */
  readonly files: ReadonlyMap<string, DescFile>;
  /** Names of the files that are left out, sorted. */
  readonly ambiguous: readonly string[];
}

/**
 * Reflection knows one file of each name, and one place for each type. Of files in which databases differ it would show
 * those of one for the other's, so they are left out, and with them the files that import them. Those that are
 * `known`, and what they import, stand for all of their name.
 */
export function reflectedFiles(
  known: readonly DescFile[],
  databases: readonly (readonly DescFile[])[],
): ReflectedFiles {
  const ours = new Map<string, DescFile>();
  for (const file of known) collect(file, ours);
  const files = new Map(ours);
  const ambiguous = new Set<string>();
  const places = new Map<string, string>();
  for (const roots of databases) {
    const theirs = new Map<string, DescFile>();
    for (const file of roots) collect(file, theirs);
    for (const [name, file] of theirs) {
      if (ours.has(name)) continue;
      const other = files.get(name);
      if (other !== undefined && !sameFile(other, file)) ambiguous.add(name);
      files.set(name, other ?? file);
      for (const { typeName } of [...file.messages, ...file.enums]) {
        const place = places.get(typeName) ?? name;
        places.set(typeName, place);
        if (place !== name) ambiguous.add(place).add(name);
      }
    }
  }
  // Imports come before those who import them.
  for (const [name, { dependencies }] of files) {
    if (dependencies.some((file) => ambiguous.has(file.proto.name))) ambiguous.add(name);
  }
  for (const name of ambiguous) files.delete(name);
  return { files, ambiguous: [...ambiguous].sort() };
}

function collect(file: DescFile, files: Map<string, DescFile>): void {
  const { name } = file.proto;
  if (files.has(name)) return;
  for (const dependency of file.dependencies) collect(dependency, files);
  files.set(name, file);
}

function sameFile(left: DescFile, right: DescFile): boolean {
  return left === right || bytesEqual(comparable(left), comparable(right));
}

/** The file without what compilers write or leave out as they like: comments, and names for JSON. */
function comparable({ proto }: DescFile): Uint8Array {
  const file = clone(FileDescriptorProtoSchema, proto);
  file.sourceCodeInfo = undefined;
  for (const field of file.extension) field.jsonName = '';
  for (const message of file.messageType) withoutJsonNames(message);
  return toBinary(FileDescriptorProtoSchema, file);
}

function withoutJsonNames(message: DescriptorProto): void {
  for (const field of [...message.field, ...message.extension]) field.jsonName = '';
  for (const nested of message.nestedType) withoutJsonNames(nested);
}
