import { readFile } from 'node:fs/promises';
import {
  createFileRegistry,
  createRegistry,
  type DescMessage,
  fromBinary,
  type Registry,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { file_syncdb_v1_data } from '../../../gen/es/syncdb/v1/data_pb.ts';
import { file_syncdb_v1_system } from '../../../gen/es/syncdb/v1/system_pb.ts';
import type { TableInfo } from '../../../gen/ts/syncdb/v1/admin_service.ts';
import { Code, invalidField, SyncError } from '../../base/errors.ts';
import { answered } from '../../client/answered.ts';
import { namingFile } from '../failure.ts';
import { reflectedTypes } from './reflected-types.ts';
import type { Remote } from './remote.ts';
import { whenLoaded } from './when-loaded.ts';

/** A team's messages, as descriptors that were made at run time. */
export interface TeamTypes {
  /** Also what is inside of `google.protobuf.Any`. */
  readonly registry: Registry;
  /** FAILED_PRECONDITION TYPES_UNKNOWN where there is none. */
  message(name: string): DescMessage;
}

/** The types of some tables: out of a file, or where there is none by asking the server. */
export async function teamTypes(
  remote: Remote,
  schemaFile: string | undefined,
  tables: readonly string[],
): Promise<TeamTypes> {
  const own = [file_syncdb_v1_data, file_syncdb_v1_system] as const;
  const files =
    schemaFile === undefined
      ? createFileRegistry(await reflectedTypes(remote, tables))
      : await fileTypes(schemaFile);
  const registry = createRegistry(...own, files);
  return {
    registry,
    message: (name) => {
      const desc = registry.getMessage(name);
      if (desc !== undefined) return desc;
      const where = schemaFile ?? 'what the server tells by reflection';
      const text = `${where} has no message ${name}: give the protos that the server has with --schema`;
      throw new SyncError(Code.failedPrecondition, 'TYPES_UNKNOWN', text);
    },
  };
}

/** The tables of a database, which is waited for where it is being opened; those of SyncDB itself are the last ones. */
export async function listTables({ admin, database, ...remote }: Remote): Promise<TableInfo[]> {
  const list = () =>
    answered<{ tables: TableInfo[] }>((done) =>
      admin.listTables({ database }, remote.metadata, remote.deadline(), done),
    );
  const { tables } = await whenLoaded(remote.timeoutMs, list);
  return tables.sort((left, right) => Number(left.system) - Number(right.system));
}

/** The table of this name: the full name, or what is behind the last dot where only one table has it. */
export function tableNamed(tables: readonly TableInfo[], name: string): TableInfo {
  const exact = tables.find((table) => table.name === name);
  if (exact !== undefined) return exact;
  const [found, ...others] = tables.filter((table) => table.name.endsWith(`.${name}`));
  if (found === undefined) {
    const known = tables.filter(({ system }) => !system).map((table) => table.name);
    const there = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw invalidField('table', 'BAD_OPTION', `the database has no table ${name}; ${there}`);
  }
  if (others.length === 0) return found;
  const names = [found, ...others].map((table) => table.name).join(' or ');
  throw invalidField('table', 'BAD_OPTION', `${name} may be ${names}`);
}

async function fileTypes(path: string): Promise<Registry> {
  const bytes = await namingFile(path, () => readFile(path));
  try {
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    const rule = 'is not what `buf build -o` or `protoc --include_imports -o` writes';
    throw new SyncError(Code.invalidArgument, 'BAD_DESCRIPTOR_SET', `${path} ${rule}: ${problem}`, {
      cause,
    });
  }
}
