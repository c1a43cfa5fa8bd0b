import type { DescMessage } from '@bufbuild/protobuf';
import { Code, SyncError } from '../base/errors.ts';
import type { Replica } from '../replica/replica.ts';
import { createMessageCodec } from '../schema/message-codec.ts';
import { TypedTable } from './client-table.ts';

/** The tables of a replica by their generated types, each made when it is first asked for. */
export class TypedTables {
  private readonly replica: Replica;
  private readonly tables = new Map<DescMessage, TypedTable<DescMessage>>();

  constructor(replica: Replica) {
    this.replica = replica;
  }

  /** NOT_FOUND UNKNOWN_TABLE where the schema does not have it. */
  of<Desc extends DescMessage>(desc: Desc): TypedTable<Desc> {
    const known = this.tables.get(desc);
    if (known !== undefined) return known as unknown as TypedTable<Desc>;
    const { schema, limits } = this.replica.options;
    const def = schema.tableByName.get(desc.typeName);
    if (def === undefined) {
      const problem = `${desc.typeName} is not a table of this client's schema`;
      throw new SyncError(Code.notFound, 'UNKNOWN_TABLE', problem);
    }
    const typed = new TypedTable(this.replica, createMessageCodec(def, desc, limits));
    this.tables.set(desc, typed as unknown as TypedTable<DescMessage>);
    return typed;
  }
}
