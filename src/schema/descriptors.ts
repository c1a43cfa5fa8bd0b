import {
  createFileRegistry,
  type DescFile,
  type DescMessage,
  fromBinary,
  hasOption,
} from '@bufbuild/protobuf';
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { table } from '../../gen/es/syncdb/v1/options_pb.ts';
import { file_syncdb_v1_system } from '../../gen/es/syncdb/v1/system_pb.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { SchemaProblems } from './problems.ts';

/**
 * Where tables come from: a `google.protobuf.FileDescriptorSet` with all its imports, as bytes (what `buf build`
 * writes) or as a message; or generated descriptors, of files or of single messages.
 */
export type SchemaInput = Uint8Array | FileDescriptorSet | readonly (DescFile | DescMessage)[];

/** The messages of the input that are tables, system tables left out. Each name once. */
export function tableMessages(input: SchemaInput, problems: SchemaProblems): DescMessage[] {
  const found = new Map<string, DescMessage>();
  for (const message of candidates(input, problems)) {
    if (message.file.proto.name === file_syncdb_v1_system.proto.name) continue;
    const known = found.get(message.typeName);
    if (known === message) continue;
    if (known !== undefined) {
      problems.add(
        message,
        'DUPLICATE_TABLE',
        `${known.file.proto.name} has a table of this name too`,
      );
    } else if (message.typeName.startsWith('syncdb.')) {
      problems.add(
        message,
        'RESERVED_NAME',
        'the package syncdb is for the tables of SyncDB itself',
      );
    } else {
      found.set(message.typeName, message);
    }
  }
  return [...found.values()];
}

/** The files of the input, without what they import. */
export function filesOfInput(input: SchemaInput): DescFile[] {
  if (input instanceof Uint8Array || '$typeName' in input) return filesOfSet(input);
  return input.map((desc) => (desc.kind === 'file' ? desc : desc.file));
}

/** The tables that SyncDB keeps in every database. */
export function systemMessages(): DescMessage[] {
  return tablesOfFile(file_syncdb_v1_system);
}

function candidates(input: SchemaInput, problems: SchemaProblems): DescMessage[] {
  if (input instanceof Uint8Array || '$typeName' in input) {
    return filesOfSet(input).flatMap(tablesOfFile);
  }
  return input.flatMap((desc) => {
    if (desc.kind === 'file') return tablesOfFile(desc);
    if (!hasOption(desc, table)) {
      problems.add(desc, 'NOT_A_TABLE', 'has no option (syncdb.v1.table)');
      return [];
    }
    return [desc];
  });
}

/** Raises INVALID_ARGUMENT BAD_DESCRIPTOR_SET. */
function filesOfSet(input: Uint8Array | FileDescriptorSet): DescFile[] {
  try {
    const set = input instanceof Uint8Array ? fromBinary(FileDescriptorSetSchema, input) : input;
    const registry = createFileRegistry(set);
    // One file after the other: the registry itself keeps only the last of several messages of one name.
    return [...registry.files];
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError(
      Code.invalidArgument,
      'BAD_DESCRIPTOR_SET',
      `not a complete FileDescriptorSet (write it with \`buf build -o\`, imports included): ${problem}`,
      { cause },
    );
  }
}

function tablesOfFile(file: DescFile): DescMessage[] {
  return file.messages.flatMap(withNested).filter((message) => hasOption(message, table));
}

function withNested(message: DescMessage): DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}
