import type * as pb from '../../gen/ts/syncdb/v1/data.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { etagOf } from '../merge/etag.ts';
import { anyOfRow } from './any-row.ts';
import { timestampOfStamp } from './timestamps.ts';

/** A row with its bookkeeping: what DataService answers with. `row` are the bytes of the team's message. */
export type RowVersion = Pick<RowDelta, 'table' | 'key' | 'version' | 'stamp' | 'writer' | 'row'>;

export function rowToWire(row: RowVersion): pb.Row {
  return {
    table: row.table,
    key: row.key,
    row: anyOfRow(row.table, row.row),
    rowVersion: BigInt(row.version),
    etag: etagOf(row.version),
    modifiedAt: timestampOfStamp(row.stamp),
    modifiedBy: row.writer,
  };
}
