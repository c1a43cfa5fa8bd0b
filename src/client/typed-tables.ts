import type { DescMessage } from '@bufbuild/protobuf';
import { Code, SyncError } from '../base/errors.ts';
import type { LocalTables } from '../replica/local-tables.ts';
import type { Replica } from '../replica/replica.ts';
import { createMessageCodec } from '../schema/message-codec.ts';
import { TypedTable } from './client-table.ts';
import { type FieldCodec, withFieldCodecs } from './field-codec.ts';

/** The tables of a replica, and those that never leave the device, by their generated types; each made when it is asked for. */
export class TypedTables {
  private readonly replica: Replica;
  private readonly local: LocalTables;
  private readonly codecs: readonly FieldCodec[];
  private readonly tables = new Map<DescMessage, TypedTable<DescMessage>>();

  /** INVALID_ARGUMENT BAD_FIELD_CODEC names a field that cannot have one. */
  constructor(replica: Replica, local: LocalTables, codecs: readonly FieldCodec[] = []) {
    this.replica = replica;
    this.local = local;
    this.codecs = codecs;
    // What is wrong with one is found where the client is opened.
    for (const { table } of codecs) this.of(table);
  }

  /** NOT_FOUND UNKNOWN_TABLE where neither schema has it. */
  of<Desc extends DescMessage>(desc: Desc): TypedTable<Desc> {
    const known = this.tables.get(desc);
    if (known !== undefined) return known as unknown as TypedTable<Desc>;
    const typed = this.made(desc);
    this.tables.set(desc, typed as unknown as TypedTable<DescMessage>);
    return typed;
  }

  /** The same of tables that are synced. */
  synced<Desc extends DescMessage>(desc: Desc): TypedTable<Desc> {
    const typed = this.of(desc);
    if (!typed.isLocal) return typed;
    throw unknownTable(`${desc.typeName} never leaves this device: it is not synced`);
  }

  private made<Desc extends DescMessage>(desc: Desc): TypedTable<Desc> {
    const { replica, local } = this;
    const { schema, limits } = replica.options;
    const isLocal = local.has(desc.typeName);
    const def = (isLocal ? local.options.schema : schema)?.tableByName.get(desc.typeName);
    if (def === undefined) throw unknownTable(`${desc.typeName} is not a table of this client`);
    const codec = withFieldCodecs(createMessageCodec(def, desc, limits), this.codecs);
    return new TypedTable(isLocal ? local : replica, codec, limits, isLocal);
  }
}

function unknownTable(problem: string): SyncError {
  return new SyncError(Code.notFound, 'UNKNOWN_TABLE', problem);
}
