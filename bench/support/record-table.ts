import { RecordSchema, Status } from '../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Mask } from '../../src/base/mask.ts';
import { maskOf } from '../../src/base/mask.ts';
import { encodeRow } from '../../src/schema/row-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import type { RecordEdit, RecordStatus, SiteRecord } from './records.ts';

/** The schema of a database that has the record as its one table. */
export const recordSchema = createSchema([RecordSchema], { limits: defaultLimits });
export const recordTable: TableDef = recordSchema.tableByName.get(RecordSchema.typeName)!;

export const statusNumbers: Readonly<Record<RecordStatus, Status>> = {
  open: Status.OPEN,
  active: Status.ACTIVE,
  closed: Status.CLOSED,
};

/** Index of the column of a field, by its name in the proto. */
export function columnIndex(name: string): number {
  const column = recordTable.columnByName.get(name);
  if (column === undefined) throw new Error(`the record has no field ${name}`);
  return column.index;
}

/** The record as the engine stores it: by field number. */
export function cellsOf(record: SiteRecord): Cell[] {
  return [
    record.id,
    record.siteId,
    statusNumbers[record.status],
    record.priority,
    BigInt(record.created),
    BigInt(record.updated),
    record.latitude,
    record.longitude,
    record.temperature,
    record.title,
    record.notes,
    record.done,
    record.assignee,
  ];
}

/** The columns that an edit changes. */
export function maskOfEdit(edit: RecordEdit): Mask {
  return maskOf(recordTable.columns.length, Object.keys(edit).map(columnIndex));
}

/** The record as its generated message is made. */
export function messageInit(record: SiteRecord) {
  const { status, created, updated, ...rest } = record;
  return {
    ...rest,
    status: statusNumbers[status],
    created: BigInt(created),
    updated: BigInt(updated),
  };
}

/** Bytes of the record as its protobuf message. */
export function recordBytes(record: SiteRecord): number {
  const out = new ByteWriter();
  encodeRow(recordTable, cellsOf(record), undefined, out);
  return out.length;
}
