import * as pb from '../../gen/ts/syncdb/v1/data.ts';
import { invalidField } from '../base/errors.ts';
import type { RowDelta, RowDeltaKind } from '../change/row-delta.ts';
import { etagOf } from '../merge/etag.ts';
import { anyOfRow, tableOfAny } from './any-row.ts';
import { plainView } from './byte-views.ts';
import { createEnumForms, required, safeNumber } from './checks.ts';
import { stampOfTimestamp, timestampOfStamp } from './timestamps.ts';

/** Own rows go to those who take columns. */
type PlainKind = Exclude<RowDeltaKind, 'own'>;

const kinds = createEnumForms<PlainKind, pb.RowChangeType>({
  full: pb.RowChangeType.FULL,
  patch: pb.RowChangeType.PATCH,
  deleted: pb.RowChangeType.DELETED,
  evicted: pb.RowChangeType.EVICTED,
});

/** A change of a row in the form that stubs alone can read. The row is not copied. */
export function rowChangeToWire(delta: RowDelta): pb.RowChange {
  return {
    type: kinds.numberOf(delta.kind as PlainKind),
    table: delta.table,
    key: delta.key,
    rowNumber: BigInt(delta.number),
    rowVersion: BigInt(delta.version),
    etag: hasRow(delta.kind) ? etagOf(delta.version) : '',
    row: hasRow(delta.kind) ? anyOfRow(delta.table, delta.row) : undefined,
    // ts-proto's types want arrays that may be written to, but nobody does.
    fields: delta.fields as number[],
    scopes: delta.scopes as string[],
    modifiedAt: timestampOfStamp(delta.stamp),
    modifiedBy: delta.writer,
  };
}

const noRow = new Uint8Array(0);

/**
 * The change that a message means; its row is a view of the message, its stamp exact to the millisecond.
 * INVALID_ARGUMENT names the field under `path`: UNKNOWN_ENUM_VALUE; MISSING_FIELD where table or row are
 * missing; UNEXPECTED_ROW where there is one too many; WRONG_ROW_TYPE, NUMBER_TOO_LARGE, BAD_TIMESTAMP.
 */
export function rowChangeFromWire(message: pb.RowChange, path: string): RowDelta {
  const kind = kinds.nameOf(message.type, `${path}.type`);
  if (message.table === '') throw invalidField(`${path}.table`, 'MISSING_FIELD', 'is missing');
  return {
    kind,
    table: message.table,
    number: safeNumber(message.rowNumber, `${path}.row_number`),
    key: message.key,
    version: safeNumber(message.rowVersion, `${path}.row_version`),
    stamp: stampOfTimestamp(message.modifiedAt, `${path}.modified_at`),
    writer: message.modifiedBy,
    fields: message.fields,
    scopes: message.scopes,
    row: rowFromWire(message, kind, `${path}.row`),
  };
}

function rowFromWire(message: pb.RowChange, kind: RowDeltaKind, path: string): Uint8Array {
  if (!hasRow(kind)) {
    if (message.row === undefined) return noRow;
    throw invalidField(path, 'UNEXPECTED_ROW', `a row that was ${kind} is not sent`);
  }
  const any = required(message.row, path);
  tableOfAny(any, message.table, path);
  return plainView(any.value);
}

function hasRow(kind: RowDeltaKind): boolean {
  return kind === 'full' || kind === 'patch';
}
